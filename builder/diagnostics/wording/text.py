"""What the faults of a text say: YAML, files, imports and overrides."""

from builder.diagnostics.habits import as_step
from builder.diagnostics.words import Words, did_you_mean, listed, worded

ANCHORS = "anchors (`&name`, `*name`) repeat what they stand for; a block or a `for` says the same in less"


@worded("bad-yaml")
def bad_yaml(problem: str, character: str, line: str) -> Words:
    if (step := as_step(line)) and "mapping values" in problem:
        return Words("this `:` stands where YAML expects no key", help=f"give the arguments brackets: `{step}`")
    if character == "\t" and "cannot start" in problem:
        return Words("YAML is indented with spaces, and this is a tab", help="replace the tab with spaces")
    if "expected '-' indicator" in problem and line.split(":")[0].strip() in ("name", "from", "as", "repeat", "else", "merge", "weights", "trainable"):
        return Words("this line is indented differently from its neighbours", help="indent it by two more, so that it belongs to the step above")
    title, help = next((said for sign, *said in _YAML if sign in problem), (f"this is not YAML: {problem}", ""))
    return Words(title, help=help)


_YAML = (
    ("did not find expected node content", "a value is missing here, or a bracket before it is never closed", "close it with `]` or `}`"),
    ("cannot start any token", "no plain text can begin with this character", "put the text in quotes"),
    ("mapping values are not allowed", "this `:` stands where YAML expects no key", "put `key: value` on a line of its own, or the text in quotes"),
    ("could not find expected ':'", "this is neither `key: value` nor a part of the line before", "end it with a colon, or put `- ` before a step"),
    ("expected ',' or ']'", "this `[` is never closed, or a comma is missing after it", "close it with `]`"),
    ("expected ',' or '}'", "this `{` is never closed, or a comma is missing after it", "close it with `}`"),
    ("unexpected end of stream", "this quoted text is never closed", "close it with the quote that opens it"),
    ("expected key", "this line is indented differently from its neighbours", "line it up with the entry above that it belongs beside"),
    ("expected '-' indicator", "this line is indented differently from its neighbours", "begin it with `- `, lined up with the steps above"),
    ("alphabetic or numeric character", "a plain text that begins with `*` or `&` is an alias or an anchor to YAML", "put the text in quotes"),
    ("block sequence entries", "this `-` stands where YAML expects a value", "put the list in brackets, or on lines of its own"),
    ("unknown escape character", "there is no such escape in a text in double quotes", "write `\\\\` for a backslash, or use single quotes"),
)


@worded("missing-colon")
def missing_colon(name: str) -> Words:
    return Words(f"`{name}` needs a colon, for more keys of this step follow it", help=f"write `- {name}:`")


@worded("bad-character")
def bad_character(code: int) -> Words:
    return Words(f"YAML does not allow this character (U+{code:04X})", help="delete it; it may have come in by copying")


@worded("not-a-mapping")
def not_a_mapping(found: str) -> Words:
    title = "this spec is empty" if found == "empty" else f"a spec is a mapping of sections, but this is {found}"
    return Words(title, help="begin with `name: my_model`, then `model:`; `build new` writes a whole one")


@worded("several-documents")
def several_documents() -> Words:
    return Words("a file holds one spec, and here a second document begins", help="put it in a file of its own, or delete this `---`")


@worded("yaml-tag")
def yaml_tag(tag: str) -> Words:
    return Words(f"the tag `{tag}` has no place in a spec", help="delete the tag; a spec needs none",
                 notes=("tags can make YAML run code, so all of them are refused",))


@worded("unknown-anchor")
def unknown_anchor(name: str, known: list) -> Words:
    return Words(f"there is no anchor `&{name}` above this line", help="for a text that begins with `*`, use quotes" if not known else "",
                 notes=(f"anchors there are: {listed(known)}",) if known else ())


@worded("too-large")
def too_large(what: str, limit: int) -> Words:
    unit = "values" if "expanded" in what else "characters"
    return Words(f"{what} is larger than {limit:,} {unit}", notes=(ANCHORS,) if unit == "values" else ())


@worded("too-deep")
def too_deep(limit: int) -> Words:
    return Words(f"this is nested deeper than {limit} levels", help="split it into `blocks`")


@worded("bad-key")
def bad_key(found: str) -> Words:
    return Words(f"a key must be a name, but this is {found}",
                 help="put a text that begins with `[` or `{` in quotes" if found in ("a list", "a mapping") else "")


@worded("merge-key")
def merge_key() -> Words:
    return Words("the merge key `<<` hides where a value comes from, so it is refused",
                 help="share arguments with `defaults`, or steps with a block")


@worded("duplicate-key")
def duplicate_key(name: str) -> Words:
    return Words(f"`{name}` is given twice", "first here", notes=("plain YAML would keep only the second and say nothing",))


@worded("no-such-spec")
def no_such_spec(path: str, near: list, shipped: list) -> Words:
    return Words(f"there is no spec `{path}`", help=did_you_mean(near), notes=(f"specs that come with the project: {listed(shipped, 30)}",) if shipped else ())


@worded("not-utf8")
def not_utf8(path: str, byte: int) -> Words:
    return Words(f"`{path}` is not UTF-8 text", f"the byte 0x{byte:02X} is no part of a character", help="save the file with the encoding UTF-8")


@worded("unreadable-file")
def unreadable_file(path: str, problem: str) -> Words:
    return Words(f"`{path}` cannot be read: {problem[:1].lower()}{problem[1:]}")


@worded("import-cycle")
def import_cycle(path: str, chain: list) -> Words:
    way = " imports ".join(f"`{name}`" for name in chain)
    return Words(f"`{path}` is imported by itself", help="move what both files need into a third one",
                 notes=(f"the way here: {way}",) if len(chain) > 1 else ())


@worded("import-clash")
def import_clash(name: str) -> Words:
    return Words(f"two imported files define `{name}`", "imported here", help=f"import one of them, or define `{name}` in this file, which then holds")


@worded("missing-import")
def missing_import(path: str, near: list) -> Words:
    return Words(f"there is no file `{path}` to import", help=did_you_mean(near), notes=("the path is relative to the file that imports it",))


@worded("unknown-path")
def unknown_path(path: str, near: list, known: list, here: str) -> Words:
    where = f"`{here}`" if here else "the spec"
    notes = (f"{where} has: {listed(known)}",) if known else (f"{where} is a single value",)
    return Words(f"the spec has nothing at `{path}`", help=did_you_mean(near), notes=notes)
