"""How well images are given back: what a model made beside what it is compared with, and a walk through the latents it is made from."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from builder.graph import Wire
from builder.graph.graph import Recipe
from builder.graph.judging import by_number
from builder.graph.plans import EquationPlan, PhasePlan, Target
from builder.graph.wires import ports
from builder.training import phases
from builder.training.feed import Feed, wanted

SHOWN = 10  # examples that are kept to be looked at
CODES = 2000  # latents that a walk finds its way by
SIDE, ROWS, SAMPLES = 13, 5, 30  # of a walk through the plane; walks from one example to another; images of random latents
PRIOR = "NormalDivergence"  # the loss by which latents are normally distributed
NUMBERS = ("Mean", "Huber", "LogCosh")  # how losses of numbers begin: an image that is no input is given back only by these


@dataclass(frozen=True, eq=False)
class Latents:
    """Images of latents: `walk` is (rows, columns, height, width, channels), `samples` images of the prior or None.

    `size` are the numbers of a latent, and `normal` whether a loss draws them to a standard normal distribution.
    """

    size: int
    normal: bool
    walk: np.ndarray
    samples: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A `wire` beside its `target`, over a split. `given` are the images that the trained part of the model got in place of the target.

    `span` are the least and greatest value of the target; `errors` the mean squared error of the wire and of each that was given;
    `images` some examples of each, by name, and `originals` of the target, which may be a field of the wire's name.
    """

    wire: str
    target: str
    given: tuple[str, ...]
    span: tuple[float, float]
    errors: Mapping[str, float]
    images: Mapping[str, np.ndarray] = field(default_factory=dict)
    originals: np.ndarray | None = None
    latents: Latents | None = None

    def psnr(self, wire: str) -> float | None:
        """The peak signal-to-noise ratio in dB of the mean squared error, the peak being the range of the target; None for no error."""
        low, high = self.span
        return 10 * math.log10((high - low) ** 2 / self.errors[wire]) if self.errors.get(wire) and high > low else None

    def as_json(self) -> dict:
        told = {name: {"mse": error, "psnr": self.psnr(name)} for name, error in self.errors.items()}
        return {"target": self.target, "range": list(self.span), **told[self.wire], "given": {name: one for name, one in told.items() if name != self.wire}}


@dataclass(frozen=True)
class Pair:
    """What a term compares: a wire and its target, both images of one shape, with those that the trained part reads in its place."""

    wire: str
    target: Target
    given: tuple[str, ...]
    code: str | None


def reconstructions(inside, plan: PhasePlan, split, batch: int) -> dict[str, Reconstruction]:
    """What a phase's terms compare with images, over a split in its order, by the wire; empty where they compare none.

    Args:
        inside: the model's wires (`builder.inside.wires.Inside`).
        plan: the phase.
        split: of the data.
        batch: examples at a time.
    """
    return {pair.wire: _judged(inside, plan, pair, split, batch) for pair in compared(inside, plan)}


def compared(inside, plan: PhasePlan) -> Iterator[Pair]:
    """The terms that compare images, each wire once."""
    seen = set()
    for measure, wire, target in phases.compared(plan, inside):
        spot = inside.spots[wire]
        if wire not in seen and _image(spot.shape) and _gives_back(inside, measure, target, spot.shape):
            seen.add(wire)
            yield Pair(wire, target, tuple(_given(inside, wire, target)), _code(inside, wire))


def _image(shape: tuple) -> bool:
    return len(shape) == 3 and None not in shape and shape[-1] in (1, 3, 4) and min(shape[:2]) > 1


def _gives_back(inside, measure: Recipe, target: Target, shape: tuple) -> bool:
    """Whether a target is an image that comes with the example: an input, what no trained weight has made, or a field of numbers."""
    if target.kind == "number" or by_number(measure.name):
        return False
    if target.kind == "wire":
        spot = inside.spots[target.value]
        return tuple(spot.shape) == tuple(shape) and not _trained(inside, spot.step)
    return target.value in inside.graph.inputs or measure.name.startswith(NUMBERS)


def _before(inside, step: int) -> Iterator:
    """A step of the model and all that it depends on."""
    return (inside.graph.nodes[index] for index in inside.graph.before([step]))


def _trained(inside, step: int) -> bool:
    """Whether weights have a part in what a step gives."""
    return any(node.parameters or node.again for node in _before(inside, step))


def _given(inside, wire: str, target: Target) -> Iterator[str]:
    """The images that the first steps with weights read on the way to a wire, without the target itself."""
    read = [one for node in _before(inside, inside.spots[wire].step) if node.parameters or node.again for one in node.reads() if one.spec is not None]
    names = dict.fromkeys(_name(inside, one) for one in read if _image(one.spec.shape) and not _trained(inside, one.node))
    return (name for name in names if name != target.value)


def _decoder(inside, wire: str):
    """The step that makes a wire of one vector by a network; None where another does."""
    node = inside.graph.nodes[inside.spots[wire].step]
    read = node.reads()
    return node if node.what == "network" and wire in ports(node) and len(read) == 1 and len(read[0].spec.shape) == 1 else None


def _code(inside, wire: str) -> str | None:
    """The latents that a wire is made from."""
    node = _decoder(inside, wire)
    return node and _name(inside, node.reads()[0])


def _name(inside, wire: Wire) -> str:
    return ports(inside.graph.nodes[wire.node])[wire.port]


def _judged(inside, plan: PhasePlan, pair: Pair, split, batch: int) -> Reconstruction:
    """One pass over the split."""
    seen = Seen(pair)
    for values, true in _batches(inside, pair, split, batch):
        seen.add(values, true)
    errors, given = {name: total / seen.count for name, total in seen.errors.items()}, seen.differing
    latents = _latents(inside, pair, np.concatenate(seen.codes), _normal(plan)) if pair.code else None
    images = {name: np.concatenate(seen.images[name]) for name in (*given, pair.wire)}
    return Reconstruction(pair.wire, pair.target.value, given, seen.span, {name: errors[name] for name in (pair.wire, *given) if name in errors}, images,
                          np.concatenate(seen.originals), latents)


def _batches(inside, pair: Pair, split, batch: int) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
    """The wires that a pair is of, the latents among them, and its target."""
    import tensorflow as tf

    wires = dict.fromkeys([pair.wire, *pair.given, *([pair.target.value] if pair.target.kind == "wire" else []), *([pair.code] if pair.code else [])])
    taps, fields = inside.taps(wires), {pair.target.value: pair.target.value} if pair.target.kind == "field" else {}
    dataset = Feed({split.name: split}, wanted(inside.model), fields, batch).plain(split.name)
    run = tf.function(lambda inputs: taps(inputs, training=False), input_signature=dataset.element_spec[:1], autograph=False).get_concrete_function()
    for inputs, targets in dataset:
        found = run(inputs)
        true = (targets if fields else found)[pair.target.value]
        yield {name: np.asarray(value, "float64") for name, value in found.items()}, np.asarray(true, "float64")


@dataclass
class Seen:
    """Sums over the batches of a split, with the first images and latents."""

    pair: Pair
    count: int = 0
    low: float = math.inf
    high: float = -math.inf
    errors: dict[str, float] = field(default_factory=dict)
    images: dict[str, list] = field(default_factory=dict)
    originals: list[np.ndarray] = field(default_factory=list)
    codes: list[np.ndarray] = field(default_factory=list)
    shown: int = 0

    @property
    def span(self) -> tuple[float, float]:
        return self.low, self.high

    @property
    def differing(self) -> tuple[str, ...]:
        """What was given and differs from the target, in more than its scale."""
        return tuple(name for name in self.pair.given if not _alike(self.images[name][0], self.originals[0]))

    def add(self, values: Mapping[str, np.ndarray], true: np.ndarray) -> None:
        """A batch of each image by name, (batch, height, width, channels), and of the target."""
        pair = self.pair
        made, code = values[pair.wire], values.get(pair.code)
        true = true.reshape(made.shape)
        self.low, self.high = min(self.low, float(true.min())), max(self.high, float(true.max()))
        for name in (pair.wire, *pair.given):
            if values[name].shape == true.shape:
                self.errors[name] = self.errors.get(name, 0.0) + float(np.square(values[name] - true).mean()) * len(true)
        if self.shown < SHOWN:
            self.originals.append(true[: SHOWN - self.shown])
            for name in dict.fromkeys((pair.wire, *pair.given)):
                self.images.setdefault(name, []).append(values[name][: SHOWN - self.shown])
        self.count, self.shown = self.count + len(true), self.shown + len(true)
        if code is not None and sum(map(len, self.codes)) < CODES:
            self.codes.append(code[:CODES])


def _alike(some: np.ndarray, others: np.ndarray) -> bool:
    """Whether images are the same but for black and white."""
    return some.shape == others.shape and np.allclose(*(np.interp(one, (one.min(), one.max() + 1e-9), (0, 1)) for one in (some, others)), atol=1e-3)


def _normal(plan: PhasePlan) -> bool:
    return any(isinstance(term.measure, EquationPlan) and term.measure.brick == PRIOR for step in plan.steps for term in step.terms)


def _latents(inside, pair: Pair, codes: np.ndarray, normal: bool) -> Latents:
    """What the decoder makes along a walk and, where latents are drawn to a normal distribution, of such numbers drawn by chance."""
    size, node = codes.shape[1], _decoder(inside, pair.wire)
    places = plane(codes, normal) if size == 2 else between(codes)
    drawn = np.random.default_rng(0).standard_normal((SAMPLES, size)) if normal else None
    decode = lambda latents: _decoded(inside, node, pair.wire, latents)
    walk = decode(places.reshape(-1, size))
    return Latents(size, normal, walk.reshape(*places.shape[:2], *walk.shape[1:]), None if drawn is None else decode(drawn))


def plane(codes: np.ndarray, normal: bool) -> np.ndarray:
    """Places all over a plane, (rows, columns, 2), the first number growing to the right and the second upward.

    They are as far apart as latents are many there: by quantiles of the normal distribution, or of the codes themselves.
    """
    shares = (np.arange(SIDE) + 0.5) / SIDE
    across, up = ([NormalDist().inv_cdf(share) for share in shares] if normal else np.quantile(codes[:, axis], shares) for axis in (0, 1))
    return np.stack(np.meshgrid(across, up[::-1]), axis=-1)


def between(codes: np.ndarray) -> np.ndarray:
    """Places on straight ways from the latents of one example to those of the next, (rows, columns, numbers)."""
    rows = min(ROWS, len(codes) // 2)
    shares = np.linspace(0, 1, SIDE)[None, :, None]
    return codes[0 : 2 * rows : 2, None] * (1 - shares) + codes[1 : 2 * rows : 2, None] * shares


def _decoded(inside, node, wire: str, latents: np.ndarray) -> np.ndarray:
    """The images that a network makes of latents."""
    network = inside.graph.networks[node.network]
    made = inside.model.get_layer(node.network)({next(iter(network.inputs)): latents.astype("float32")}, training=False)
    return np.asarray(made[list(network.outputs)[ports(node).index(wire)]], "float64")
