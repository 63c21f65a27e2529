"""What every exchange format must do: read back what it wrote, and break on nothing."""

import pickle
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from townscape.core.labelmap import IGNORE
from townscape.core.spaces import Transform
from townscape.formats.agreement import (
    Agreement,
    compare,
    digest_of_read,
    expected,
    index_by_value,
    things_of,
)
from townscape.formats.codecs.png import encode_rgb
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Format, Item, Plan, holds
from townscape.formats.kinds import detect_one, get_format
from townscape.formats.labels import ExportLabels, ExportObject

CLASSES = (
    ExportClass("Road", "#804080", "stuff"),
    ExportClass("Baum (grün)", "#6b8e23", "stuff"),
    ExportClass("car", "#00008e", "thing"),
    ExportClass("行人", "#dc143c", "thing"),
    ExportClass('road marking; "white" & <thin>, no. 1', "#fafafa", "stuff"),
)
_GROUND = Transform(0.25, 0, 389_000.5, 0, -0.25, 5_819_000.75)
"""Where the pictures lie, north up; formats without places leave it out."""


def classes_for(name: str, variant: str, n_classes: int = len(CLASSES)) -> list[ExportClass]:
    """Classes that a format can hold: ours, or (formats with a fixed list) some of its own.

    Where the format has no place for ignore or unlabelled, a class stands in for it.
    """
    kind = get_format(name)
    fixed: Sequence[ExportClass] | None = getattr(kind, "FIXED_CLASSES", None)
    wanted = list(fixed or CLASSES)
    while len(wanted) < n_classes and not fixed:
        k = len(wanted)
        wanted.append(ExportClass(f"class {k}", f"#{(k * 40503 + 4096) & 0xFFFFFF:06x}", "stuff"))
    wanted = wanted[:n_classes]
    planned = kind.scheme(wanted, variant)
    if planned.can_add and planned.ignore is None:
        wanted.append(ExportClass("ignore", "#010203", "stuff", means="ignore"))
    if planned.can_add and planned.unlabelled is None:
        wanted.append(ExportClass("unlabelled", "#040506", "stuff", means="unlabelled"))
    return wanted


def labels_of(
    classes: Sequence[ExportClass], classes_hw: np.ndarray, objects_hw: np.ndarray, kind: Format, variant: str
) -> ExportLabels:
    """Labels that obey the contract, from any two planes: objects keep to one thing class each, and
    what the format has no place for is a class that stands in for it, or is left out.
    """
    planned = kind.scheme(classes, variant)
    own = [k for k, c in enumerate(classes, start=1) if c.means is None]
    stand_in = {c.means: k for k, c in enumerate(classes, start=1) if c.means}
    plane = classes_hw.astype(np.uint16).copy()
    is_ignored, is_empty = plane == IGNORE, plane == 0
    plane[~is_ignored & ~is_empty] = np.array(own)[(plane[~is_ignored & ~is_empty] - 1) % len(own)]
    if planned.ignore is None:
        plane[is_ignored] = stand_in.get("ignore", own[0])
    if planned.unlabelled is None:
        plane[is_empty] = stand_in.get("unlabelled", IGNORE if planned.ignore is not None else own[0])
    things = {k for k in own if classes[k - 1].kind == "thing"}
    numbers = np.zeros(plane.shape, dtype=np.uint32)
    found: list[ExportObject] = []
    for thing in sorted(things) if holds(kind, variant, "objects") else ():
        for number in np.unique(objects_hw[(plane == thing) & (objects_hw > 0)]).tolist():
            place = (plane == thing) & (objects_hw == number)
            found.append(ExportObject(thing, {"note": f"Nr. {number}"}))
            numbers[place] = len(found)
    return ExportLabels(plane, numbers, found)


def check(
    name: str, variant: str, maps: Sequence[tuple[np.ndarray, np.ndarray]], *, n_classes: int = 5
) -> None:
    """Written, read again and compared: every class's pixels and every object are the same, but for
    what `LOSSES` states. Writing twice gives the same bytes. The result is detected as this format.

    `maps` are pairs of planes: class numbers (0 unlabelled, 65,535 ignore), object numbers (0 none).
    """
    kind = get_format(name)
    classes = classes_for(name, variant, n_classes)
    pictures = [labels_of(classes, c, o, kind, variant) for c, o in maps]
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first", Path(folder) / "second"
        for root in (first, second):
            write_all(kind, classes, variant, pictures, root)
        assert _content(first) == _content(second), f"{name}: two exports differ"
        detected = detect_one(Files.of(first))
        assert detected.name == name, f"{name} is taken for {detected.name}: {detected.reason}"
        agreement, attributes = read_all(kind, classes, variant, pictures, first)
    if holds(kind, variant, "pixels"):
        assert agreement.same_px == agreement.written_px, f"{name}: pixels changed: {agreement}"
    if holds(kind, variant, "objects") and holds(kind, variant, "disconnected objects"):
        assert agreement.same_objects == agreement.objects, f"{name}: objects changed: {agreement}"
    if holds(kind, variant, "attributes") and holds(kind, variant, "objects"):
        wanted = sorted(str(o.attributes["note"]) for p in pictures for o in p.objects)
        assert sorted(attributes) == wanted, f"{name}: attributes of objects changed"


def write_all(
    kind: Format, classes: Sequence[ExportClass], variant: str, pictures: Sequence[ExportLabels], root: Path
) -> None:
    """Write pictures as `export` does, with an image for each; parts take turns."""
    out = Out(root)
    root.mkdir(parents=True)
    parts = ("train", "val") if len(pictures) > 1 else ("train",)
    writer = kind.write(out, Plan("conformance", classes, variant, parts=parts))
    writer = pickle.loads(pickle.dumps(writer))  # noqa: S301 - our own bytes
    for k, labels in enumerate(pictures):
        item = item_of(k, labels)
        path = writer.image_path(item)
        if path is not None:
            out.put(path, item.image())
        encoded = writer.encode(item, labels)
        for file, content in encoded.files.items():
            out.put(file, content)
        writer.add(out, item, encoded.entry)
    writer.close(out)
    out.close()


def item_of(k: int, labels: ExportLabels) -> Item:
    """Picture k: an image of noise with a place on the ground, named with letters that are not ASCII."""
    height, width = labels.classes_hw.shape
    colors = np.random.default_rng(k).integers(0, 255, (height, width, 3), dtype=np.uint8)
    content = encode_rgb(colors)
    name, part = f"straße_{k:06d}", "val" if k % 2 else "train"
    return Item(name, width, height, part, ".png", lambda: content, "EPSG:25833", _GROUND.shifted(100 * k, 0))


def read_all(
    kind: Format, classes: Sequence[ExportClass], variant: str, pictures: Sequence[ExportLabels], root: Path
) -> tuple[Agreement, list[str]]:
    """How far the pictures came back, and the notes of all objects that were read."""
    source = pickle.loads(pickle.dumps(kind.read(Files.of(root))))  # noqa: S301 - our own bytes
    planned = kind.scheme(classes, variant)
    listed = {c.value: c for c in source.classes}
    for label_class, value in zip(classes, planned.values, strict=True):
        if value in listed:
            shown = listed[value].name or value
            is_same = _plain(shown) == _plain(label_class.name)
            assert is_same, f"the class {label_class.name!r} came back as {shown!r}"
    total = Agreement()
    notes: list[str] = []
    by_name = {Path(p.name).stem: p for p in source.pictures}
    assert not source.problems, f"problems with its own files: {source.problems}"
    for k, labels in enumerate(pictures):
        item = item_of(k, labels)
        found = [p for stem, p in by_name.items() if stem.startswith(item.name)]
        assert len(found) == 1, f"picture {item.name} came back {len(found)} times, of {sorted(by_name)}"
        picture = found[0]
        assert picture.image is not None, f"the image of {item.name} was not found"
        if len(pictures) > 1:
            assert picture.part == item.part, (
                f"{item.name} was in {item.part} and came back in {picture.part}"
            )
        read = source.labels(picture)
        assert not read.overlap_px, f"{kind.TITLE}: overlaps in its own files"
        index_of = index_by_value(planned)
        compared = compare(labels.stretches(), read, index_of)
        written = labels.stretches(by_columns=read.is_by_columns)
        digest, everything = expected(written)
        if digest_of_read(read, index_of, things_of(classes)) == digest:
            assert compared == everything, "the digest says that all has come back"
        total.add(compared)
        objects = {slot.object: slot for slot in read.slots if slot.object is not None}
        notes += [str(s.attributes["note"]) for s in objects.values() if "note" in s.attributes]
    return total, notes


def _plain(name: str) -> str:
    """A name without case, spaces and signs: formats with a list of their own spell it their way."""
    return "".join(c for c in name.casefold() if c.isalnum())


def _content(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
