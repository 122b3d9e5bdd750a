"""The sources on real data, against their published counts."""

import tarfile

import numpy as np
from data_help import recipe

COLUMNS = (
    "age", "workclass", "fnlwgt", "education", "education_num", "marital", "occupation", "relationship", "race", "sex",
    "gain", "loss", "hours", "country", "income")


def adult(name):
    return recipe("Csv", path=f"tabular/{name}", columns=COLUMNS, label="income", strip=".")


def test_mnist(real, opened):
    data = opened(recipe("Idx", folder="mnist"), base=real, validation=0.1)
    train = data.splits["train"], data.splits["validation"]
    assert (train[0].size, train[1].size, data.splits["test"].size) == (54000, 6000, 10000)
    counts = sum(np.bincount(s.column("label")) for s in train)
    assert counts.tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


def test_reviews(real, opened):
    data = opened(recipe("TextLines", files="rt_polarity"), base=real, test=0.1)
    assert data.fields["label"].classes == ("neg", "pos")
    assert data.splits["train"].size + data.splits["test"].size == 2 * 5331


def test_adult(real, opened):
    data = opened(adult("adult-train.csv.gz"), base=real, test=adult("adult-test.csv.gz"))
    assert (data.splits["train"].size, data.splits["test"].size) == (32561, 16281)
    assert data.fields["income"].classes == ("<=50K", ">50K")
    assert data.fields["age"].dtype == "float32"
    assert (data.splits["train"].column("workclass") == "").sum() == 1836


def test_tables_with_headers_and_without(real, opened):
    penguins = opened(recipe("Csv", path="tabular/seaborn_penguins.csv", label="species"), base=real)
    assert penguins.fields["species"].classes == ("Adelie", "Chinstrap", "Gentoo")
    assert np.isnan(penguins.splits["train"].column("body_mass_g")).sum() == 2
    wine = opened(recipe("Csv", path="tabular/wine.csv", label="column14"), base=real)
    assert np.bincount(wine.splits["train"].column("column14")).tolist() == [59, 71, 48]
    houses = opened(recipe("Csv", path="tabular/california_housing.csv", label="median_house_value"), base=real)
    assert houses.fields["median_house_value"].classes is None
    assert houses.splits["train"].size == 20640
    assert opened(recipe("Csv", path="tabular/seaborn_titanic.csv", label="survived"), base=real).splits["train"].size == 891


def test_pairs_of_sentences_without_quoting(real, opened):
    source = recipe("Csv", path="sts_benchmark/sts-dev.csv", separator="\t", quote="", header=False)
    data = opened(source, base=real, skip_bad=True)
    assert data.splits["train"].size + data.skipped == 1500


def test_faces(real, opened):
    data = opened(recipe("ImageFolder", folder="att_faces", channels=1), base=real, test=0.1)
    assert data.fields["image"].shape == (112, 92, 1)
    assert len(data.fields["label"].classes) == 40
    assert (data.splits["train"].size, data.splits["test"].size) == (360, 40)
    assert np.bincount(data.splits["test"].column("label")).tolist() == [1] * 40


def test_small_colour_images(real, opened, tmp_path):
    with tarfile.open(real / "cifar10_jpg_subset/test.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    data = opened(recipe("ImageFolder", folder="test"), validation=0.2)
    assert data.fields["image"].shape == (32, 32, 3)
    assert data.fields["label"].classes[:2] == ("airplane", "automobile")
    assert data.splits["train"].size == 4000
