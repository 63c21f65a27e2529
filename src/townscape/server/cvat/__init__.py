"""`/api/`: what CVAT's own client (cvat-cli, cvat-sdk) asks of a server, answered from the workspace.

A project is a taxonomy with its selections, a task a selection in its order with one job of the same
number, a label a class, a shape the pixels of one segment. Numbers are kept in `workspace.numbered`.
Everything else that CVAT has answers 501.
"""
