"""Our own losses: one Python file each, and in YAML those that an equation on wires says.

A loss gives one value an example. One with state has, beside `call`, `build(shape)` for the shape of what it judges, `variables`, and
`update(y_true, y_pred)`, which is called after each training step; what is saved and resumed are its variables.
"""
