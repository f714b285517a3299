"""Whatever comes in from outside is a value or the documented error: one table of targets, driven in two ways.

`targets.py` is the table, `mutate.py` makes inputs from good ones.  `make test` drives it with a few hundred inputs a
target (`test_any_input.py`); `make fuzz` for minutes, guided by coverage where atheris is installed (`__main__.py`).
"""
