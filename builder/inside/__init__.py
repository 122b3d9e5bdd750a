"""Looking inside a trained model: filters, maps, the pixels that decided, embeddings."""

from builder.inside.decision import Decision, decide
from builder.inside.embedding import Embedding, embed, embed_split
from builder.inside.examples import example_of_files, example_of_split, spans_of, true_class
from builder.inside.looks import look_at_activations, look_at_decision, look_at_filters
from builder.inside.view import View
from builder.inside.wires import Inside
from builder.inside.worth import judge_run, nearest

__all__ = [
    "Decision", "Embedding", "Inside", "View", "decide", "embed", "embed_split", "example_of_files", "example_of_split", "judge_run", "look_at_activations",
    "look_at_decision", "look_at_filters", "nearest", "spans_of", "true_class",
]
