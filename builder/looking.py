"""Looking inside a run, each way a short function: what a layer has learned, what it makes of an example, what decided, where examples lie."""

from collections.abc import Sequence
from pathlib import Path

from builder.diagnostics import fail, near
from builder.experiment import Checked, check, compile
from builder.opening import check_trainable, data_of, import_quietly, run_of, spec_of


def look_inside(run="latest", *, filters: str | None = None, activations: str | None = None, saliency: bool = False, grad_cam: bool | str = False,
         files: Sequence[str | Path] = (), example: int = 0, of: str | None = None, smooth: int = 0, runs: str | Path = "runs", trust: bool = False):
    """A View of what is inside a run: `.save(path)` draws it, `.values` has the numbers. One of the four ways is asked for; the last two go together.

    Args:
        filters: the layer whose weights to show.
        activations: the layer whose output to show, for one example.
        saliency: which pixels the score of a class hangs on (Simonyan et al. 2013).
        grad_cam: where a layer's maps speak for a class (Selvaraju et al. 2017): its name, or True for the last one with maps.
        files: the example, as `predict` takes it; left out, it is the one numbered `example` of the split to judge by.
        of: the class to look at in place of the one said.
        smooth: take the mean of the gradients of so many noisy copies (SmoothGrad).

    Raises:
        SpecError: there is no such run, layer, class or example, or it cannot be looked at in this way.
    """
    from builder import inside as room

    run, checked, inside = _opened(run, runs, trust)
    if filters is not None:
        return room.look_at_filters(inside, filters)
    info, split = run.info, None
    if not files:
        split = _opened_data(checked).evaluation
    found = room.example_of_files(info, files) if files else room.example_of_split(split, _inputs(inside), example)
    if activations is not None:
        return room.look_at_activations(inside, activations, found, room.spans_of(info))
    from builder.training.prediction import meanings_of

    decision = room.decide(inside, meanings_of(info), {name: _one(value) for name, value in found.inputs.items()}, of)
    true = room.true_class(split, info.get("targets", {}).get(decision.output), example, decision.meaning.classes) if split else None
    layer = "" if grad_cam is True else grad_cam if grad_cam is not False else None
    return room.look_at_decision(decision, found.source, true, room.spans_of(info), saliency=saliency, grad_cam=layer, smooth=smooth)


def embed(run, layer: str, files: Sequence[str | Path] = (), *, texts: Sequence[str] = (), split: str | None = None,
          runs: str | Path = "runs", trust: bool = False):
    """The Embedding that an inner wire gives of files and texts, as `predict` takes them, or of a whole split: `.values`, `.save(path)`.

    Args:
        layer: any wire by its name in the spec.
        split: `train`, `validation` or `test`; its classes come with it.

    Raises:
        SpecError: there is no such run, layer or split, or files cannot be read or do not fit.
    """
    from builder import inside as room
    from builder.diagnostics import Faults
    from builder.training.examples import Reading, examples

    run, checked, inside = _opened(run, runs, trust)
    inside.name(layer)
    if split is not None:
        data = _opened_data(checked)
        if split not in data.splits:
            raise fail("no-such-split", data.span, name=split, near=tuple(near(split, data.splits)), splits=tuple(data.splits))
        return room.embed_split(inside, layer, data.splits[split], data.batch)
    faults = Faults()
    info = {**run.info, "inputs": {name: run.info["inputs"][name] for name in inside.reads(layer)}}
    found = list(examples(files, texts, Reading(info), faults))
    faults.check()
    return room.embed(inside, layer, found)


def neighbours(run, layer: str, k: int = 1, *, ways: int | None = None, groups: str | None = None, runs: str | Path = "runs", trust: bool = False,
               keep: bool = False) -> dict:
    """How good an embedding is: the share of the split to judge by whose class is that of its `k` nearest training examples, and what
    the split's examples find among one another, beside the untrained network and the inputs themselves.

    Gives plain values, `accuracy` among them by metric: euclidean and cosine (see `builder.inside.nearest`).

    Args:
        ways, groups: classes of a one-shot trial, and the field within one value of which they are drawn.
        keep: keep it in the run's folder for its report, with the distance up to which `alike` tells pairs alike.

    Raises:
        SpecError: there is no such run or layer, or its data have no classes or no split to judge by.
    """
    from builder.inside import Inside, nearest

    run, checked, inside = _opened(run, runs, trust)
    inside.name(layer)
    data, untrained = _opened_data(checked), None
    if not checked.ensemble:
        import keras

        keras.utils.set_random_seed(checked.phases[0].seed)
        untrained = Inside(checked.graph, compile(checked.spec, trust=trust))
    found = nearest(inside, layer, data, k, ways=ways, groups=groups, untrained=untrained)
    if keep:
        _keep(run, found)
    return found


def _keep(run, found: dict) -> None:
    """An embedding's figures in the run's folder, and the threshold that goes with its distances."""
    from builder.training.files import write_json
    from builder.training.likeness import FILE
    from builder.training.pictures import draw_plane

    write_json(run.folder / FILE, found, lasting=False)
    draw_plane(found["picture"], (run.folder / FILE).with_suffix(".png"), found["layer"])
    if found["verification"]:
        run.update(verification={"layer": found["layer"], "threshold": found["verification"]["threshold"]})


def alike(run, files: Sequence[str | Path] = (), *, texts: Sequence[str] = (), runs: str | Path = "runs", trust: bool = False) -> list[dict]:
    """Whether examples are like the first of them: `source`, `distance` in the embedding, and `same`, by the threshold that the run keeps.

    Raises:
        SpecError: `no-threshold`, none was found yet; as `embed`.
    """
    import numpy as np

    kept = run_of(run, runs).info.get("verification")
    if not kept:
        raise fail("no-threshold", run=str(run))
    found = embed(run, kept["layer"], files, texts=texts, runs=runs, trust=trust)
    rows = found.values.reshape(len(found.values), -1).astype("float64")
    apart = np.sqrt(np.sum(np.square(rows[1:] - rows[0]), axis=1))
    return [{"source": source, "than": found.sources[0], "distance": float(one), "same": bool(one <= kept["threshold"])}
            for source, one in zip(found.sources[1:], apart)]


def _opened(run, runs: str | Path, trust: bool) -> tuple:
    """The Run that is meant, its spec checked, and its model with the names of the spec."""
    import_quietly()
    from builder.inside import Inside

    run = run_of(run, runs)
    checked = check(spec_of(run), trust=trust)
    return run, checked, Inside(checked.graph, run.model)


def _opened_data(checked: Checked):
    check_trainable(checked)
    return data_of(checked)


def _inputs(inside) -> dict:
    return {name: wire.spec for name, wire in inside.graph.inputs.items()}


def _one(value):
    import numpy as np

    return np.asarray(value)[None]
