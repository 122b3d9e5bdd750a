"""What a run and its resumption must have in common, and what is said where they differ."""

from collections.abc import Mapping

from builder.diagnostics import Fault, fail
from builder.graph.plans import PhasePlan
from builder.training.environment import compute
from builder.training.files import read_json
from builder.training.freeze import layers_by_name
from builder.training.plain import changes, plain
from builder.training.run import Run


def signature(model, plans: tuple[PhasePlan, ...], datas: tuple) -> dict:
    """What must not change between a run and its resumption."""
    return {
        "train": [_meaning(plan, data) for plan, data in zip(plans, datas, strict=True)],
        "batch": datas[0].batch,
        "data": getattr(datas[0], "hash", None),
        "model": {name: _shapes(layer) for name, layer in layers_by_name(model) if layer.variables},
    }


def _meaning(plan: PhasePlan, data) -> dict:
    """A phase without how fast it runs, and what it trains on by what that is, not by where it lies."""
    own = plan.data and {"batch": data.batch, "hash": data.hash, "augment": plain(plan.data.augment), "balance": plan.data.balance}
    return {name: value for name, value in plain(plan).items() if name != "execution"} | {"data": own}


def _shapes(layer) -> str:
    return " ".join("x".join(map(str, variable.shape)) or "1" for variable in layer.variables)


def check_same(run: Run, new: Mapping) -> None:
    """Holds a run's signature against that of its resumption: more epochs in the last phase are the one change that it can take in.

    Raises:
        SpecError: `run-changed`; `run-finished`, nothing is left to train.
    """
    info = run.info
    old = info.get("signature", {})
    last = f"train[{len(new['train']) - 1}].epochs"
    changed = changes(old, plain(new))
    longer = [change for change in changed if change[0] == last and change[2] > change[1]]
    changed = [change for change in changed if change not in longer]
    if changed:
        raise fail("run-changed", None, run=run.name, changes=tuple(changed))
    if info.get("state") == "finished" and not longer:
        raise fail("run-finished", None, run=run.name, epochs=len(run.history.rows))


def other_environment(run: Run, device: str | None) -> Fault | None:
    """A warning where the machine is another: with other devices or threads a run goes on, but to other bits."""
    before = (read_json(run.folder / "environment.json", {}) or {}).get("compute", {})
    changed = changes(before, plain(compute(device)))
    return Fault("environment-changed", None, {"changes": tuple(changed)}, severity="warning") if changed else None
