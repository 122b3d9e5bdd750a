"""What the faults of the command line and of the calls behind it say."""

from builder.diagnostics.words import Words, did_you_mean, listed, worded


@worded("file-exists")
def _(path: str) -> Words:
    return Words(f"`{path}` is there already", help="give another name, or overwrite it with `--force`")


@worded("unwritable-file")
def _(path: str, problem: str) -> Words:
    return Words(f"`{path}` cannot be written: {problem}")


@worded("nothing-named")
def _(name: str, near: list[str]) -> Words:
    return Words(f"there is nothing named `{name}`", help=did_you_mean(near) or "`build list bricks` and `build list blocks` show what there is")


@worded("untrusted-code")
def _(files: list[str]) -> Words:
    return Words("this spec carries Python code, which runs only where you say so", "Python code",
                 "read it first; if you trust it, add `--trust`", (f"the spec names: {listed(files)}",))


@worded("code-failed")
def _(path: str, problem: str) -> Words:
    return Words(f"the Python file `{path}` failed when it was run: {problem}", "named here")


@worded("no-such-network")
def _(name: str, near: list[str], networks: list[str]) -> Words:
    return Words(f"the spec has no network named `{name}`", help=did_you_mean(near), notes=(f"its networks: {listed(networks)}",))
