"""Recipes of a phase made into Keras objects; what Keras refuses is a fault at its place."""

from builder.diagnostics import Fault, Faults
from builder.graph.catalogue import Refused
from builder.graph.graph import Recipe
from builder.graph.plans import PhasePlan, StepPlan


def made(faults: Faults, recipe: Recipe, span, **extra: object):
    """What a recipe makes, or None and a fault."""
    from builder.catalog import make

    try:
        return make(recipe, **extra)
    except Refused as error:
        faults.add(Fault("recipe-refused", span, {"name": recipe.name, "kind": recipe.kind, "reason": str(error)}))
        return None


def optimizer_of(faults: Faults, plan: PhasePlan | StepPlan):
    """The optimizer of a phase or of one of its steps, clipping by its own norm."""
    clip = {} if plan.clip is None else {"global_clipnorm": plan.clip}
    whole = {name: float(value) for name, value in plan.optimizer.args if name == "learning_rate" and type(value) is int}  # Keras takes no 1 for 1.0
    return made(faults, plan.optimizer, plan.optimizer_span or plan.span, **clip, **whole)


def scaled(optimizer, precision: str | None):
    """Half precision needs its loss scaled, or small gradients vanish (Micikevicius et al., 2018)."""
    if precision != "mixed_float16":
        return optimizer
    import keras

    return keras.optimizers.LossScaleOptimizer(optimizer)
