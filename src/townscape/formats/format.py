"""The contract of an exchange format: what reading gives, what writing is given.

A format is one file in `formats/kinds`. It speaks of *values* (what the files call a class: `7`,
`#804080`, `car`), never of class numbers: the stage `exchange` says which value means which class.
Planes that a format reads hold *slots*; planes that it is given hold *class indices*.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from townscape.core.spaces import Transform, Window
from townscape.core.splits import Part
from townscape.formats.files import Files, Out
from townscape.formats.labels import ExportLabels, SourceLabels

Meaning = Literal["ignore", "unlabelled"]
Kind = Literal["stuff", "thing"]

# Reading


@dataclass(frozen=True, slots=True)
class SourceClass:
    """A class as the files name it."""

    value: str
    """What stands for it, unique in the dataset: `7`, `#804080`, `car`."""
    name: str = ""
    """Name for people, if the files have one."""
    color: str | None = None
    """`#rrggbb`, if the files have one."""
    kind: Kind | None = None
    means: Meaning | None = None
    """Set where the format's specification says that the value is void or unlabelled."""
    otherwise: Meaning | None = None
    """What the specification takes it for where nobody has such a class."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One image of the dataset and where its labels are; can be sent to another process."""

    name: str
    """Path of the image within the dataset, with `/`; unique."""
    image: Path | None
    """None: there are labels, but no image was found."""
    labels: Any
    """What the format needs to find the labels again; None: there are none."""
    part: Part | None = None
    sequence: str | None = None
    sequence_s: float | None = None
    place: str | None = None
    grid: "Grid | None" = None
    """Size and place of the labels on the ground, where that is known before they are read."""
    by_windows: bool = False
    """The labels can be read in parts without reading all of them."""
    is_lossy: bool = False
    """The labels went through a lossy codec: values along every border belong to no class."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Size of a plane of labels, and where it lies on the ground."""

    width: int
    height: int
    transform: Transform | None = None


class Source(Protocol):
    """An opened dataset. Picklable, so that several processes can read pictures of it."""

    @property
    def pictures(self) -> Sequence[Picture]:
        """Every picture that the files name."""
        ...

    @property
    def classes(self) -> Sequence[SourceClass]:
        """The classes that the files list; values that only occur in masks need not be here."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What the user should know about the files as a whole."""
        ...

    @property
    def problems(self) -> Sequence[tuple[str, str]]:
        """Files that cannot be used, each with the reason."""
        ...

    def labels(self, picture: Picture, window: Window | None = None) -> SourceLabels:
        """The labels of a picture, whole or (formats that read by windows) a part of it.

        Raises `InputError` naming the file if they cannot be read.
        """
        ...


@dataclass(frozen=True)
class SimpleSource:
    """A `Source` made of lists and one function at the top of a module (so that it can be pickled)."""

    pictures: Sequence[Picture]
    classes: Sequence[SourceClass]
    read_labels: Callable[[Picture], SourceLabels]
    notes: Sequence[str] = ()
    problems: Sequence[tuple[str, str]] = ()

    def labels(self, picture: Picture, window: Window | None = None) -> SourceLabels:
        found = self.read_labels(picture)
        if window is None:
            return found
        return SourceLabels(found.plane_hw[window.slices], found.slots, found.overlap_px, found.repairs)


# Writing


@dataclass(frozen=True, slots=True)
class ExportClass:
    """A class as it is to be written."""

    name: str
    color: str
    kind: Kind
    means: Meaning | None = None
    """Set for a class that stands in for ignore or unlabelled where the format has no place for it."""

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0…255."""
        value = int(self.color[1:], 16)
        return value >> 16, value >> 8 & 255, value & 255


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a format writes a list of classes."""

    values: Sequence[str]
    """The value of each class, as `SourceClass.value` when the files are read again."""
    unlabelled: str | None
    """The value that stands for unlabelled; "" if nothing is written there; None: there is no place
    for it in this format (with these classes)."""
    ignore: str | None
    """Likewise for ignore."""
    can_add: bool = True
    """Whether a class can be added to stand in for ignore or unlabelled."""


@dataclass(frozen=True, slots=True)
class Item:
    """One picture to be written."""

    name: str
    """Unique in the export, safe as a file name, without ending and folders; may be non-ASCII."""
    width: int
    height: int
    part: str
    """`train`, `val`, `test`, or `default` where no part is known."""
    suffix: str
    """Ending of the image file that is written beside the labels, as `.jpg`."""
    image: Callable[[], bytes]
    """The bytes of that file; for formats that hold images themselves."""
    crs: str | None = None
    transform: Transform | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an export is asked to write, the same for every picture."""

    name: str
    """Name of the dataset."""
    classes: Sequence[ExportClass]
    variant: str
    simplify_px: float = 0.0
    """Outlines may differ from the pixels by this much; 0 is exact."""
    parts: Sequence[str] = ("default",)
    """The parts that occur, in order."""
    has_images: bool = True
    """Whether image files are written as well."""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One picture, encoded: its own files, and what it adds to files of the whole dataset."""

    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Relative path → content."""
    entry: Any = None
    """Handed to `Writer.add`."""


class Writer(Protocol):
    """Writes an export. Picklable, so that several processes can encode; `add` is called in order."""

    def image_path(self, item: Item) -> str | None:
        """Where the image file goes, relative to the export; None if the format holds no image files."""
        ...

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        """Encode one picture. Pure: the same input gives the same bytes."""
        ...

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Add a picture's entry to the files of the whole dataset, without keeping it in memory."""
        ...

    def close(self, out: Out) -> None:
        """Write what can only be written at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that a format's specification has no field for."""

    what: Literal["objects", "attributes", "unknown objects", "holes", "disconnected objects", "pixels"]
    why: str
    """One sentence for people."""
    quote: str
    """The sentence of the specification that says so."""
    source: str
    """Where it is written."""


class Format(Protocol):
    """What a file of `formats/kinds` offers."""

    TITLE: str
    SPEC: str
    """Address of the specification."""
    RULE: str
    """How labels become pixels on reading; recorded with every import."""
    VARIANTS: Sequence[str]
    """Ways to write it, the default first; empty: read only."""
    LOSSES: Mapping[str, Sequence[Loss]]
    """What each variant cannot hold; a variant that is not named holds everything."""
    IMAGE_SUFFIXES: Sequence[str]
    """Endings of image files that the format allows; empty: any."""

    def detect(self, files: Files) -> str | None:
        """Why the files look like this format, as a sentence; None if they do not."""
        ...

    def read(self, files: Files) -> Source:
        """Open the dataset. Raises `InputError` if it is not of this format or holds nothing."""
        ...

    def scheme(self, classes: Sequence[ExportClass], variant: str) -> Scheme:
        """How these classes are written. Raises `UsageError` if the format cannot hold them."""
        ...

    def write(self, out: Out, plan: Plan) -> Writer:
        """A writer of a new dataset."""
        ...


def holds(kind: Format, variant: str, what: str) -> bool:
    """Whether a variant keeps `what` (see `Loss.what`)."""
    return all(loss.what != what for loss in kind.LOSSES.get(variant, ()))


def unique_values(names: Iterable[str]) -> list[str]:
    """The names, with `_2`, `_3` … added where one occurs again."""
    seen: Counter[str] = Counter()
    found: list[str] = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found
