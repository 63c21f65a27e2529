"""Labelled pictures to send through exchange formats: CamVid's own and drawn streets with objects."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import FIRST_OBJECT, IGNORE
from townscape.core.runs import look_up
from townscape.formats.codecs import png
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Format, Item, Plan
from townscape.formats.labels import ExportLabels, ExportObject
from townscape.testing.synthetic_city.street import draw_street
from townscape.testing.synthetic_city.street_world import StreetScene

CLASSES = (
    ExportClass("sky", "#4682b4", "stuff"),
    ExportClass("building", "#464646", "stuff"),
    ExportClass("pole", "#999999", "stuff"),
    ExportClass("road", "#804080", "stuff"),
    ExportClass("sidewalk", "#f423e8", "stuff"),
    ExportClass("vegetation", "#6b8e23", "stuff"),
    ExportClass("traffic sign", "#dcdc00", "stuff"),
    ExportClass("fence", "#be9999", "stuff"),
    ExportClass("car", "#00008e", "thing"),
    ExportClass("person", "#dc143c", "thing"),
    ExportClass("rider", "#ff0000", "thing"),
)
"""CamVid's eleven classes, under names and colours of Cityscapes."""
VOID = len(CLASSES) + 1
"""Stands for ignore where classes are compared: the index after the last class."""
_NO_CLASS = {
    "", "void", "background", "ignore", "ignored", "unlabeled", "unlabelled",
    "egovehicle", "rectificationborder", "outofroi", "static",
}  # fmt: skip
"""Names of what is no class, those of Cityscapes in the second line."""
_CAMVID_VOID = 11
_OF_CITYSCAPES = (0, 4, 5, 2, 8, 8, 3, 7, 7, 6, 6, 1, 10, 11, 9, 9, 9, 9, 9, 11)
"""Class index of each class number of the taxonomy `cityscapes`, which drawn streets have."""
_FRAMES_PER_STREET = 12


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture with its labels, in indices of `CLASSES`."""

    name: str
    part: str
    image: Callable[[], bytes]
    labels: ExportLabels
    suffix: str = ".png"
    """Ending of the image's file."""


def camvid_part(folder: Path, part: str) -> Iterator[Labelled]:
    """A part of CamVid in the SegNet layout; it has no objects, and void is ignore."""
    for path in sorted((folder / f"{part}annot").glob("*.png")):
        table = np.arange(1, 257, dtype=np.uint16)
        table[_CAMVID_VOID] = IGNORE
        plane = look_up(table, png.decode(path).values)
        image = folder / part / path.name
        yield Labelled(
            path.stem, part, image.read_bytes, ExportLabels(plane, np.zeros(plane.shape, np.uint32))
        )


def streets(n: int, *, height_px: int, width_px: int, part: str = "train") -> Iterator[Labelled]:
    """Drawn streets, a dozen views of each; cars, people and riders are objects."""
    for k in range(n):
        street, frame = divmod(k, _FRAMES_PER_STREET)
        greenness, density, traffic, people = np.random.default_rng(street).uniform(0.2, 0.9, 4).tolist()
        scene = StreetScene(greenness, density, traffic, people, frame=3 * frame)
        view = draw_street(street, scene, height_px=height_px, width_px=width_px)
        segments, rows = view.labels.segments_hw, view.labels.objects
        ids = np.unique(segments[segments >= FIRST_OBJECT])
        numbers = np.zeros(segments.shape, dtype=np.uint32)
        is_object = segments >= FIRST_OBJECT
        numbers[is_object] = np.searchsorted(ids, segments[is_object]) + 1
        indices = [_OF_CITYSCAPES[rows[i].class_number or 0] for i in ids.tolist()]
        plain = np.array(_OF_CITYSCAPES, dtype=np.uint16)[np.where(is_object, 0, segments)]
        classes = np.where(is_object, np.array([0, *indices], dtype=np.uint16)[numbers], plain)
        labels = ExportLabels(classes, numbers, [ExportObject(index) for index in indices])
        yield Labelled(f"street_{k:06d}", part, partial(png.encode_rgb, view.pixels), labels)


def write(kind: Format, variant: str, pictures: Sequence[Labelled], root: Path) -> Plan:
    """Write pictures with their images as an export does, ignore as a class where a format has no place.

    Returns the plan, whose classes are those that were written.
    """
    classes = list(CLASSES)
    if kind.scheme(classes, variant).ignore is None:
        classes.append(ExportClass("void", "#010101", "stuff", means="ignore"))
    parts = tuple(dict.fromkeys(p.part for p in pictures))
    plan = Plan("streets", classes, variant, parts=parts)
    root.mkdir(parents=True)
    out = Out(root)
    writer = kind.write(out, plan)
    for picture in pictures:
        labels = picture.labels
        height, width = labels.classes_hw.shape
        if classes[-1].means:
            plane = np.where(labels.classes_hw == IGNORE, np.uint16(len(classes)), labels.classes_hw)
            labels = ExportLabels(plane, labels.objects_hw, labels.objects)
        item = Item(picture.name, width, height, picture.part, picture.suffix, picture.image)
        path = writer.image_path(item)
        if path is not None:
            out.put(path, picture.image())
        encoded = writer.encode(item, labels)
        for name, content in encoded.files.items():
            out.put(name, content)
        writer.add(out, item, encoded.entry)
    writer.close(out)
    out.close()
    return plan


def truth(picture: Labelled) -> NDArray[np.uint16]:
    """Class indices of a picture, 1…11, and `VOID` for what is ignored."""
    plane = picture.labels.classes_hw
    return np.where(plane == IGNORE, np.uint16(VOID), plane)


def read_planes(kind: Format, root: Path) -> dict[str, NDArray[np.uint16]]:
    """What a format reads, as `truth` has it, by name of the picture.

    Classes are told by name, however it was bent; what is unlabelled counts as ignored, and a class
    that was never written is 255.
    """
    source = kind.read(Files.of(root))
    index_by_value = {c.value: VOID if c.means else index_of(c.name or c.value) for c in source.classes}
    found: dict[str, NDArray[np.uint16]] = {}
    for picture in source.pictures:
        if picture.labels is None:
            continue
        labels = source.labels(picture)
        table = [VOID, *(index_by_value.get(s.value, index_of(s.value)) for s in labels.slots)]
        found[PurePosixPath(picture.name).stem] = labels.painted(np.array(table, dtype=np.uint16))
    return found


def index_of(name: str) -> int:
    """The class index of a name; `VOID` for words that stand for no class, 255 if there is none."""
    plain = _letters(name)
    if plain in _NO_CLASS:
        return VOID
    return next((k for k, c in enumerate(CLASSES, start=1) if _letters(c.name) == plain), 255)


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalpha())
