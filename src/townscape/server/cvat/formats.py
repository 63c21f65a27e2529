"""CVAT's names of exchange formats, for those that Townscape reads and writes."""

from dataclasses import dataclass

from townscape.core.errors import UsageError
from townscape.formats.format import ExportClass
from townscape.formats.kinds import format_names, get_format
from townscape.workspace import Workspace


@dataclass(frozen=True, slots=True)
class NamedFormat:
    """A format as CVAT calls it."""

    name: str
    kind: str
    """What it is called here."""
    variant: str | None = None
    endings: str = "ZIP"
    is_import: bool = True
    is_export: bool = True

    @property
    def version(self) -> str:
        """The last word of the name."""
        return self.name.rpartition(" ")[2]


_ALL = (
    NamedFormat("COCO 1.0", "coco", endings="JSON, ZIP"),
    NamedFormat("Segmentation mask 1.1", "voc", "rgb"),
    NamedFormat("PASCAL VOC 1.1", "voc", "palette"),
    NamedFormat("CVAT for images 1.1", "cvat", endings="XML, ZIP"),
    NamedFormat("CVAT 1.1", "cvat", endings="XML, ZIP", is_export=False),
    NamedFormat("Cityscapes 1.0", "cityscapes"),
    NamedFormat("CamVid 1.0", "camvid", "original"),
    NamedFormat("Datumaro 1.0", "datumaro", endings="JSON, ZIP"),
    NamedFormat("Ultralytics YOLO Segmentation 1.0", "yolo"),
    NamedFormat("KITTI 1.0", "kitti"),
)
_ALIASES = {"CVAT XML 1.1": "CVAT 1.1"}
"""What older clients say."""


def importers() -> list[NamedFormat]:
    """Formats whose labels can be imported."""
    return [f for f in _present() if f.is_import]


def exporters() -> list[NamedFormat]:
    """Formats that can be exported."""
    return [f for f in _present() if f.is_export and get_format(f.kind).VARIANTS]


def find_importer(name: str) -> NamedFormat:
    """The format of that name to import; raises `UsageError` with those that there are."""
    return _find(name, importers(), "imported")


def find_exporter(name: str) -> NamedFormat:
    """The format of that name to export; raises `UsageError` with those that there are."""
    return _find(name, exporters(), "exported")


def answers(workspace: Workspace, found: NamedFormat, taxonomy: str) -> dict[str, str]:
    """What becomes of ignored and unlabelled pixels where a format has no place for them.

    CVAT has a label for ignore, so that is a class; pixels without a label are left out of account.
    """
    kind = get_format(found.kind)
    classes = [ExportClass(c.name, c.color, c.kind) for c in workspace.taxonomies.get(taxonomy).active]
    scheme = kind.scheme(classes, found.variant or kind.VARIANTS[0])
    given: dict[str, str] = {}
    if scheme.ignore is None:
        given["ignore"] = "class" if scheme.can_add else "unlabelled"
    if scheme.unlabelled is None:
        given["unlabelled"] = "ignore" if scheme.ignore is not None or not scheme.can_add else "class"
    return given


def _present() -> list[NamedFormat]:
    there = format_names()
    return [f for f in _ALL if f.kind in there]


def _find(name: str, among: list[NamedFormat], done: str) -> NamedFormat:
    wanted = _ALIASES.get(name, name)
    found = next((f for f in among if f.name == wanted), None)
    if found is None:
        names = ", ".join(f.name for f in among)
        raise UsageError(f"There is no format {name!r:.60} that could be {done}.", hint=f"there are {names}.")
    return found
