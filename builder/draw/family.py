"""Families of bricks and their colours: a pale ground, a border and a strong stripe each."""

from dataclasses import dataclass

from builder.draw.figure import Item


@dataclass(frozen=True)
class Colours:
    """Ground, border and stripe of a card."""

    ground: str
    border: str
    stripe: str


FAMILIES = {
    "conv": Colours("#eff5fe", "#b9d2f5", "#2f6fd0"),
    "dense": Colours("#ecfaf1", "#aedfc2", "#1f9254"),
    "pool": Colours("#fef3ec", "#f5cdb0", "#d9691f"),
    "norm": Colours("#f3f1fe", "#cdc6f6", "#6b57d6"),
    "activation": Colours("#fefae6", "#eddc98", "#bd9508"),
    "recurrent": Colours("#e9f9fa", "#a9dde2", "#0e8492"),
    "attention": Colours("#fdeef7", "#f2bfdf", "#c0358a"),
    "embedding": Colours("#f3f9e8", "#cfe3a5", "#6a8f14"),
    "merge": Colours("#fdefef", "#f2c1c1", "#cc3d3d"),
    "regularise": Colours("#f6f4f1", "#dad3c9", "#8a7b66"),
    "shape": Colours("#f3f5f7", "#ccd4dc", "#64748b"),
    "data": Colours("#eef8f7", "#b8ddd9", "#33807a"),
    "formula": Colours("#fbf1fc", "#e3c3e8", "#9440a5"),
    "network": Colours("#f0effd", "#b5b0f0", "#5046c8"),
    "closed": Colours("#ffffff", "#b4bfcc", "#475569"),
    "input": Colours("#334155", "#334155", "#334155"),
    "output": Colours("#334155", "#334155", "#334155"),
    "other": Colours("#f7f8fa", "#d2d8e0", "#7c8a9c"),
}

# The first family with a word that stands in the brick's name; order matters (`GlobalAveragePooling2D`, `ConvLSTM2D`).
_WORDS = (
    ("attention", ("Attention",)),
    ("recurrent", ("LSTM", "GRU", "RNN", "Recurrent", "Bidirectional", "Cell")),
    ("pool", ("Pool",)),
    ("shape", ("Flatten", "Reshape", "Permute", "RepeatVector", "UpSampling", "Cropping", "Padding", "Resizing")),
    ("conv", ("Conv",)),
    ("norm", ("BatchNorm", "LayerNorm", "GroupNorm", "UnitNorm", "RMSNorm", "SpectralNorm", "ResponseNorm", "InstanceNorm")),
    ("regularise", ("Dropout", "Noise", "Regularization", "Masking")),
    ("embedding", ("Embedding",)),
    ("dense", ("Dense",)),
    ("merge", ("Add", "Concatenate", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Dot")),
    ("activation", ("LU", "Softmax", "Activation", "Sigmoid")),
    ("data", ("Rescaling", "Normalization", "Vectorization", "Lookup", "Discretization", "Encoding", "Hash", "Random")),
)


def family(item: Item) -> str:
    """The family an item is coloured by."""
    if item.what in FAMILIES:
        return item.what
    if item.what == "op":
        return "formula"
    return next((name for name, words in _WORDS if any(word in item.brick for word in words)), "other")
