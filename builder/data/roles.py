"""What samplers of several examples share: the fields of each, and the examples to begin with."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from builder.data.drawing import Drawn, Draws
from builder.data.groups import Groups


def roles(before: Draws, names: Sequence[str], keys: Sequence[str]) -> list[Drawn]:
    """The fields of each of several examples, `names` in the spec and `keys` among the numbers.

    The one field that is no class bears the bare name, any other the name with its own: `left`, `left_label`.

    Raises:
        SpecError: `source-argument`, as many names are wanted as there are examples.
    """
    if len(set(names)) != len(keys):
        raise before.fault("source-argument", argument="names", given=list(names), wanted=f"{len(keys)} different names")
    return [one for name, key in zip(names, keys, strict=True) for one in _named(before, name, key)]


def _named(before: Draws, name: str, key: str) -> Iterable[Drawn]:
    plain = [field for field, column in before.columns.items() if not column.field.classes]
    for own, column in before.columns.items():
        field = name if plain == [own] else f"{name}_{own}"
        yield Drawn(replace(column.field, name=field), key, column)


def starting(before: Draws, sampler: str, by: str, rare: str, least: int, others: bool) -> tuple[Groups, np.ndarray]:
    """The classes, and the rows to begin with in an order that has nothing to do with their classes.

    Raises:
        SpecError: `unknown-field`, `sample-by`; `sample-few`, a class with fewer examples than `least`;
            `sample-one-class`, where examples of `others` are wanted.
    """
    groups = before.groups(by)
    if others and len(groups) < 2:
        raise before.fault("sample-one-class", sampler=sampler, split=before.split, field=by, name=groups.names[0])
    few, rows = groups.fewer(least), groups.rows(least)
    if few and (rare == "error" or not len(rows)):
        raise before.fault("sample-few", sampler=sampler, split=before.split, field=by, classes=few, least=least, most=int(groups.counts.max()))
    return groups, np.random.Generator(np.random.PCG64(before.seed)).permutation(rows)
