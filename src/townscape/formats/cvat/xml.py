"""Reading CVAT's XML 1.1: images with shapes, or videos with tracks.

Shapes stay in the file until they are asked for.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from townscape.formats.codecs.json_stream import Span
from townscape.formats.codecs.xml_stream import Found, XmlFile
from townscape.formats.cvat.masks import mask_of_rle
from townscape.formats.cvat.shapes import CROWD, Shape
from townscape.formats.files import Files
from townscape.formats.format import SourceClass

_SHAPES = ("box", "ellipse", "polygon", "polyline", "points", "cuboid", "mask", "skeleton")
_WANTED = (
    ("annotations", "meta"), ("annotations", "image"), ("annotations", "track"),
    *(("track", shape) for shape in _SHAPES),
)  # fmt: skip
_LONGEST_GAP = 1 << 16
_MOST_FRAMES = 1 << 40
_NUMBER = r"\s*+[-+]?+(?:\d++\.?+\d*+|\.\d++)(?:[eE][-+]?+\d{1,3}+)?+\s*+"
_POINTS = re.compile(f"{_NUMBER},{_NUMBER}(?:;{_NUMBER},{_NUMBER})*+;?+\\s*+")


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """An `<image>`: what it says of itself, and where it lies."""

    name: str
    subset: str
    task: str
    width: int | None
    height: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Track:
    """A `<track>`: what its shapes have in common."""

    label: str
    task: str
    subset: str


@dataclass(frozen=True, slots=True)
class Frames:
    """What `<meta>` says of the frames of one task."""

    name: str = ""
    subset: str = ""
    size: int = 0
    step: int = 1
    width: int | None = None
    height: int | None = None


@dataclass
class Index:
    """One XML file, walked once: where its shapes lie, and what all of them need."""

    name: str
    classes: list[SourceClass] = field(default_factory=list[SourceClass])
    kinds: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """(label, attribute) → how its value is typed in."""
    frames: dict[str, Frames] = field(default_factory=dict[str, Frames])
    """Task id → its frames; "" where there is only one."""
    images: list[ImageEntry] = field(default_factory=list[ImageEntry])
    tracks: list[Track] = field(default_factory=list[Track])
    shapes: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 4), dtype=np.int64))
    """Visible shapes of tracks: frame, track, start and end in the file."""
    gaps: dict[str, Counter[int]] = field(default_factory=dict[str, Counter[int]])
    """Task id → frame → shapes that lie between two frames of a track and are not in the file."""

    def frames_of(self, task: str) -> Frames:
        """The frames of a task."""
        return self.frames.get(task) or next(iter(self.frames.values()), Frames())


def open_xml(files: Files, name: str) -> Index:
    """Walk one file. Raises `InputError` if it is damaged."""
    index = Index(name)
    shapes: list[tuple[int, int, int, int]] = []
    of_track: list[tuple[int, bool]] = []
    for found in XmlFile(files.path(name), name).elements(*_WANTED):
        if found.tag == "meta":
            _read_meta(index, XmlFile(files.path(name), name).read(found.span))
        elif found.tag == "image":
            index.images.append(_image(found))
        elif found.tag == "track":
            track = Track(*(found.attributes.get(key, "") for key in ("label", "task_id", "subset")))
            index.tracks.append(track)
            _count_gaps(index, track, of_track)
            of_track.clear()
        else:
            frame, is_outside = _int(found.attributes.get("frame")), found.attributes.get("outside") == "1"
            if frame is None or not 0 <= frame < _MOST_FRAMES:
                continue
            of_track.append((frame, is_outside))
            if not is_outside:
                shapes.append((frame, len(index.tracks), found.span.start, found.span.end))
    index.shapes = np.array(shapes, dtype=np.int64).reshape(-1, 4)
    return index


def _image(found: Found) -> ImageEntry:
    get = found.attributes.get
    return ImageEntry(
        get("name", "").replace("\\", "/"),
        get("subset", ""),
        get("task_id", ""),
        _int(get("width")),
        _int(get("height")),
        found.span,
    )


def _count_gaps(index: Index, track: Track, of_track: Sequence[tuple[int, bool]]) -> None:
    step = index.frames_of(track.task).step
    gaps = index.gaps.setdefault(track.task, Counter())
    for (frame, is_outside), (following, _) in pairwise(of_track):
        if not is_outside:
            gaps.update(range(frame + step, min(following, frame + _LONGEST_GAP), step))


def _read_meta(index: Index, meta: Element) -> None:
    for label in meta.iter("label"):
        name = label.findtext("name") or ""
        kind = None
        for attribute in label.iterfind("attributes/attribute"):
            key = attribute.findtext("name") or ""
            index.kinds[name, key] = attribute.findtext("input_type") or "text"
            if key == CROWD and index.kinds[name, key] == "checkbox":
                kind = "stuff" if attribute.findtext("default_value") == "true" else "thing"
        if label.findtext("type") != "skeleton" and label.find("parent") is None:
            index.classes.append(SourceClass(name, name, color_of(label.findtext("color")), kind))
    blocks = [e for tag in ("task", "job") for e in meta.iter(tag)]
    for block in blocks:
        size = block.find("original_size")
        step = (block.findtext("frame_filter") or "").replace(" ", "").removeprefix("step=")
        index.frames[block.findtext("id") or ""] = Frames(
            block.findtext("name") or "",
            block.findtext("subset") or "",
            _int(block.findtext("size")) or 0,
            max(1, _int(step) or 1),
            None if size is None else _int(size.findtext("width")),
            None if size is None else _int(size.findtext("height")),
        )


def color_of(text: str | None) -> str | None:
    """`#rrggbb` in small letters, if it is one."""
    value = (text or "").strip().lower()
    is_color = len(value) == 7 and value[0] == "#" and all(c in "0123456789abcdef" for c in value[1:])
    return value if is_color else None


def _int(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def shapes_of_image(index: Index, image: Element, repairs: Counter[str]) -> Iterator[Shape]:
    """The shapes of an `<image>`, in the order of the file."""
    for element in image:
        if element.tag in _SHAPES:
            group = _int(element.get("group_id")) or None
            shape = _shape(index, element, element.get("label", ""), group, repairs)
            if shape is not None:
                yield shape


def shapes_of_frame(
    index: Index, elements: Sequence[Element], tracks: Sequence[int], repairs: Counter[str]
) -> Iterator[Shape]:
    """The shapes of one frame of a video: the elements, and the number of each one's track."""
    for element, number in zip(elements, tracks, strict=True):
        shape = _shape(index, element, index.tracks[number].label, ("track", number), repairs)
        if shape is not None:
            yield shape


def _shape(index: Index, element: Element, label: str, known: Any, repairs: Counter[str]) -> Shape | None:
    kind = "rectangle" if element.tag == "box" else element.tag
    try:
        points = _points(element)
        rotation = float(element.get("rotation", "0"))
    except ValueError:
        repairs[f"{kind} shapes whose numbers cannot be read"] += 1
        return None
    attributes = {
        key: typed_value(a.text or "", index.kinds.get((label, key)))
        for a in element.iterfind("attribute")
        if (key := a.get("name")) is not None
    }
    return Shape(kind, label, points, _int(element.get("z_order")) or 0, rotation, known, attributes)


def _points(element: Element) -> Any:
    """The points as the REST interface has them. Raises `ValueError`."""
    get = element.get
    if element.tag == "mask":
        left, top, width, height = (int(get(key, "")) for key in ("left", "top", "width", "height"))
        return mask_of_rle(get("rle", ""), left=left, top=top, width=width, height=height)
    if element.tag == "polygon":
        return _numbers(get("points", ""))
    if element.tag == "box":
        return [float(get(key, "")) for key in ("xtl", "ytl", "xbr", "ybr")]
    if element.tag == "ellipse":
        x, y, right, up = (float(get(key, "")) for key in ("cx", "cy", "rx", "ry"))
        return [x, y, x + right, y - up]
    return []


def _numbers(points: str) -> NDArray[np.float64]:
    """The numbers of `x,y;x,y`, in turn."""
    if not _POINTS.fullmatch(points):
        raise ValueError("these are no points")
    return np.fromstring(points.strip().rstrip(";").replace(";", ","), sep=",")


def typed_value(text: str, kind: str | None) -> Any:
    """The value of an attribute, as its kind of input says."""
    if kind == "checkbox" and text in ("true", "false"):
        return text == "true"
    if kind == "number":
        number = _int(text)
        try:
            return float(text) if number is None else number
        except ValueError:
            return text
    return text
