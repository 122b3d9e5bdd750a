"""The sections of a spec as frozen values; arguments stay tree nodes until the graph is laid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from builder.diagnostics import Source, Span
from builder.language.tree import Map, Node, Scalar, Seq


@dataclass(frozen=True)
class Call:
    """A brick as written: its name and, not yet bound, what it is given."""

    name: str
    span: Span
    value: Node | None = None


@dataclass(frozen=True)
class Use:
    """`use:` a network, or the layer of an earlier step."""

    target: Scalar


@dataclass(frozen=True)
class Equation:
    """`formula:` on wires."""

    text: Scalar


@dataclass(frozen=True)
class Group:
    """`layers:` under one step."""

    steps: tuple["Step", ...]


@dataclass(frozen=True)
class Branches:
    """`branches:` side by side, and the brick that joins them."""

    branches: tuple[tuple["Step", ...], ...]
    spans: tuple[Span, ...]
    merge: Call | None = None


@dataclass(frozen=True)
class Loop:
    """`for:` variables taken in step, like Python's zip."""

    variables: tuple[tuple[Scalar, Node], ...]
    steps: tuple["Step", ...]


What = Call | Use | Equation | Group | Branches | Loop


@dataclass(frozen=True)
class From:
    """What a step reads: one name, a list of names, or call arguments by name."""

    span: Span
    one: Scalar | None = None
    many: tuple[Scalar, ...] | None = None
    named: tuple[tuple[Scalar, "From"], ...] = ()


@dataclass(frozen=True)
class Weights:
    """`weights:` as written: a file or a run, which of its names become which, and what is left out."""

    source: Scalar
    renames: tuple[tuple[Scalar, Scalar], ...] = ()
    skip: tuple[Scalar, ...] = ()
    strict: Scalar | None = None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """What may be a formula."""
        return (self.source,) if self.strict is None else (self.source, self.strict)


@dataclass(frozen=True)
class Step:
    """One entry of `layers:`."""

    what: What
    span: Span
    name: Scalar | None = None
    source: From | None = None
    outs: tuple[Scalar, ...] = ()
    repeat: Node | None = None
    when: Node | None = None
    otherwise: tuple["Step", ...] = ()
    trainable: Scalar | None = None
    weights: Weights | None = None


@dataclass(frozen=True)
class Param:
    """A parameter of a block or spec; without a default it must be given."""

    name: str
    span: Span
    default: Node | None = None


Defaults = Mapping[str, tuple[Span, Mapping[str, tuple[Scalar, Node]]]]


@dataclass(frozen=True)
class Outputs:
    """`outputs:` as (name, wire) pairs; a list names each output after its wire."""

    pairs: tuple[tuple[Scalar, Scalar], ...]
    span: Span


@dataclass(frozen=True)
class Home:
    """The file a block or network was written in: what its formulas see and which defaults hold there."""

    params: tuple[Param, ...] = ()
    defaults: Defaults = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """A mould written in the language itself; `states` are the shapes of a recurrent cell's states, where it says them."""

    name: str
    span: Span
    params: tuple[Param, ...] = ()
    inputs: tuple[Scalar, ...] = ()
    outputs: Outputs | None = None
    steps: tuple[Step, ...] = ()
    defaults: Defaults = field(default_factory=dict)
    help: str = ""
    home: Home = field(default_factory=Home)
    node: Map | None = None
    choices: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    states: Mapping[str, Node] = field(default_factory=dict)


@dataclass(frozen=True)
class Input:
    """An input of a network: its shape without the batch dimension, and its dtype."""

    name: str
    span: Span
    shape: Node | None = None
    dtype: Scalar | None = None


@dataclass(frozen=True)
class Network:
    """A named graph with weights of its own; the model is one."""

    name: str
    span: Span
    inputs: tuple[Input, ...] = ()
    steps: tuple[Step, ...] = ()
    outputs: Outputs | None = None
    defaults: Defaults = field(default_factory=dict)
    home: Home = field(default_factory=Home)
    node: Map | None = None
    weights: Weights | None = None


@dataclass(frozen=True)
class FieldDef:
    """A field under a new name, and its new shape if one is given; or a formula on fields, which then stands in the place of `source`."""

    name: str
    source: Scalar | None
    reshape: Seq | None = None
    formula: Scalar | None = None


@dataclass(frozen=True)
class DataSection:
    """`data:` as written."""

    span: Span
    source: Call | None = None
    fields: tuple[FieldDef, ...] = ()
    validation: Node | Call | None = None
    test: Node | Call | None = None
    augment: tuple[Call, ...] = ()
    settings: Mapping[str, Node] = field(default_factory=dict)
    only: tuple[tuple[Scalar, tuple[Scalar, ...]], ...] = ()
    sample: tuple[Call, ...] = ()


@dataclass(frozen=True)
class LossDef:
    """The loss of one output (None: the one output there is); no call means it is not trained."""

    output: Scalar | None
    call: Call | None
    span: Span
    target: Scalar | None = None
    weight: Node | None = None


@dataclass(frozen=True)
class MetricDef:
    """A metric of one output (None: every output that has a loss)."""

    output: Scalar | None
    metric: Scalar | Call


@dataclass(frozen=True)
class TargetDef:
    """What a term is compared with: a name or a number; `kind` says `field` or `wire` where the spec does."""

    value: Scalar
    kind: str | None = None


@dataclass(frozen=True)
class Term:
    """One term of a loss, or one metric, in long form: a brick or a formula, on the wires that `source` names."""

    span: Span
    call: Call | None = None
    formula: Scalar | None = None
    source: From | None = None
    target: TargetDef | None = None
    weight: Node | None = None
    name: Scalar | None = None


@dataclass(frozen=True)
class LossMould:
    """A loss written in the language itself: the equation `formula` of its inputs, of `y_true` and of what `lets` name before it."""

    name: str
    span: Span
    params: tuple[Param, ...] = ()
    inputs: tuple[Scalar, ...] = ()
    lets: tuple[tuple[Scalar, Scalar], ...] = ()
    formula: Scalar | None = None
    help: str = ""
    home: Home = field(default_factory=Home)
    node: Map | None = None


@dataclass(frozen=True)
class Follow:
    """`follow:` as written: the network that is followed, and by what share at each step."""

    span: Span
    target: Scalar | None
    rate: Node | None


@dataclass(frozen=True)
class TrainStep:
    """One of the steps that a phase runs on each batch."""

    span: Span
    name: Scalar | None = None
    update: tuple[Scalar, ...] = ()
    optimizer: Call | None = None
    losses: tuple["LossDef | Term", ...] | None = None
    follow: Follow | None = None
    settings: Mapping[str, Node] = field(default_factory=dict)


@dataclass(frozen=True)
class ClassWeightDef:
    """What the classes of one output count (None: the one output there is); `balanced`: by how often they come."""

    output: Scalar | None
    span: Span
    weights: tuple[tuple[Scalar, Node], ...] = ()
    balanced: bool = False


@dataclass(frozen=True)
class Phase:
    """One phase of `train:`; None means it is inherited from the phase before."""

    span: Span
    losses: tuple[LossDef | Term, ...] | None = None
    optimizer: Call | None = None
    metrics: tuple[MetricDef | Term, ...] | None = None
    callbacks: tuple[Call, ...] | None = None
    freeze: tuple[Scalar, ...] | None = None
    unfreeze: tuple[Scalar, ...] | None = None
    settings: Mapping[str, Node] = field(default_factory=dict)
    steps: tuple[TrainStep, ...] | None = None
    data: DataSection | None = None
    class_weight: tuple[ClassWeightDef, ...] | None = None
    rate_multipliers: tuple[tuple[Scalar, Node], ...] | None = None


@dataclass(frozen=True)
class Export:
    """`export:` as written: formats, the outputs that are exported (none are all), and networks that are exported beside the model."""

    formats: tuple[Scalar, ...] = ()
    outputs: tuple[Scalar, ...] = ()
    networks: tuple[Scalar, ...] = ()


@dataclass(frozen=True)
class Generate:
    """`generate:` as written: how sequences are made, token after token."""

    span: Span
    settings: Mapping[str, Node] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """One member of an ensemble: a spec or a run (`kind` says which, where it is said) and overrides; without a name the spec's own model."""

    span: Span
    source: Scalar | None = None
    kind: str = ""
    changes: Mapping[str, Node] = field(default_factory=dict)


@dataclass(frozen=True)
class Ensemble:
    """`ensemble:` as written; without `weights` those of a weighted one are learned, without `of` all exported outputs are combined."""

    span: Span
    members: tuple[Member, ...]
    combine: Scalar | None = None
    weights: tuple[float, ...] | None = None
    of: tuple[Scalar, ...] = ()


@dataclass(frozen=True)
class Spec:
    """A whole experiment. `tree` is the text it was read from, imports not worked in."""

    name: str
    source: Source
    tree: Map
    path: Path | None = None
    description: str = ""
    params: tuple[Param, ...] = ()
    defaults: Defaults = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)
    losses: Mapping[str, LossMould] = field(default_factory=dict)
    networks: Mapping[str, Network] = field(default_factory=dict)
    model: Network | None = None
    data: DataSection | None = None
    train: tuple[Phase, ...] = ()
    export: Export = field(default_factory=Export)
    ensemble: Ensemble | None = None
    generate: Generate | None = None
    imports: tuple[Scalar, ...] = ()
    code: tuple[Scalar, ...] = ()

    @property
    def base(self) -> Path:
        """The folder that the paths in the spec are relative to."""
        return self.path.parent if self.path else Path()
