"""What is said where a run cannot be watched."""

from builder.diagnostics.words import Words, worded


@worded("port-refused")
def port_refused(port: int, reason: str, free: int | None) -> Words:
    return Words(
        f"port {port} cannot be used for the live page: {reason}",
        help=f"write `--port {free}`, or leave `--port` out" if free else "leave `--port` out",
    )
