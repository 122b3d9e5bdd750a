"""What the columns of a table of texts hold, found out while their cells go by: numbers, classes or texts."""

from dataclasses import dataclass, field

import numpy as np

MOST_CLASSES = 100


@dataclass
class Kind:
    """One column: of numbers until a cell is none, or text from the start where `numeric` is false.

    A label gathers its classes: up to 100 different numbers, or every different text.
    """

    gaps: frozenset[str]
    label: bool = False
    numeric: bool = True
    missed: bool = False
    numbers: set[float] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def see(self, cells: list[str]) -> None:
        """Takes note of some cells; `missed` then says that cells before these were thought to be numbers."""
        if self.numeric:
            found = numbers(cells, self.gaps)
            if found is not None:
                self._note(found)
                return
            self.numeric, self.missed = False, bool(self.label and self.numbers)
        if self.label:
            self.texts.update(cells)

    def _note(self, found: np.ndarray) -> None:
        if self.label and len(self.numbers) <= MOST_CLASSES:
            self.numbers.update(np.unique(found).tolist())

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The names of a label's classes; None of what is no class."""
        if not self.label:
            return None
        if not self.numeric:
            return tuple(sorted(self.texts))
        if len(self.numbers) > MOST_CLASSES or not all(map(float.is_integer, self.numbers)):
            return None
        return tuple(str(int(number)) for number in sorted(self.numbers))

    def values(self, cells: list[str]) -> np.ndarray | list[str]:
        """Cells as what the whole column is: class indices (int64), numbers (float32) or texts."""
        if self.classes is not None:
            keys = cells if not self.numeric else numbers(cells, self.gaps).tolist()
            places = {key: place for place, key in enumerate(sorted(self.numbers if self.numeric else self.texts))}
            return np.array([places[key] for key in keys], "int64")
        if self.numeric:
            return numbers(cells, self.gaps)
        return ["" if cell in self.gaps else cell for cell in cells]


def numbers(cells: list[str], gaps: frozenset[str]) -> np.ndarray | None:
    """The cells as float32, not-a-number where one is missing, or None where one is no number."""
    try:
        if any("_" in cell for cell in cells):  # Python reads 1_000 as a number; people do not
            return None
        return np.array([float("nan") if cell in gaps else float(cell) for cell in cells], dtype="float32")
    except ValueError:
        return None
