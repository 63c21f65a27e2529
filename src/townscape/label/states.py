"""The states of an annotation, and which window to label next."""

from dataclasses import dataclass, replace
from typing import Literal

from townscape.core.errors import UsageError
from townscape.core.spaces import Window
from townscape.workspace import Workspace
from townscape.workspace.browsing import ImageFilter
from townscape.workspace.records import Annotation, AnnotationState

_NEXT: dict[AnnotationState, tuple[AnnotationState, ...]] = {
    "draft": ("submitted",),
    "submitted": ("accepted", "returned", "draft"),
    "returned": ("submitted", "draft"),
    "accepted": ("returned", "draft"),
}
_OPEN: tuple[Literal["unlabelled", "draft", "returned"], ...] = ("returned", "draft", "unlabelled")


class CoverageTooLow(UsageError):
    """Less is labelled than the workspace wants before work counts as done."""


def change_state(
    workspace: Workspace, annotation_id: str, state: AnnotationState, *, despite_coverage: bool = False
) -> Annotation:
    """Move an annotation on: draft → submitted → accepted or returned.

    Raises `UsageError` for a step that does not exist, and `CoverageTooLow` where less is labelled
    than `wanted_coverage`; with `under_coverage = "warn"` the person may insist.
    """
    annotation = workspace.labels.get(annotation_id)
    if state == annotation.state:
        return annotation
    if state not in _NEXT[annotation.state]:
        allowed = " or ".join(_NEXT[annotation.state])
        raise UsageError(
            f"Labels that are {annotation.state} cannot become {state}.", hint=f"they can become {allowed}."
        )
    wanted = workspace.settings.wanted_coverage
    if state in ("submitted", "accepted") and annotation.labelled_share < wanted:
        refuses = workspace.settings.under_coverage == "refuse"
        if refuses or not despite_coverage:
            raise CoverageTooLow(
                f"{annotation.labelled_share:.1%} of the image is labelled; {wanted:.0%} is wanted.",
                hint="label or fill the rest, or mark it as ignore."
                + ("" if refuses else " You may also go on regardless."),
            )
    return workspace.labels.set_state(annotation_id, state)


@dataclass(frozen=True, slots=True)
class NextWindow:
    """What to label next."""

    image_id: str
    window: Window
    left: int
    """Windows still open, this one included."""


def next_window(workspace: Workspace, wanted: ImageFilter, *, after: str | None = None) -> NextWindow | None:
    """The next open window: from a selection in its order, else by name; None if all are done.

    Returned work comes before drafts, drafts before what nobody has begun. `after` is the image
    just worked on: the search goes on behind it and comes round.
    """
    if wanted.selection is not None:
        return _next_in_selection(workspace, wanted, after)
    still_open = tuple(s for s in _OPEN if s in (wanted.states or _OPEN))
    for states in (("returned",), ("draft", "unlabelled")):
        among = tuple(s for s in states if s in still_open)
        chosen = _behind(workspace, replace(wanted, states=among), after) if among else None
        if chosen is not None:
            left = workspace.browsing.count(replace(wanted, states=still_open))
            return NextWindow(chosen, workspace.images.get(chosen).whole, left)
    return None


def _behind(workspace: Workspace, among: ImageFilter, after: str | None) -> str | None:
    """The image behind another one among those that match, or the first of the rest."""
    if after is not None:
        _, following = workspace.browsing.beside(among, after)
        if following is not None:
            return following
    first = workspace.browsing.page(among, offset=0, limit=2)
    return next((line.id for line in first if line.id != after), None)


def _next_in_selection(workspace: Workspace, wanted: ImageFilter, after: str | None) -> NextWindow | None:
    selection = workspace.selections.get(wanted.selection or "")
    still_open = set(workspace.browsing.ids(replace(wanted, states=_OPEN)))
    windows = [w for w in selection.windows if w.image_id in still_open]
    if not windows:
        return None
    order = [w.image_id for w in selection.windows]
    start = order.index(after) + 1 if after in order else 0
    later = [w for w in selection.windows[start:] if w.image_id in still_open and w.image_id != after]
    chosen = later or [w for w in windows if w.image_id != after]
    return NextWindow(chosen[0].image_id, chosen[0].window, len(windows)) if chosen else None
