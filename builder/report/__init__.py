"""The report of a run: one page that can be handed in or mailed."""
