"""Where runs run: each in a process of its own, to be left, found again and cancelled."""

from townscape.engine.local import cancel, follow, refresh, resume, run_here, start
from townscape.engine.pipeline import StageState, pipeline_state, remaining

__all__ = [
    "StageState",
    "cancel",
    "follow",
    "pipeline_state",
    "refresh",
    "remaining",
    "resume",
    "run_here",
    "start",
]
