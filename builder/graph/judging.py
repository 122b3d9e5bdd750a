"""What a loss takes for its target where that is not shaped like what it judges, and what it compares: told by its name."""

COSINES = ("ArcFace", "CosFace")
IN_BATCH = ("TripletMining", "NPair", "LiftedStructure", "Circle")
EMBEDDINGS = (*IN_BATCH, "CenterLoss")


def by_number(loss: str) -> bool:
    """Whether its target is the number of a class where the output has a score for each."""
    return loss.startswith("Sparse") or loss in COSINES


def of_embedding(loss: str) -> bool:
    """Whether its target is the number of a class where the output is an embedding of any size."""
    return loss in EMBEDDINGS


def in_batch(loss: str) -> bool:
    """Whether it compares the examples of a batch with one another, so that it depends on the batch's size."""
    return loss in IN_BATCH
