"""What data and training are to do, as plain values: the spec's sections with every formula worked out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from builder.diagnostics import Span
from builder.graph.graph import Recipe

IN_ORDER = ("Windows",)  # samplers of rows that follow one another: splits then do, too
MIXING = ("MixUp", "CutMix")  # Keras's layers that mix examples, and what they are compared with
OF_NUMBERS = (  # Keras's losses of outputs that are numbers
    "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Huber", "LogCosh", "Poisson",
)
EQUATION = "equation"  # the kind and name of the recipe that stands in a `LossPlan` for a loss that is one


def mixing(augment: Iterable) -> str | None:
    """The first of some recipes, or bricks as written, that mixes examples."""
    return next((one.name for one in augment if one.name in MIXING), None)


@dataclass(frozen=True)
class FieldPlan:
    """A field under the name the spec gives it: which field of the source, and its new shape if any; or a `formula` and the fields
    that it `reads`."""

    source: str
    reshape: tuple[int, ...] | None = None
    span: Span | None = None
    formula: "EquationPlan | None" = None
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """One value that a spec names, and where: a class by name or number, or a value of a field."""

    value: object
    span: Span | None = None


@dataclass(frozen=True)
class OnlyPlan:
    """The examples to keep: those whose field `name` has one of these values."""

    name: str
    values: tuple[Choice, ...]
    span: Span | None = None


@dataclass(frozen=True)
class DataPlan:
    """Where examples come from and how they are dealt into splits and batches; `cache` is true, false, `memory` or `disk`.

    `order` is the field by which splits follow one another in time, or true for the rows as they stand; rows of one value of
    the field `group` are in one split.
    """

    source: Recipe
    base: Path
    span: Span | None = None
    fields: Mapping[str, FieldPlan] = field(default_factory=dict)
    validation: float | Recipe | None = None
    test: float | Recipe | None = None
    augment: tuple[Recipe, ...] = ()
    batch: int = 32
    cache: bool | str = True
    skip_bad: bool = False
    balance: bool = False
    seed: int = 0
    order: str | bool = False
    group: str | None = None
    only: tuple[OnlyPlan, ...] = ()
    limit: int | None = None
    limit_span: Span | None = None
    sample: tuple[Recipe, ...] = ()
    sample_spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class LossPlan:
    """The loss of one output; without a recipe the output is not trained.

    For an equation, which a term of a step works out, a recipe stands that has the `activation` of the output, and the `term` if it reads that output alone.
    """

    output: str
    recipe: Recipe | None
    target: str
    weight: float = 1.0
    span: Span | None = None

    @property
    def by_equation(self) -> bool:
        """Whether an equation is its loss."""
        return self.recipe is not None and self.recipe.kind == EQUATION


@dataclass(frozen=True)
class MetricPlan:
    """One metric: a Keras name such as `accuracy`, or a recipe."""

    metric: str | Recipe
    span: Span | None = None


@dataclass(frozen=True)
class ClassWeightPlan:
    """What a class counts in the loss of an output: `weights` by class, the others 1, or `balanced` by how often they come."""

    output: str
    weights: tuple[tuple[Choice, float], ...] = ()
    balanced: bool = False
    span: Span | None = None


@dataclass(frozen=True)
class RatePlan:
    """The share of the learning rate that layers are trained with whose name fits a pattern."""

    pattern: str
    share: float
    span: Span | None = None


@dataclass(frozen=True)
class ExecutionPlan:
    """How steps are executed, by Keras's names; None is chosen by measuring."""

    steps_per_execution: int | None = None
    jit_compile: bool | None = None


@dataclass(frozen=True)
class EquationPlan:
    """A formula with what it is written in: `let` names worked out before it, in order, and numbers by name. `brick` is the loss
    that is defined by it, if one is."""

    formula: str
    let: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, object], ...] = ()
    span: Span | None = None
    brick: str = ""


@dataclass(frozen=True)
class Target:
    """What a term compares with: `kind` is field, wire or number."""

    kind: str
    value: str | float


@dataclass(frozen=True)
class TermPlan:
    """One term of a loss, or one measured number: a recipe (a loss, a metric) or an equation on wires.

    `name` is its column in logs. `wires` are the names its equation knows them by with the wires' own (`Inside.spots`); a
    recipe has one, `y_pred`. An equation knows the target as `y_true`. `weight` may be an equation of `epoch` and `step`.
    """

    name: str
    measure: "Recipe | EquationPlan | str"
    wires: tuple[tuple[str, str], ...]
    target: Target | None = None
    weight: float | EquationPlan = 1.0
    span: Span | None = None


@dataclass(frozen=True)
class FollowPlan:
    """`target`'s weights move toward `source`'s by the share `rate` at each step: networks by name."""

    target: str
    source: str
    rate: float
    span: Span | None = None


@dataclass(frozen=True)
class StepPlan:
    """One step of a training program, run on each `every`-th batch: it updates the layers that `update` names (patterns; none: all).

    A step that only follows has no terms and no optimizer. `clip` is a global norm.
    """

    name: str
    update: tuple[str, ...] = ()
    terms: tuple[TermPlan, ...] = ()
    optimizer: Recipe | None = None
    every: int = 1
    follow: FollowPlan | None = None
    clip: float | None = None
    span: Span | None = None
    optimizer_span: Span | None = None


@dataclass(frozen=True)
class PhasePlan:
    """One phase of training, with everything it inherits filled in. `clip` is a global norm.

    Without `steps` it is lowered to `keras.Model.compile`: a sum of Keras losses on outputs. With them, `losses` are what compares
    an output with a field, by which it is read and judged, a loss of Keras rather than an equation; `measures` are its metrics.
    `data` is what this phase trains on and is judged by; None: the spec's own.
    """

    losses: Mapping[str, LossPlan]
    optimizer: Recipe
    metrics: Mapping[str, tuple[MetricPlan, ...]] = field(default_factory=dict)
    epochs: int = 1
    callbacks: tuple[Recipe, ...] = ()
    callback_spans: tuple[Span, ...] = ()
    freeze: tuple[str, ...] = ()
    unfreeze: tuple[str, ...] = ()
    optimizer_span: Span | None = None
    freeze_spans: tuple[Span, ...] = ()
    unfreeze_spans: tuple[Span, ...] = ()
    precision: str | None = None
    clip: float | None = None
    execution: ExecutionPlan = ExecutionPlan()
    seed: int = 0
    span: Span | None = None
    steps: tuple[StepPlan, ...] = ()
    measures: tuple[TermPlan, ...] = ()
    data: DataPlan | None = None
    class_weight: tuple[ClassWeightPlan, ...] = ()
    rate_multipliers: tuple[RatePlan, ...] = ()
