"""Where examples are kept changes no bit; the cache on disk is made once, whole or not at all."""

import errno
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from data_help import recipe, write_idx, write_images

from builder.data import cache as kept
from builder.data import cache_folder, writer
from builder.data.store import Files, Held, Stored, StoredTexts

SMALL = "500"  # bytes of memory: none of these sources fits
ROOT = Path(__file__).parents[2]


def images(folder):
    write_images(folder / "images", {"a": 9, "b": 8})
    return recipe("ImageFolder", folder="images")


def packed(folder):
    (folder / "idx").mkdir()
    write_idx(folder / "idx/train-images.gz", np.random.default_rng(0).integers(0, 256, (17, 12, 12)).astype("uint8"))
    write_idx(folder / "idx/train-labels.gz", (np.arange(17) % 3).astype("uint8"))
    return recipe("Idx", folder="idx")


def plain(folder):
    (folder / "raw").mkdir()
    write_idx(folder / "raw/train-images", np.random.default_rng(0).integers(0, 1 << 30, (17, 12, 12)).astype("int32"))
    write_idx(folder / "raw/train-labels", (np.arange(17) % 3).astype("uint8"))
    return recipe("Idx", folder="raw")


def arrays(folder, save=np.savez, name="a.npz"):
    save(folder / name, x=np.random.default_rng(0).random((17, 40), "float32"), label=np.arange(17) % 3)
    return recipe("Npz", path=name, label="label")


def squeezed(folder):
    return arrays(folder, np.savez_compressed, "b.npz")


def rows(folder):
    lines = "".join(f"{i}.5,text é {i},{'yes' if i % 3 else 'no'}\n" for i in range(60))
    (folder / "t.csv").write_text("number,text,label\n" + lines, encoding="utf-8")
    return recipe("Csv", path="t.csv", label="label")


def lines(folder):
    (folder / "x.pos").write_text("".join(f"good é {i}\n" for i in range(40)), encoding="utf-8")
    (folder / "x.neg").write_text("".join(f"bad {i}\n" for i in range(30)))
    return recipe("TextLines", files=["x.pos", "x.neg"])


def texts(folder):
    for name in ("pos", "neg"):
        (folder / "texts" / name).mkdir(parents=True)
        for i in range(20):
            (folder / "texts" / name / f"{i}.txt").write_text(f"{name} {i} 日本", encoding="utf-8")
    return recipe("TextFolder", folder="texts")


SOURCES = (images, packed, plain, arrays, squeezed, rows, lines, texts)


def epoch(data) -> list:
    """The bits of a shuffled epoch."""
    batches = data.splits["train"].dataset(list(data.fields), (), 4, shuffle_seed=3, epoch=2)
    return [(name, x[name].dtype.name, x[name].numpy().tolist()) for x, _ in batches for name in sorted(x)]


@pytest.mark.parametrize("make", SOURCES)
def test_no_bit_depends_on_the_cache(tmp_path, opened, monkeypatch, make):
    source = make(tmp_path)
    told = [opened(source, cache="memory", validation=0.3)]
    monkeypatch.setenv("BRICKS_MEMORY", SMALL)
    told += [opened(source, cache=mode, validation=0.3) for mode in (True, False, "disk", "disk")]
    assert len({data.hash for data in told}) == 1
    first = epoch(told[0])
    assert all(epoch(data) == first for data in told[1:])


@pytest.mark.parametrize("make, store", [
    (images, Stored), (packed, Stored), (plain, Stored), (arrays, Stored), (squeezed, Stored), (rows, StoredTexts), (lines, StoredTexts), (texts, StoredTexts),
])
def test_what_is_larger_than_memory_stays_on_disk(tmp_path, opened, monkeypatch, make, store):
    monkeypatch.setenv("BRICKS_MEMORY", SMALL)
    columns = opened(make(tmp_path), cache="disk").splits["train"].columns
    name = next(name for name in ("image", "x", "text") if name in columns)
    assert isinstance(columns[name].store, store)


def test_a_cache_is_made_once(tmp_path, opened, monkeypatch):
    source = images(tmp_path)
    first = opened(source, cache="disk")
    assert "`images` is kept in the cache" in first.notes[0]
    from builder.data.sources import imagefolder

    monkeypatch.setattr(imagefolder, "load_image", lambda *a, **k: pytest.fail("decoded again"))
    again = opened(source, cache="disk")
    assert again.notes[0].startswith("`images` is read from the cache (made 20")
    assert again.hash == first.hash
    assert isinstance(opened(source).splits["train"].columns["image"].store, Held)  # what fits comes from the cache too


def test_a_changed_file_makes_it_anew(tmp_path, opened, cache):
    source = images(tmp_path)
    first = opened(source, cache="disk")
    write_images(tmp_path / "images", {"a": 1}, size=(4, 5, 3))
    os.utime(tmp_path / "images/a/000.png", ns=(1, 1))
    changed = opened(source, cache="disk")
    assert "is kept in the cache" in changed.notes[0]
    assert len(list(cache.iterdir())) == 1  # and takes the old one away
    assert first.splits["train"].size == changed.splits["train"].size


def test_bad_examples_are_counted_from_the_cache_too(tmp_path, opened):
    source = images(tmp_path)
    (tmp_path / "images/a/zz.png").write_bytes(b"no image")
    first, again = (opened(source, cache="disk", skip_bad=True) for _ in range(2))
    assert (first.skipped, again.skipped) == (1, 1)
    assert first.notes[1] == again.notes[1] == "1 bad example was left out: images/a/zz.png"


def test_a_bad_example_leaves_no_cache(tmp_path, told, cache):
    source = images(tmp_path)
    (tmp_path / "images/a/zz.png").write_bytes(b"no image")
    assert "bad-image" in told(source, cache="disk")
    assert not list(cache.iterdir())


@pytest.mark.parametrize("make, then", [(images, Files), (rows, Held)])
def test_a_full_disk_is_one_sentence(tmp_path, opened, monkeypatch, cache, make, then):
    source = make(tmp_path)
    whole = opened(source, cache="memory")
    monkeypatch.setenv("BRICKS_MEMORY", SMALL)

    def full(self, rows):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer.ArrayFile, "add", full)
    data = opened(source, cache="disk")
    warned = [note for note in data.notes if "cannot be written" in note]
    assert len(warned) == 1 and "(no space left on device)" in warned[0]
    assert not list(cache.iterdir())
    assert isinstance(next(iter(data.splits["train"].columns.values())).store, then)
    assert data.hash == whole.hash


def test_a_folder_that_cannot_be_made(tmp_path, opened, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("BRICKS_CACHE", str(tmp_path / "file/cache"))
    assert "cannot be written" in opened(images(tmp_path), cache="disk").notes[0]


def test_a_cache_that_was_cut_short_is_made_anew(tmp_path, opened, cache):
    source = images(tmp_path)
    whole = opened(source, cache="disk").hash
    array = max(cache.glob("*/*.npy"), key=lambda path: path.stat().st_size)
    array.write_bytes(array.read_bytes()[:-10])
    again = opened(source, cache="disk")
    assert "is kept in the cache" in again.notes[0] and again.hash == whole


def test_entries_are_listed(tmp_path, opened, cache):
    opened(images(tmp_path), cache="disk")
    opened(lines(tmp_path), cache="disk")
    found = kept.entries()
    assert {entry.source for entry in found} == {"images", "x.pos, x.neg"}
    assert cache_folder() == cache
    sizes = sum(path.stat().st_size for path in cache.glob("*/*.npy"))
    assert sum(entry.size for entry in found) == sizes


def test_what_a_dead_process_left_is_taken_away(tmp_path, opened, cache):
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=False).stdout.strip()
    for process in (ended, str(os.getpid())):
        (cache / f".making-x-y-{process}-abc").mkdir()
    opened(images(tmp_path), cache="disk")
    assert [path.name for path in cache.glob(".making*")] == [f".making-x-y-{os.getpid()}-abc"]


def test_no_cache_leaves_nothing_behind(tmp_path, cache):
    rows(tmp_path)
    script = f"""
import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests/data")!r}]
from pathlib import Path
from data_help import plan_of, recipe
from builder.data import open_data
data = open_data(plan_of(Path({str(tmp_path)!r}), recipe("Csv", path="t.csv", label="label"), cache=False))
print(type(data.splits["train"].columns["text"].store).__name__, len(list(Path({str(cache)!r}).iterdir())))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env={**os.environ, "BRICKS_MEMORY": SMALL}, check=False)
    assert ran.stdout.split() == ["StoredTexts", "1"], ran.stderr
    assert not list(cache.iterdir())


MAKE = """
import sys; sys.path[:0] = [{root!r}, {root!r} + "/tests/data"]
import os, signal, threading, time
from pathlib import Path
from data_help import plan_of, recipe
from builder.data import open_data, writer
slow = writer.ArrayFile.add
def add(self, rows):
    if sys.argv[1] == "die" and self.count > 4000:
        os.kill(os.getpid(), signal.SIGKILL)
    slow(self, rows)
writer.ArrayFile.add = add
data = open_data(plan_of(Path({base!r}), recipe("TextLines", files=["x.pos", "x.neg"]), cache="disk"))
print(data.hash)
"""


def test_crashes_and_two_processes_at_once(tmp_path, cache):
    for name in ("x.pos", "x.neg"):
        (tmp_path / name).write_text("".join(f"{name} line {i}\n" for i in range(20_000)))
    script = MAKE.format(root=str(ROOT), base=str(tmp_path))
    died = subprocess.run([sys.executable, "-c", script, "die"], capture_output=True, check=False)
    assert died.returncode == -9 and not list(cache.glob(f"*/{kept.ABOUT}"))
    both = [subprocess.Popen([sys.executable, "-c", script, "live"], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    hashes = {process.communicate()[0] for process in both}
    assert len(hashes) == 1 and [process.returncode for process in both] == [0, 0]
    assert len(list(cache.iterdir())) == 1  # whole, and nothing beside it


def test_an_entry_is_plain(tmp_path, opened, cache):
    opened(rows(tmp_path), cache="disk")
    folder = next(cache.iterdir())
    about = json.loads((folder / kept.ABOUT).read_text())
    assert list(about["columns"]) == ["number", "text", "label"]
    numbers = np.load(folder / about["columns"]["number"]["file"], allow_pickle=False, mmap_mode="r")
    assert numbers[:2].tolist() == [0.5, 1.5] and numbers.shape == (60,)


def test_a_memory_setting_that_is_none(tmp_path, told, monkeypatch):
    monkeypatch.setenv("BRICKS_MEMORY", "plenty")
    assert told(images(tmp_path)) == "error[memory-setting]: `BRICKS_MEMORY` must be a number of bytes, but it is `plenty`\nhelp: `BRICKS_MEMORY=2G`\n"


def test_a_packed_file_that_lies_about_its_size(tmp_path, told):
    packed(tmp_path)
    path = tmp_path / "idx/train-images.gz"
    whole = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(whole[:4] + b"\x7f\xff\xff\xff" + whole[8:]))
    assert "its header says 309,237,645,168 bytes of data, but there are 2,448" in told(recipe("Idx", folder="idx"))
