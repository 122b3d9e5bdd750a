"""Digits: real scanned digits that come with scikit-learn."""

from dataclasses import dataclass

from builder.data.source import Place, source
from builder.data.table import Table, column, labels, table


@source
@dataclass(frozen=True)
class Digits:
    """1,797 scanned digits of 8 by 8 pixels, embedded: no file and no network is needed.

    From E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI 1998.

    Fields:
        image: (8, 8, 1), float32 from 0 to 16.
        label: a class, "0" to "9".
    """

    def read(self, place: Place) -> Table:
        import sklearn.datasets

        digits = sklearn.datasets.load_digits()
        image = digits.images.astype("float32")[..., None]
        return table(column("image", image), labels("label", digits.target, tuple("0123456789")))
