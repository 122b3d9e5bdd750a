"""What the faults of sources say: files, rows and columns that cannot be read."""

from builder.diagnostics.words import Words, did_you_mean, listed, plural, worded

SKIP = "leave such examples out and count them: `skip_bad: true` under `data`"


@worded("missing-path")
def missing_path(path: str, what: str, base: str, near: list, there: bool) -> Words:
    title = f"`{path}` is not a {what}" if there else f"there is no {what} `{path}`"
    return Words(title, help=did_you_mean(near), notes=(f"paths are relative to the spec's folder, {base}",))


@worded("unreadable")
def unreadable(file: str, why: str) -> Words:
    return Words(f"`{file}` cannot be read: {why}")


@worded("memory-setting")
def memory_setting(setting: str, given: str) -> Words:
    return Words(f"`{setting}` must be a number of bytes, but it is `{given}`", help=f"`{setting}=2G`")


@worded("no-examples")
def no_examples(source: str, skipped: int) -> Words:
    notes = (f"{skipped} {'was' if skipped == 1 else 'were'} bad and left out",) if skipped else ()
    return Words(f"`{source}` finds no examples", notes=notes)


@worded("more-bad")
def more_bad(count: int) -> Words:
    return Words(f"{plural(count, 'more example')} cannot be read", help=SKIP)


@worded("empty-folder")
def empty_folder(folder: str, deeper: int, levels: bool) -> Words:
    notes = (f"there {'is' if deeper == 1 else 'are'} {plural(deeper, 'folder')} in it, but files are looked for one level down only",) if deeper else ()
    named = "name what the folders are, from the outermost in: `levels: [group, label]`" if levels else ""
    help = named if deeper else "delete it, or put the files of that class in it"
    return Words(f"the folder `{folder}` holds no files", help=help, notes=notes)


@worded("no-class-folders")
def no_class_folders(folder: str, files: int) -> Words:
    return Words(
        f"the folder `{folder}` holds no folders, so there are no classes",
        help="put the files of each class in a folder of its own",
        notes=(f"it holds {plural(files, 'file')}",) if files else ())


@worded("bad-file")
def bad_file(file: str, format: str, why: str) -> Words:
    return Words(f"`{file}` is not a whole {format} file: {why}")


@worded("bad-text")
def bad_text(file: str, why: str, encoding: str) -> Words:
    other = "latin-1" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else "utf-8"
    help = f"say how it is encoded, for example `encoding: {other}`" if "text" in why and "zero" not in why and "archive" not in why else ""
    return Words(f"`{file}` cannot be read as text: {why}", help=help)


@worded("bad-image")
def bad_image(file: str, why: str) -> Words:
    return Words(f"`{file}` does not decode: {why}", help=SKIP)


@worded("image-sizes")
def image_sizes(first: str, size: tuple, file: str, other: tuple) -> Words:
    return Words(
        "the images have different sizes, so they do not fit into one batch",
        help=f"bring them to one size: `size: [{size[0]}, {size[1]}]`",
        notes=(f"`{first}` has {size[0]} x {size[1]} pixels\n`{file}` has {other[0]} x {other[1]}",))


@worded("resize-to-what")
def resize_to_what(resize: str) -> Words:
    return Words(f"`resize: {resize}` has no size to bring the images to", help="say the height and the width: `size: [128, 128]`")


@worded("caption-without-image")
def caption_without_image(file: str, row: int | None, image: str, folder: str) -> Words:
    where = f"line {row} of `{file}`" if row else f"`{file}`"
    return Words(f"{where} tells of `{image}`, but there is no such file in `{folder}`",
                 help="the first column names a file of the folder, as in `photo.jpg,A dog runs.`" if row else "")


@worded("ragged-row")
def ragged_row(file: str, row: int, cells: int, columns: int) -> Words:
    return Words(f"line {row} of `{file}` has {plural(cells, 'cell')}, but there are {columns} columns", help=SKIP)


@worded("no-label")
def no_label(file: str, row: int, column: str) -> Words:
    return Words(f"line {row} of `{file}` has no value in its label `{column}`", help=SKIP)


@worded("missing-column")
def missing_column(column: str, columns: list, file: str) -> Words:
    return Words(f"`{file}` has no column named `{column}`", notes=(f"its columns: {listed(columns, 20)}",))


@worded("column-count")
def column_count(file: str, given: int, there: int) -> Words:
    return Words(f"{plural(given, 'column name')} {'is' if given == 1 else 'are'} given, but `{file}` has {plural(there, 'column')}")


@worded("column-twice")
def column_twice(file: str, column: str) -> Words:
    return Words(
        f"two columns of `{file}` are named `{column}`",
        help="name the columns in the spec: `columns: [...]`, or say `header: false` if the first row is data")


@worded("bad-label")
def bad_label(column: str, dtype: str) -> Words:
    return Words(f"`{column}` cannot be a label: it must hold class indices from 0, but is {dtype} or negative")


@worded("no-idx")
def no_idx(folder: str, files: list) -> Words:
    return Words(
        f"`{folder}` does not hold one pair of idx files",
        help="name them `train-images...` and `train-labels...`; test files `t10k-images...` and `t10k-labels...`",
        notes=(f"it holds: {listed(files)}",))


@worded("uneven")
def uneven(sizes: dict) -> Words:
    return Words(
        "these arrays hold different numbers of examples",
        notes=("\n".join(f"`{name}`: {size}" for name, size in list(sizes.items())[:20]),))


@worded("same-class")
def same_class(files: list) -> Words:
    return Words("the names of these files do not tell their classes apart", notes=(listed(files),))


@worded("no-download")
def no_download(name: str, why: str) -> Words:
    return Words(
        f"Keras cannot load the data set `{name}`",
        help=f"with a network, `python -c \"import keras; keras.datasets.{name}.load_data()\"` downloads it once;\n"
             "`Digits` is real data that needs no network",
        notes=(f"Keras says: {why}", "it looks in ~/.keras/datasets first"))


@worded("unknown-dataset")
def unknown_dataset(name: str, near: list, names: list) -> Words:
    return Words(
        f"there is no Keras data set named `{name}`", help=did_you_mean(near), notes=(f"there are: {listed(names)}",))


@worded("line-pattern")
def line_pattern(pattern: str, twice: bool, touching: bool) -> Words:
    why = "has the same name twice" if twice else "has two names with nothing between them" if touching else "has no name in braces"
    return Words(f"the pattern `{pattern}` {why}", help='write each part once: `pattern: "{label} {text}"`')


@worded("line-misfit")
def line_misfit(file: str, row: int, pattern: str) -> Words:
    return Words(f"line {row} of `{file}` does not fit the pattern `{pattern}`", help=SKIP)


@worded("source-argument")
def source_argument(argument: str, given: object, wanted: str) -> Words:
    return Words(f"`{argument}` must be {wanted}, but it is `{given}`")
