"""Forecasts of a series beside what needs no network: as it was last, as it was a season before, and as the season goes on."""

from dataclasses import dataclass

import numpy as np

from builder.data.dice import Dice

SHOWN, AHEAD = 60, 24  # windows at the end of a split that are drawn; steps that a model goes on by itself
WAVES = 6  # sines and cosines that a season is made of


@dataclass(frozen=True, eq=False)
class Forecast:
    """What is forecast in a split: `series` are all values known, those before the split first; the last row of window i is `last[i]`.

    `horizons` say how many rows on each forecast is, `season` how many rows make a season, where the spec says.
    """

    series: np.ndarray
    last: np.ndarray
    horizons: np.ndarray
    begin: int
    season: int | None

    @classmethod
    def of(cls, split, target: str) -> "Forecast | None":
        """The forecast that the field `target` of a split is; None where it is none, or not of one series of numbers."""
        recipe = next((one for one in split.draws.about if one.name == "Windows"), None) if split.draws else None
        drawn = recipe and split.drawn.get(target)
        arguments = dict(recipe.args) if recipe else {}
        if drawn is None or drawn.by != "future" or arguments.get("each") or arguments.get("by") or drawn.column.dtype.kind not in "fiu" \
                or drawn.field.classes or drawn.column.field.shape:
            return None
        places = np.arange(split.draws.size)
        numbers = split.draws.numbers(Dice(split.draws.seed, 0, places), split.draws.plain_rows(places))
        alike = (one for one in split.draws.columns.values() if one.dtype == drawn.column.dtype and np.array_equal(one.values, drawn.column.values))
        before = _before(next(alike))
        series = np.concatenate([before, drawn.column.values]).astype("float64")
        horizons = np.atleast_1d(arguments.get("horizon", 1))
        return cls(series, numbers["past"][:, -1] + len(before), horizons, len(before), arguments.get("season"))

    def truth(self) -> np.ndarray:
        """What came, (windows, horizons)."""
        return self.series[self.last[:, None] + self.horizons]

    def baselines(self) -> dict[str, np.ndarray]:
        """What is said without a network, (windows, horizons) each; where the season is known, also by it."""
        same = np.repeat(self.series[self.last][:, None], len(self.horizons), axis=1)
        found = {"as it was last": same}
        if self.season is None or self.begin < 2 * self.season:
            return found
        rows, (trend, year) = self.last[:, None] + self.horizons, self.profile()
        back = -(-self.horizons // self.season) * self.season
        return {**found, "a season before": self.series[rows - back], "the season alone": trend[0] + trend[1] * rows + year[rows % self.season],
                "as last, and as the season goes": same + year[rows % self.season] - year[self.last % self.season][:, None]}

    def profile(self) -> tuple[np.ndarray, np.ndarray]:
        """Least squares on the rows before the split: a trend (level, slope), and the mean course of a season, (season,), of a few sines and cosines."""
        rows = np.arange(self.begin)
        waves = lambda at: [some(2 * np.pi * count * at / self.season) for count in range(1, min(WAVES, self.season // 2) + 1) for some in (np.sin, np.cos)]
        fitted = np.linalg.lstsq(np.column_stack([np.ones(self.begin), rows, *waves(rows)]), self.series[: self.begin], rcond=None)[0]
        return fitted[:2], np.column_stack(waves(np.arange(self.season))) @ fitted[2:]

    def told(self, said: np.ndarray, ahead: np.ndarray | None = None) -> dict:
        """The report: root mean square errors by horizon, and the last part of the series with what was said of it.

        Args:
            said: the model's forecasts, (windows, horizons).
            ahead: what the model made of its own forecasts, from the last window that many rows before the end.
        """
        ways = {"the model": said, **self.baselines()}
        errors = {name: np.sqrt(np.mean((values - self.truth()) ** 2, axis=0)).tolist() for name, values in ways.items()}
        shown = self.last[-SHOWN:]
        lines = {str(horizon): _points(shown + horizon, said[-SHOWN:, at]) for at, horizon in enumerate(self.horizons)}
        rows = np.arange(shown[0], len(self.series))
        own = {} if ahead is None else {"ahead": _points(np.arange(len(self.series) - len(ahead), len(self.series)), ahead)}
        return {"horizons": self.horizons.tolist(), "season": self.season, "errors": errors, "truth": _points(rows, self.series[rows]), "said": lines, **own}


def forecast(model, split, target: str, output: str, said: np.ndarray) -> dict:
    """What a report tells of a forecast, under `forecast`; empty where the output is none.

    Args:
        said: all forecasts of the split, in order and in a row.
    """
    found = Forecast.of(split, target)
    if found is None or said.size != found.truth().size:
        return {}
    return {"forecast": found.told(said.reshape(found.truth().shape), ahead(model, split, found, output))}


def ahead(model, split, found: Forecast, output: str) -> np.ndarray | None:
    """A model's forecasts from its own forecasts, step by step to the end of the series; None where it reads more than the series' own past."""
    import keras

    inputs = model.input
    if len(inputs) != 1 or found.horizons.tolist() != [1] or next(iter(inputs.values())).shape[2:] != (1,):
        return None
    (name, tensor), = inputs.items()
    past, steps = split.drawn.get(name), min(AHEAD, len(found.last))
    if past is None or past.by != "past" or tensor.shape[1] is None or not np.array_equal(np.ravel(past.column.values),
                                                                                          found.series[found.begin :].astype("float32")):
        return None
    window = found.series[found.last[-steps] + 1 - tensor.shape[1] : found.last[-steps] + 1].tolist()
    for _ in range(steps):
        given = np.array(window[-tensor.shape[1] :], "float32")[None, :, None]
        window.append(float(np.ravel(keras.ops.convert_to_numpy(model({name: given}, training=False)[output]))[0]))
    return np.array(window[-steps:])


def _before(column) -> np.ndarray:
    """The values of a source that stand before a split, where the split is one stretch of it."""
    at = column.at
    if at is None or len(at) < 2 or (np.diff(at) != 1).any():
        return np.zeros(0)
    return np.ravel(column.store[np.arange(at[0])])


def _points(rows: np.ndarray, values: np.ndarray) -> list[list[float]]:
    return [[int(row), float(f"{value:.6g}")] for row, value in zip(rows, values, strict=True)]


