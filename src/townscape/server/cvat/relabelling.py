"""Changes of labels: each makes the next version of the taxonomy that they are the classes of."""

from collections.abc import Sequence

from townscape.core.errors import NotFound, UsageError
from townscape.formats.names_file import means
from townscape.server.cvat.labels import LabelIn, Labels
from townscape.server.cvat.parts import Parts
from townscape.workspace.taxonomy_changes import AddClass, ChangeClass, change_taxonomy


def change_labels(parts: Parts, name: str, wanted: Sequence[LabelIn]) -> None:
    """Add labels (without an id) and change others.

    Raises `UsageError` for one that is to be removed, `NotFound` for one that is not there.
    """
    labels = parts.labels.of(name)
    _check(labels, wanted)
    for label in wanted:
        if label.id is None:
            if means(label.name or "") is None:
                _change(
                    parts,
                    name,
                    AddClass(name=label.name or "", color=label.color or "#808080", is_thing=True),
                )
            continue
        number = labels.class_by_id[label.id]
        is_class = any(c.number == number for c in labels.taxonomy.active)
        if is_class and (label.name or label.color):
            color = label.color.lower() if label.color else None
            _change(parts, name, ChangeClass(number=number, name=label.name, color=color))
    now = parts.labels.of(name)
    shown = [
        w
        if w.id is None or w.name
        else w.model_copy(update={"name": now.name_by_class[now.class_by_id[w.id]]})
        for w in wanted
    ]
    parts.labels.declare(name, shown)


def _change(parts: Parts, name: str, change: AddClass | ChangeClass) -> None:
    change_taxonomy(parts.workspace, name, change, version=parts.workspace.taxonomies.get(name).version)


def _check(labels: Labels, wanted: Sequence[LabelIn]) -> None:
    taken = {name: number for number, name in labels.name_by_class.items()}
    for label in wanted:
        if label.deleted:
            raise UsageError(
                "Labels are not removed: pixels may have them.",
                hint="merge the class into another one in Townscape's editor.",
            )
        if label.id is not None and label.id not in labels.class_by_id:
            raise NotFound(f"There is no label {label.id} here.")
        if label.id is None and not label.name:
            raise UsageError("A new label has no name.")
        own = labels.class_by_id[label.id] if label.id is not None else None
        if label.name and label.name in taken and taken[label.name] != own:
            raise UsageError(f"There is a label {label.name} already.")
