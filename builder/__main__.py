"""`python -m builder` is `build`."""

from builder.commands import main

main()
