"""A run from its first step to its last, or from where it was left."""

import contextlib
import dataclasses
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from builder.data import adapt_layers
from builder.diagnostics import SpecError
from builder.graph.plans import PhasePlan
from builder.model import saving
from builder.model.generate import Generator
from builder.training import checkpoints, phases, state
from builder.training.carry import carry_of, names_of
from builder.training.cluster import Alone, crew
from builder.training.curves import draw_curves
from builder.training.devices import choose, on_device, strategy
from builder.training.environment import environment
from builder.training.feed import Feed, wanted
from builder.training.files import sweep, write_json, write_whole
from builder.training.freeze import trainable_flags
from builder.training.health import Circumstances, Watch, explained
from builder.training.interrupt import Asked, Interrupted
from builder.training.log import write_log
from builder.training.loop import Loop, hears_batches
from builder.training.pace import GAIN, Execution, Pace, settled, trial, worth_a_trial
from builder.training.plain import plain
from builder.training.reporter import Silent, Started
from builder.training.run import MODEL, Run, told
from builder.training.sameness import check_same, other_environment, signature
from builder.training.state import Position
from builder.training.stepper import Stepper, stepper
from builder.training.strategies import part_seeds, spread, synchronised


@dataclass
class Session:
    """What one call of `train` works with; `position` and `rows` move on as it trains.

    `datas` are the data of each phase. `strategy` spreads it over several devices, `crew` are the other workers. `wires` gives models of inner wires.
    """

    model: object
    plans: tuple[PhasePlan, ...]
    datas: tuple
    run: Run
    device: str | None
    every: int | None
    reporter: object
    position: Position = field(default_factory=Position)
    rows: list[dict] = field(default_factory=list)
    saved: Position | None = None
    resumed: checkpoints.Checkpoint | None = None
    strategy: object = None
    crew: Alone = field(default_factory=Alone)
    wires: object = None

    @property
    def data(self):
        """What the present phase trains on."""
        return self.datas[min(self.position.phase, len(self.datas) - 1)]

    @property
    def batch(self) -> int:
        return self.data.batch

    @property
    def checkpoints(self) -> Path:
        return self.run.folder / "checkpoints"

    @property
    def epochs(self) -> int:
        """Epochs of all phases; a callback may end one sooner."""
        return sum(plan.epochs for plan in self.plans)

    @property
    def seed(self) -> int:
        """What orders the data where the spec has no seed: drawn once a run, so that it resumes in its own order."""
        return self.run.info["order"]

    def feed(self, plan: PhasePlan) -> Feed:
        seed = self.seed if plan.seed is None else plan.seed
        weights = phases.class_weights_of(plan, self.data)
        return Feed(self.data.splits, wanted(self.model), phases.targets(plan), self.batch, seed, weights)


def train(model, plans: tuple[PhasePlan, ...], data, folder: Path, *, batch: int = 32, resume: bool = False,
          device: str | None = None, checkpoint_every: int | None = None, reporter=None, wires=None) -> Run:
    """Trains `model` through all phases, keeping everything in `folder`, and saves it there.

    Args:
        model: a functional model with dicts of inputs and outputs; its inputs are named as fields of `data`.
        data: has `splits` (`train`, perhaps `validation`) and `hash`; `check_fields` has held it against the model. One for
            all phases, or a tuple of one for each, which then have batches of their own.
        folder: what `run.create` made.
        resume: go on from the newest whole checkpoint; the model must have been built in the same way.
        checkpoint_every: save after so many steps too, not only after each epoch.
        reporter: hears what happens (see `Reporter`).
        wires: for a model, what gives models of its inner wires (as `builder.inside.wires.Inside`); phases of steps need it.

    Raises:
        SpecError: a phase that cannot be compiled, data or machine at fault, a run that cannot be resumed.
        Interrupted: the user asked to stop; all is saved.
    """
    spread = strategy(device)
    datas = data if isinstance(data, tuple) else (dataclasses.replace(data, batch=batch),) * len(plans)
    session = Session(model, tuple(plans), datas, Run(Path(folder)), device, checkpoint_every, reporter or Silent(),
                      strategy=spread, crew=crew(spread), wires=wires and wires(model))
    adapt_layers(model, datas[0])
    _check_marks(session)
    (_resume if resume else _begin)(session)
    try:
        with on_device(device), _spread(session), Asked() as asked:
            _follow(session)
            _all_phases(session, asked)
        _finish(session)
    except Interrupted:
        _leave(session, "interrupted")
        raise
    except Exception as error:
        raise _failed(session, error) from error
    return session.run


def _check_marks(session: Session) -> None:
    """A mark that is no word of the vocabulary is told before the training, not when sequences are made after it."""
    if session.wires is not None and session.wires.generate is not None:
        Generator(session.wires.model, session.wires.generate)


def _begin(session: Session) -> None:
    """Writes down what the run is made of and with, before anything can go wrong."""
    run, model, datas = session.run, session.model, session.datas
    plans = session.plans
    environs = environment(seed=plans[0].seed, device=session.device, data=getattr(datas[0], "hash", None))
    write_json(run.folder / "environment.json", environs)
    run.at_work(
        order=secrets.randbelow(2**31),
        signature=signature(model, plans, datas),
        inputs=_described(model.input),
        outputs=_described(model.output),
        fields={name: _field(data, name) for data in reversed(datas) for name in data.fields},
        targets={output: loss.target for plan in plans for output, loss in plan.losses.items()},
        parameters=model.count_params(),
        carries=names_of(model),
        batch=session.batch,
    )


def _field(data, name: str) -> dict:
    """A field as prediction needs it: its classes, and the range of its numbers."""
    spread = data.splits["train"].spread(name)
    return {**plain(data.fields[name]), **({"range": list(spread)} if spread else {})}


def _described(tensors: Mapping) -> dict:
    return {name: {"shape": list(tensor.shape[1:]), "dtype": str(tensor.dtype)} for name, tensor in tensors.items()}


def _resume(session: Session) -> None:
    """Takes the run up at its newest whole checkpoint.

    Raises:
        SpecError: `run-finished`, `run-changed`, `checkpoints-unreadable`.
    """
    run, same = session.run, signature(session.model, session.plans, session.datas)
    if "signature" not in run.info:  # killed before it had begun
        _begin(session)
        return
    check_same(run, same)
    sweep(run.folder)
    sweep(session.checkpoints)
    session.resumed, warnings = checkpoints.newest(session.checkpoints)
    other = other_environment(run, session.device)
    for warning in (*((other,) if other else ()), *warnings):
        session.reporter.warning(warning)
    _to_checkpoint(session)
    run.at_work(signature=same)


@contextlib.contextmanager
def _spread(session: Session):
    """Inside, the model is trained on all devices of the strategy, if there is one."""
    if session.strategy is None:
        yield
        return
    part_seeds(session.model, session.strategy)
    with synchronised(session.model, session.strategy):
        yield


def _follow(session: Session) -> None:
    """Every worker takes over what the chief has: the order of the data, the pace, the checkpoint of a run that goes on."""
    known, session.resumed = session.crew.follow({name: session.run.info.get(name) for name in ("order", "execution")}, session.resumed)
    if not session.crew.chief:
        session.run.update(**known)
        _to_checkpoint(session)


def _to_checkpoint(session: Session) -> None:
    if session.resumed is not None:
        session.position = Position(**session.resumed.state["position"])
        session.rows = list(session.resumed.state["rows"])


def _all_phases(session: Session, asked: Asked) -> None:
    steps = session.feed(session.plans[min(session.position.phase, len(session.plans) - 1)]).steps
    session.reporter.started(Started(
        session.run.folder, len(session.plans), session.epochs, steps, session.position.epochs, session.position.step,
        session.resumed is not None, session.model, session.data, session.plans))
    flags = trainable_flags(session.model)
    while session.position.phase < len(session.plans):
        if not _phase(session, flags, asked):
            raise Interrupted(session.run.folder, session.position.epochs + 1, session.position.batch)
        session.position = Position(session.position.phase + 1, epochs=session.position.epochs, step=session.position.step)


def _phase(session: Session, flags: Mapping[str, bool], asked: Asked) -> bool:
    """One phase, from its beginning or from the checkpoint; False where the user asked to stop."""
    import keras

    plan = session.plans[session.position.phase]
    feed = session.feed(plan)
    prepared = _prepared(session, plan, flags, feed)
    trained = prepared.model
    made = phases.callbacks(plan, trained, session.run.folder, feed.has("validation"))
    phases.place(made, session.run.folder, session.position)
    if session.resumed:
        phases.go_on_with_files(made, session.position.epoch)
    callbacks = keras.callbacks.CallbackList(
        list(made), add_history=True, model=trained, epochs=plan.epochs, steps=feed.steps)
    trained.stop_training = False
    execution, steps = _execution(session, prepared, feed)
    callbacks.on_train_begin()
    save = _saver(session, trained, callbacks)
    if session.resumed:
        _take_up(session, trained, callbacks)
    hooked = hears_batches(callbacks.callbacks)
    pace = session.crew.paced(execution.pace(hooked))
    keep = _keeper(session, execution, pace)
    loop = Loop(prepared, feed, steps, pace, callbacks, session.position, Watch(trained, plan, feed), save,
                _epoch_ender(session, save), keep, lambda: session.crew.anyone(asked.stop), session.reporter, session.epochs,
                session.every, hooked, session.crew.told)
    if pace.settled:
        keep()
    whole = loop.run()
    if whole and session.crew.chief:
        phases.keep(trained, session.run.folder / phases.KEPT)
    if not pace.settled:
        keep()
    return whole


def _prepared(session: Session, plan: PhasePlan, flags: Mapping[str, bool], feed: Feed) -> phases.Prepared:
    prepared = phases.prepare(session.model, plan, flags, session.wires, feed.steps)
    prepared.model.carry = carry_of(session.model, session.batch, plan.span, session.strategy)
    over = session.strategy and spread(prepared.model, session.strategy, session.batch, phases.weights(plan))
    phases.build_state(prepared.model, feed.training(0).element_spec[1])
    return dataclasses.replace(prepared, spread=over)


def _execution(session: Session, prepared: phases.Prepared, feed: Feed) -> tuple[Execution, Stepper]:
    """How this phase runs, and its steps: what is said or stored, else what a trial finds."""
    trained, plan = prepared.model, prepared.plan
    if session.strategy is not None:
        found = settled(dataclasses.replace(plan.execution, jit_compile=False), session.run.info.get("execution"), False)
        return found, stepper(trained, spread=prepared.spread)
    on_cpu = bool(session.device) and choose(session.device).startswith("/CPU")
    found = settled(plan.execution, session.run.info.get("execution"), trained.jit_compile and not on_cpu)
    plainly = stepper(trained)
    if found is None:
        found = Execution(xla=False, steps=plan.execution.steps_per_execution)
        # A seed promises equal bits, and XLA's are others: which way a trial goes may not decide them.
        if plan.seed is None and worth_a_trial(session.model, session.batch, feed.steps * plan.epochs):
            return _tried(session, trained, feed, found, plainly)
    return found, stepper(trained, xla=True) if found.xla else plainly


def _tried(session: Session, trained, feed: Feed, found: Execution, plainly: Stepper) -> tuple[Execution, Stepper]:
    """The faster of both ways; the trial trains, so what it changes is put back."""
    compiled = stepper(trained, xla=True)
    with state.untouched(session.model, trained):
        share = trial(plainly.train, compiled.train, lambda: iter(feed.training(0, endless=True)))
    trained.reset_metrics()
    found = dataclasses.replace(found, xla=share is not None and share < GAIN, gain=share and round(share, 3))
    return found, compiled if found.xla else plainly


def _keeper(session: Session, execution: Execution, pace: Pace):
    """Writes down what was found and tells it; a run too short to find its pace has nothing to tell."""
    def keep() -> None:
        session.run.update(execution=execution.as_json(pace.steps if pace.settled else None))
        if pace.settled:
            session.reporter.note(execution.told(pace.steps))

    return keep


def _take_up(session: Session, trained, callbacks) -> None:
    """The checkpoint's state into model, optimizer, metrics and callbacks, after what `fit` does at a beginning."""
    if session.position.batch:
        trained.reset_metrics()
        callbacks.on_epoch_begin(session.position.epoch)
    state.restore(session.resumed, session.model, trained, callbacks.callbacks)
    if session.strategy is not None:
        part_seeds(session.model, session.strategy)
    trained.stop_training = session.position.stopped
    session.resumed = None


def _saver(session: Session, trained, callbacks):
    def save() -> None:
        position = session.position
        if session.crew.chief:
            gathered = state.gather(session.model, trained, callbacks.callbacks, position, session.rows)
            checkpoints.save(session.checkpoints, position.step, gathered)
        session.saved = dataclasses.replace(position)

    return save


def _epoch_ender(session: Session, save):
    """What happens once an epoch is whole: its row, the checkpoint, then the log that people read."""
    began = time.monotonic()

    def ended(measured: dict) -> None:
        nonlocal began
        position = session.position
        session.rows.append({"phase": position.phase + 1, "epoch": position.epochs, "step": position.step,
                             "seconds": round(time.monotonic() - began, 3), **measured})
        save()
        write_log(session.run.folder, session.rows)
        session.reporter.epoch_ended(position.epochs, session.epochs, session.rows[-1])
        began = time.monotonic()

    return ended


def _finish(session: Session) -> None:
    """Saves the model without its optimizer, so that plain Keras loads it, and closes the run."""
    if session.crew.chief:
        write_whole(session.run.folder / MODEL, lambda path: saving.save(session.model, path))
    _leave(session, "finished")
    session.reporter.finished(session.run.folder, session.rows[-1] if session.rows else {})


def _leave(session: Session, how: str, **facts: object) -> None:
    """The run's end in its folder, the smallest file first, should the disk be full."""
    last = session.rows[-1] if session.rows else {}
    session.run.update(state=how, epochs=session.position.epochs, steps=session.position.step, last=last, **facts)
    if session.rows:
        write_log(session.run.folder, session.rows)
        draw_curves(session.run.folder / "curves.png", session.rows, session.run.name)


def _failed(session: Session, error: Exception) -> Exception:
    """The fault a failure amounts to, noted in the run folder as far as the disk still lets us."""
    plan = session.plans[min(session.position.phase, len(session.plans) - 1)]
    where = Circumstances(session.run.folder, session.batch, plan, session.saved, session.crew.workers)
    fault = error if isinstance(error, SpecError) else explained(error, where)
    with contextlib.suppress(OSError):
        _leave(session, "failed", faults=told(fault or error))
    return fault or error
