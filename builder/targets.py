"""What a phase compares with data fields: its outputs by their losses, and the terms of its program."""

from functools import partial

from builder.graph import Graph, PhasePlan, Recipe


def targets_of(graph: Graph, phase: PhasePlan) -> list:
    """The `data.Target`s of a phase, those of outputs first."""
    from builder.catalog import catalogue
    from builder.data import Target
    from builder.graph.truths import compared, misfit, truth, truth_of
    from builder.graph.wires import Wires

    found = [Target(name, loss.target, truth(loss.recipe, graph.outputs[name].spec), _of_keras(loss.recipe), loss.span, ignored=_ignored(loss.recipe),
                    known=_known(loss.recipe), last=_last(graph, name))
             for name, loss in phase.losses.items() if loss.recipe and not loss.by_equation]
    wires, known = Wires(graph), {(target.output, target.field) for target in found}
    for term in compared(phase):
        if (wires.output(wires.taps[term.wires[0][1]]), term.target.value) not in known:
            found.append(Target(term.name, term.target.value, truth_of(term, wires, catalogue()), _of_keras(term.measure), term.span,
                                partial(misfit, term, wires, catalogue()), _ignored(term.measure), _known(term.measure)))
    return found


def _last(graph: Graph, output: str) -> tuple[str, str] | None:
    """The recurrent layer whose last step alone an output comes from: its brick and its name."""
    from builder.catalog import catalogue
    from builder.graph.refusal import last_only

    found = last_only(catalogue(), graph.nodes, (graph.outputs[output],))
    return found and (found.brick, found.name)


def _ignored(measure) -> int | None:
    """The class that a loss leaves out."""
    return dict(measure.args).get("ignore_class") if isinstance(measure, Recipe) else None


def _known(measure) -> int | None:
    """How many classes a loss of embeddings keeps something for."""
    from builder.graph.judging import of_embedding

    return dict(measure.args).get("classes") if isinstance(measure, Recipe) and of_embedding(measure.name) else None


def _of_keras(measure) -> str | None:
    """The name of a loss of which it is known what it takes; None for one that takes any output, and for an equation."""
    from builder.catalog import catalogue
    from builder.graph.judging import by_number, of_embedding

    signature = catalogue().find("loss", measure.name) if isinstance(measure, Recipe) and measure.kind == "loss" else None
    known = signature and not of_embedding(measure.name) and (signature.module.startswith("keras") or by_number(measure.name))
    return measure.name if known else None
