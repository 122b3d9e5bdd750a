"""Runs the command line from a checkout: `python cli.py train lenet5`."""

from builder.commands import main

if __name__ == "__main__":
    main()
