"""Labelling: what people do to label maps, apart from painting itself.

Operations that touch more of an image than a page has loaded, the queue, and the states that an
annotation goes through.
"""

from townscape.label.operations import Operation, apply_operation
from townscape.label.states import change_state, next_window

__all__ = ["Operation", "apply_operation", "change_state", "next_window"]
