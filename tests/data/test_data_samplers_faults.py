"""What bad samplers are told: a sentence, what to do, and where it stands."""

import pytest

from builder import SpecError, load
from builder.catalog import catalogue
from builder.data import open_data
from builder.diagnostics import render
from builder.graph.plan import plan_data

DIGITS, POINTS = "Digits", "{Csv: [points.csv, label: kind]}"
ROWS = "x,name,kind\n1,one,a\n2,two,a\n3,three,b\n4,four,c\n"
FAULTS = [
    (POINTS, "sample: {Pairs: [by: x]}", "error[sample-by]: `Pairs` draws by classes, but the field `x` holds numbers",
     "a field that is a class: `Pairs: [by: kind]`"),
    (POINTS, "sample: {Pairs: name}", "error[sample-by]: `Pairs` draws by classes, but the field `name` holds text",
     "a field that is a class: `Pairs: [by: kind]`"),
    (POINTS, "sample: {Triplets: [by: kinds]}", "error[unknown-field]: the source has no field named `kinds`", "did you mean `kind`?"),
    (POINTS, "sample: {Pairs: [by: kind]}", "error[sample-few]: the class `b` of `kind` has 1 example to train on, and `Pairs` draws 2 of a class",
     "leave out the examples of such classes: `rare: skip`"),
    (POINTS, "sample: {Triplets: kind}", "error[sample-few]: the class `b` of `kind` has 1 example to train on, and `Triplets` draws 2 of a class",
     "leave out the examples of such classes: `rare: skip`"),
    (POINTS, "sample: {Mismatch: [x, count: 4]}", "error[sample-others]: `Mismatch` draws 4 others for every example, but there are 3 to train on",
     "at most `count: 3`"),
    (POINTS, "sample: {Mismatch: [x, by: kind]}",
     "error[sample-others]: `Mismatch` draws 4 others for every example, but there are 2 of another `kind` to train on",
     "at most `count: 2`"),
    (DIGITS, "sample: {Balanced: [classes: 8, each: 5]}", "error[sample-batch]: 8 classes of 5 examples make a batch of 40, but `batch` is 32",
     "write `batch: 40` under `data`"),
    (DIGITS, "sample: {Balanced: [classes: 2, each: 4]}", "error[sample-batch]: 2 classes of 4 examples make a batch of 8, but `batch` is 32",
     "write `batch: 8` under `data`, or `Balanced: [classes: 8, each: 4]`"),
    (DIGITS, "sample: {Balanced: [classes: 16, each: 2]}", "error[sample-classes]: a batch is to have 16 classes, but only 10 of `label` can be drawn from",
     "at most `classes: 10`"),
    (DIGITS, "sample: {Balanced: [classes: 2, each: 179]}\n  batch: 358",
     "error[sample-few]: the class `0` of `label` has 178 examples to train on, and `Balanced` draws 179 of a class",
     "leave such classes out: `rare: skip`; or `rare: repeat`"),
    (DIGITS, "sample: {Balanced: [classes: 2, each: 500]}\n  batch: 1000",
     "error[sample-few]: the class `0` of `label` has 178 examples to train on, and `Balanced` draws 500 of a class",
     "at most `each: 183`, or `rare: repeat`"),
    (DIGITS, "sample: {Balanced: [classes: 4, each: 8]}\n  balance: true",
     "error[sample-balance]: `Balanced` chooses the classes of every batch itself, so there is nothing left to balance",
     "leave out `balance: true`"),
    (DIGITS, "sample: [Noise: [name: image]]", "error[sample-taken]: `Noise` gives a field `image`, but there is one of that name already",
     "give it another name: `Noise: [name: other]`"),
    (DIGITS, "sample: [Noise, Noise]", "error[sample-taken]: `Noise` gives a field `noise`, but there is one of that name already",
     "give it another name: `Noise: [name: other]`"),
    (DIGITS, "sample: {Pairs: [names: [same, same_]]}", "error[sample-taken]: `Pairs` gives a field `same`, but there is one of that name already",
     "give its fields other names: `names` of the sampler"),
    (DIGITS, "sample: [Pairs, Triplets]", "error[sample-first]: `Triplets` draws from the examples themselves, but `Pairs` has drawn them anew before it",
     "leave out one of the two: `Pairs` or `Triplets`"),
    (DIGITS, "sample: [Pairs, Mismatch: image]", "error[sample-first]: `Mismatch` draws from the examples themselves, but `Pairs` has drawn them anew before it",
     "leave out one of the two: `Pairs` or `Mismatch`"),
    (DIGITS, "sample: Pairs\n  augment: [MixUp: 0.2]", "error[sample-mix]: `MixUp` mixes the examples of a batch, so that what `Pairs` draws would fit no more",
     "leave `MixUp` out of `augment`"),
    (DIGITS, "sample: Pairs\n  only: {label: 3}",
     "error[sample-one-class]: `Pairs` draws examples of different classes, but all to train on have the `label` `3`",
     "choose another field for `by`, or give that split more classes"),
    (DIGITS, "sample: {Pairs: [share: 2]}", "error[source-argument]: `share` must be a share from 0 to 1, but it is `2.0`", ""),
    (DIGITS, "sample: {Pairs: [size: 0]}", "error[source-argument]: `size` must be at least 1, but it is `0`", ""),
    (DIGITS, "sample: {Triplets: [names: [a, b]]}", "error[source-argument]: `names` must be 3 different names, but it is `['a', 'b']`", ""),
    (DIGITS, "sample: {Noise: 0}", "error[source-argument]: `shape` must be sizes of at least 1, but it is `[0]`", ""),
    (DIGITS, "sample: {Noise: [distribution: normale]}", "error[unknown-choice]: `normale` is not a value that `distribution` of `Noise` takes",
     "did you mean `normal`?"),
    (DIGITS, "sample: Pears", "error[unknown-brick]: there is no sampler named `Pears`", "did you mean `Pairs`?"),
    (DIGITS, "sample: Digits", "error[unknown-brick]: `Digits` is a data source, not a sampler", "it belongs elsewhere: `source: Digits` under `data`"),
    (DIGITS, "sample: 3", "error[wrong-shape]: `sample` must be a sampler or a list of them, but this is the number 3", "write `sample: {Pairs: [by: label]}`"),
]


@pytest.mark.parametrize(("source", "lines", "title", "help"), FAULTS, ids=[f"{line[8:]}".replace("\n", ",") for _, line, _, _ in FAULTS])
def test_a_bad_sampler_is_told_where_it_stands(tmp_path, source, lines, title, help):
    (tmp_path / "points.csv").write_text(ROWS)
    (tmp_path / "spec.yaml").write_text(f"data:\n  source: {source}\n  {lines}\nmodel: {{inputs: {{x: [1]}}, layers: [Dense: 1]}}\n")
    with pytest.raises(SpecError) as caught:
        open_data(plan_data(load(tmp_path / "spec.yaml"), catalogue()))
    told = render(caught.value.faults).splitlines()
    assert told[0] == title
    assert told[1].startswith(f" --> {tmp_path}/spec.yaml:3:")
    assert [line.removeprefix("help: ") for line in told if line.startswith("help: ")] == [help] * bool(help)
