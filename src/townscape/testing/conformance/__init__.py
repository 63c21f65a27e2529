"""What every extension of a kind must do; one suite per kind, run for each file that is found.

A suite is a function `check(name, ...)` that raises `AssertionError` with what is wrong.
"""
