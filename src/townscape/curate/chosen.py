"""Which images a way to curate looks at, and how it keeps what it found."""

from collections.abc import Iterable, Sequence

from townscape.core.errors import NotFound, UsageError
from townscape.workspace import Workspace
from townscape.workspace.records import Image, Selection, SelectionWindow


def looked_at(workspace: Workspace, selection: str | None) -> list[Image]:
    """The images in the lists, or those of a selection (its name or the beginning of its id), by name."""
    images = workspace.images.find()
    if selection is None:
        return images
    ids = {w.image_id for w in find_selection(workspace, selection).windows}
    return [image for image in images if image.id in ids]


def find_selection(workspace: Workspace, wanted: str) -> Selection:
    """A selection by name (the newest of that name) or id; raises `NotFound` or `UsageError`."""
    listed = workspace.selections.find()
    named = [s for s in listed if s.name == wanted]
    found = named[:1] or [s for s in listed if s.id.startswith(wanted)]
    if not found:
        names = ", ".join(dict.fromkeys(s.name for s in listed[:5]))
        raise NotFound(
            f"There is no selection {wanted!r}.",
            hint=f"the newest are {names}." if names else "there is none yet.",
        )
    if len(found) > 1:
        raise UsageError(f"{wanted!r} may mean several selections.", hint="give more of the id.")
    return workspace.selections.get(found[0].id)


def find_images(images: Sequence[Image], wanted: Iterable[str]) -> list[Image]:
    """Images by name, stem or the beginning of an id; raises `NotFound` or `UsageError`."""
    found: list[Image] = []
    for text in wanted:
        matches = [i for i in images if text in (i.id, i.name, i.stem)] or [
            i for i in images if i.id.startswith(text)
        ]
        if not matches:
            raise NotFound(f"There is no image {text!r}.", hint="give its name or id.")
        if len(matches) > 1:
            raise UsageError(f"{text!r} may mean {len(matches)} images.", hint="give more of the name or id.")
        found += matches
    return found


def select_whole(
    workspace: Workspace, name: str, images: Sequence[Image], *, reason: str, run_id: str | None
) -> str:
    """Freeze whole images as a selection; returns its id."""
    windows = [SelectionWindow(image_id=image.id, window=image.whole) for image in images]
    return workspace.selections.put(name, windows, reason=reason, run_id=run_id).id
