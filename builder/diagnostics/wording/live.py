"""What is said where a run cannot be watched."""

from builder.diagnostics.words import Words, worded


@worded("port-refused")
def port_refused(port: int, reason: str, free: int | None) -> Words:
    return Words(
        f"port {port} cannot be used for the live page: {reason}",
        help=f"write `--port {free}`, or leave `--port` out" if free else "leave `--port` out",
    )


@worded("tracking-refused")
def tracking_refused(uri: str, reason: str) -> Words:
    return Words(f"MLflow cannot keep this run in `{uri}`: {reason}",
                 help="set `tracking_uri: mlruns` to keep it in a folder, or remove `MLflow` from `callbacks`")


@worded("tracking-unfinished")
def tracking_unfinished(uri: str, reason: str, run: str) -> Words:
    return Words(f"MLflow did not take the report for `{uri}`: {reason}", help=f"try again: `build evaluate {run}`", notes=("the run itself is whole",))
