"""Graphs made by hand, as the graph room would lay them, without a catalogue or Keras."""

from builder.diagnostics import Source, Span
from builder.graph.graph import Graph, Node, Recipe, Scope, TensorSpec, Wire

SPAN = Span(Source("fake.yaml", "name: fake\n"), 1, 1, 1, 5)


class Lay:
    """Lays nodes one after the other; `call` gives the wire a node makes."""

    def __init__(self, name: str = "fake", networks: dict[str, Graph] | None = None):
        self.name, self.made, self.scopes, self.path = name, [], {}, ()
        self.networks = networks or {}
        self.named: dict[str, int] = {}

    def input(self, name: str, *shape: int | None, dtype: str = "float32") -> Wire:
        return self.node("input", name, "input", (), TensorSpec(shape, dtype))

    def call(self, brick: str, *reads: Wire, shape: tuple | None = None, name: str = "", parameters: int = 0, ports: int = 1,
             args: tuple = (), **more) -> Wire:
        spec = TensorSpec(reads[0].spec.shape if shape is None else shape)
        name = name or self.fresh(brick)
        kept = {"what": "layer", "macs": parameters * 10, **more}
        if kept["what"] == "layer":
            kept.setdefault("layer", name)
        return self.node(kept.pop("what"), name, brick, reads, spec, ports=ports,
                         recipe=Recipe("layer", brick, args), parameters=parameters, trainable=parameters, **kept)

    def use(self, network: str, *reads: Wire, shape: tuple, name: str, again: bool = False) -> Wire:
        count = 0 if again else self.networks[network].parameters
        return self.node("network", name, network, reads, TensorSpec(shape), network=network, again=again,
                         parameters=count, trainable=count)

    def fresh(self, brick: str) -> str:
        base = ".".join((*self.path, brick.lower()))
        self.named[base] = self.named.get(base, 0) + 1
        return base if self.named[base] == 1 else f"{base}_{self.named[base]}"

    def node(self, what: str, name: str, brick: str, reads: tuple, spec: TensorSpec, ports: int = 1, **more) -> Wire:
        index = len(self.made)
        wires = tuple(Wire(index, port, spec) for port in range(ports))
        self.made.append(Node(index, what, name, SPAN, brick, tuple(reads), outputs=wires, scope=self.path, **more))
        return wires[0]

    def port(self, wire: Wire, port: int) -> Wire:
        return self.made[wire.node].outputs[port]

    def enter(self, name: str, brick: str) -> "Lay":
        """Opens a box, to be closed by `with`."""
        self.path = (*self.path, name)
        self.scopes[self.path] = Scope(self.path, brick, SPAN)
        return self

    def __enter__(self) -> "Lay":  # noqa: PYI034
        return self

    def __exit__(self, *_: object) -> None:
        self.path = self.path[:-1]

    def graph(self, **outputs: Wire) -> Graph:
        inputs = {node.name: node.outputs[0] for node in self.made if node.what == "input"}
        return Graph(self.name, inputs, outputs, tuple(self.made), scopes=self.scopes, networks=self.networks)


def chain(length: int) -> Graph:
    lay = Lay("chain")
    wire = lay.input("x", 16)
    for _ in range(length):
        wire = lay.call("Dense", wire, parameters=272)
    return lay.graph(y=wire)


def inception(blocks: int = 2) -> Graph:
    lay = Lay("inception")
    wire = lay.input("image", 28, 28, 192)
    wire = lay.call("Conv2D", wire, shape=(28, 28, 192), parameters=1792, args=(("filters", 64), ("kernel_size", 3), ("strides", 2), ("activation", "relu")))
    for i in range(blocks):
        with lay.enter(f"inception_{'abc'[i]}", "Inception"):
            one = lay.call("Conv2D", wire, shape=(28, 28, 64), parameters=12352, args=(("filters", 64), ("kernel_size", 1)))
            three = lay.call("Conv2D", wire, shape=(28, 28, 96), parameters=18528, args=(("filters", 64), ("kernel_size", 1)))
            three = lay.call("Conv2D", three, shape=(28, 28, 128), parameters=110720, args=(("filters", 64), ("kernel_size", 3)))
            five = lay.call("Conv2D", wire, shape=(28, 28, 16), parameters=3088, args=(("filters", 64), ("kernel_size", 1)))
            five = lay.call("Conv2D", five, shape=(28, 28, 32), parameters=12832, args=(("filters", 64), ("kernel_size", 5)))
            pool = lay.call("MaxPooling2D", wire, args=(("pool_size", 3), ("strides", 1)))
            pool = lay.call("Conv2D", pool, shape=(28, 28, 32), parameters=6176, args=(("filters", 64), ("kernel_size", 1)))
            wire = lay.call("Concatenate", one, three, five, pool, shape=(28, 28, 256))
    wire = lay.call("GlobalAveragePooling2D", wire, shape=(256,))
    return lay.graph(label=lay.call("Dense", wire, shape=(10,), parameters=2570, name="label", args=(("units", 10), ("activation", "softmax"))))


def residual(stages: int = 2, blocks: int = 2) -> Graph:
    lay = Lay("resnet")
    wire = lay.call("Conv2D", lay.input("image", 32, 32, 3), shape=(32, 32, 16), parameters=448)
    for stage in range(stages):
        with lay.enter(f"stage{stage + 1}", "Stage"):
            for block in range(blocks):
                wire = _bottleneck(lay, f"block{block + 1}", wire, project=block == 0)
    wire = lay.call("GlobalAveragePooling2D", wire, shape=(64,))
    return lay.graph(label=lay.call("Dense", wire, shape=(10,), parameters=650, name="label"))


def _bottleneck(lay: Lay, name: str, wire: Wire, project: bool) -> Wire:
    with lay.enter(name, "Bottleneck"):
        short = lay.call("Conv2D", wire, parameters=1088, name="") if project else wire
        for _ in range(3):
            wire = lay.call("Conv2D", wire, parameters=2320, args=(("kernel_size", 3),))
            wire = lay.call("BatchNormalization", wire, parameters=64)
            wire = lay.call("ReLU", wire)
        return lay.call("ReLU", lay.call("Add", wire, short))


def unet(depth: int = 4) -> Graph:
    lay = Lay("unet")
    wire = _level(lay, lay.input("image", 256, 256, 1), 64, 256, depth)
    return lay.graph(mask=lay.call("Conv2D", wire, shape=(256, 256, 1), parameters=65, name="mask"))


def _level(lay: Lay, wire: Wire, filters: int, side: int, depth: int) -> Wire:
    with lay.enter("level", "Level"):
        skip = wire = _double(lay, "skip", wire, filters, side)
        if depth:
            half = side // 2
            wire = lay.call("MaxPooling2D", wire, shape=(half, half, filters))
            wire = _level(lay, wire, filters * 2, half, depth - 1)
            wire = lay.call("Conv2DTranspose", wire, shape=(side, side, filters), parameters=filters * filters * 8)
            wire = lay.call("Concatenate", skip, wire, shape=(side, side, filters * 2))
            wire = _double(lay, "double", wire, filters, side)
        return wire


def _double(lay: Lay, name: str, wire: Wire, filters: int, side: int) -> Wire:
    with lay.enter(name, "DoubleConv"):
        for _ in range(2):
            wire = lay.call("Conv2D", wire, shape=(side, side, filters), parameters=filters * filters * 9)
    return wire


def siamese() -> Graph:
    net = Lay("encoder")
    wire = net.input("image", 105, 105, 1)
    for size, filters in ((96, 64), (42, 128), (18, 128), (6, 256)):
        wire = net.call("Conv2D", wire, shape=(size, size, filters), parameters=filters * 640)
        if size > 6:
            wire = net.call("MaxPooling2D", wire, shape=(size // 2, size // 2, filters))
    wire = net.call("Flatten", wire, shape=(9216,))
    encoder = net.graph(code=net.call("Dense", wire, shape=(4096,), parameters=37752832))
    lay = Lay("siamese", {"encoder": encoder})
    left, right = lay.input("left", 105, 105, 1), lay.input("right", 105, 105, 1)
    a = lay.use("encoder", left, shape=(4096,), name="a")
    b = lay.use("encoder", right, shape=(4096,), name="b", again=True)
    wire = lay.call("formula", a, b, what="formula", name="distance", formula="abs(a - b)")
    return lay.graph(same=lay.call("Dense", wire, shape=(1,), parameters=4097, name="same"))


def wide_deep(columns: int = 14) -> Graph:
    lay = Lay("wide_deep")
    inputs = [lay.input(f"column_{i}", 1, dtype="string" if i % 2 else "float32") for i in range(columns)]
    ready = []
    for i, wire in enumerate(inputs):
        if i % 2:
            wire = lay.call("StringLookup", wire, shape=(1,))
            ready.append(lay.call("Embedding", wire, shape=(8,), parameters=320))
        else:
            ready.append(lay.call("Normalization", wire, shape=(1,), parameters=3))
    wide = lay.call("Concatenate", *ready, shape=(63,), name="wide")
    deep = wide
    with lay.enter("deep", "layers"):
        for units in (128, 64):
            deep = lay.call("Dense", deep, shape=(units,), parameters=units * 64)
            deep = lay.call("Dropout", deep, args=(("rate", 0.2),))
    wire = lay.call("Concatenate", wide, deep, shape=(127,))
    return lay.graph(income=lay.call("Dense", wire, shape=(1,), parameters=128, name="income"))


def residual_chain(length: int) -> Graph:
    """Residual blocks of four bricks, each in its box, about `length` bricks in all."""
    lay = Lay("residual_chain")
    wire = lay.input("x", 16)
    for i in range(length // 4):
        with lay.enter(f"block{i}", "Residual"):
            skip = wire
            for _ in range(2):
                wire = lay.call("Dense", wire, parameters=272)
            wire = lay.call("ReLU", lay.call("Add", wire, skip))
    return lay.graph(y=wire)


def adversarial() -> Graph:
    """A generator and a discriminator, the second used on two wires, one of them deep in a box."""
    generator = Lay("generator")
    wire = generator.call("Dense", generator.input("noise", 64), shape=(7 * 7 * 64,), parameters=203840)
    wire = generator.call("Reshape", wire, shape=(7, 7, 64))
    wire = generator.call("Conv2DTranspose", wire, shape=(28, 28, 1), parameters=4097)
    networks = {"generator": generator.graph(image=wire)}
    critic = Lay("discriminator")
    wire = critic.call("Conv2D", critic.input("image", 28, 28, 1), shape=(14, 14, 64), parameters=1664)
    wire = critic.call("Flatten", wire, shape=(12544,))
    networks["discriminator"] = critic.graph(score=critic.call("Dense", wire, shape=(1,), parameters=12545))
    lay = Lay("gan", networks)
    image, noise = lay.input("image", 28, 28, 1), lay.input("noise", 64)
    made = lay.use("generator", noise, shape=(28, 28, 1), name="fake")
    with lay.enter("judge", "Judge"):
        with lay.enter("inner", "layers"):
            wire = lay.call("GaussianNoise", made)
            fake = lay.use("discriminator", wire, shape=(1,), name="fake_score")
        fake = lay.call("Rescaling", fake)
    real = lay.use("discriminator", image, shape=(1,), name="real_score", again=True)
    return lay.graph(fake_score=fake, real_score=real)


def sequence() -> Graph:
    """An encoder that hands several states on, attention over the long way, and a brick that nothing reads."""
    lay = Lay("sequence")
    text = lay.input("text", None, dtype="string")
    wire = lay.call("TextVectorization", text, shape=(None,))
    wire = lay.call("Embedding", wire, shape=(None, 64), parameters=640000)
    hidden = lay.call("LSTM", wire, shape=(None, 128), parameters=98816, ports=3, name="encoder")
    target = lay.input("target", None, 64)
    with lay.enter("decoder", "Decoder"):
        more = (lay.port(hidden, 1), lay.port(hidden, 2))
        state = lay.call("LSTM", target, *more, shape=(None, 128), parameters=98816, name="decoder.lstm")
        seen = lay.call("Attention", state, hidden, shape=(None, 128))
        wire = lay.call("Concatenate", state, seen, shape=(None, 256))
    lay.call("GlobalMaxPooling1D", hidden, shape=(128,), name="forgotten")
    return lay.graph(word=lay.call("Dense", wire, shape=(None, 5000), parameters=1285000, name="word"))
