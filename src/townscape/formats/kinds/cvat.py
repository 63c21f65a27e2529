"""CVAT for images 1.1 (and, for reading, CVAT for video 1.1): `annotations.xml` and `images/`.

One mask (or, in the variant `polygons`, the polygons of one group) per object, and one per class
for the pixels whose object is not known: these carry the attribute `is_crowd`, whose default says
whether a class is stuff. What is unlabelled is not written, and CVAT has no void.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from townscape.core.errors import NothingToRead
from townscape.core.geometry.outlines import Ring, simplify, trace, with_keyholes
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs.xml_stream import XmlFile, quoted
from townscape.formats.cvat import shapes as cvat_shapes
from townscape.formats.cvat.masks import masks_by_value
from townscape.formats.cvat.pictures import Place, find_pictures
from townscape.formats.cvat.shapes import CROWD, paint
from townscape.formats.cvat.writing import AttributeUse, attribute, document_head, has_subsets, kind_of
from townscape.formats.cvat.xml import Index, open_xml, shapes_of_frame, shapes_of_image
from townscape.formats.files import Files, Out
from townscape.formats.format import (
    Encoded,
    ExportClass,
    Item,
    Loss,
    Picture,
    Plan,
    Scheme,
    SimpleSource,
    Source,
    Writer,
    unique_values,
)
from townscape.formats.image_size import declared_size
from townscape.formats.labels import ExportLabels, SourceLabels

TITLE = "CVAT for images"
SPEC = "https://docs.cvat.ai/docs/other/xml_format/"
RULE = cvat_shapes.RULE
VARIANTS = ("rle", "polygons")
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
_XML = "annotations.xml"
_ROOT = re.compile(rb"<annotations[\s/>]")
_INSIDE = re.compile(rb"<(?:meta|image|track)[\s/>]")
_MOST_LOOKED_AT = 20
_MISSING = "shapes between two frames of a track, which the file leaves to be worked out"


def detect(files: Files) -> str | None:
    """By an XML file that begins with `<annotations>`."""
    names = sorted(files.find("*.xml"), key=lambda name: not name.lower().endswith(_XML))
    found = next((name for name in names[:_MOST_LOOKED_AT] if _is_cvat(files, name)), None)
    return f"{found} has CVAT's images, tracks or labels" if found else None


def _is_cvat(files: Files, name: str) -> bool:
    try:
        with files.path(name).open("rb") as stream:
            start = stream.read(1 << 14)
    except OSError:
        return False
    return bool(_ROOT.search(start) and _INSIDE.search(start))


def read(files: Files) -> Source:
    """Open every XML file of CVAT in a folder."""
    names = [name for name in files.find("*.xml") if _is_cvat(files, name)]
    if not names:
        raise NothingToRead("There is no XML file with CVAT's <annotations>.")
    indices = [open_xml(files, name) for name in names]
    found = find_pictures(files, indices)
    if not found.pictures:
        raise NothingToRead(f"{', '.join(names)} names no image.", hint="export the annotations again.")
    classes = {c.value: c for index in reversed(indices) for c in reversed(index.classes)}
    slim = {i.name: Index(i.name, kinds=i.kinds, tracks=i.tracks) for i in indices}
    labels = partial(_read_labels, files.root, slim)
    return SimpleSource(found.pictures, list(reversed(classes.values())), labels, found.notes, found.problems)


def _read_labels(root: Path, indices: Mapping[str, Index], picture: Picture) -> SourceLabels:
    place: Place = picture.labels
    index = indices[place.file]
    shown = f"{place.file} ({picture.name})"
    height, width = declared_size(place.height, place.width, picture.image, shown)
    elements = XmlFile(root / place.file, place.file).read_many(place.span_list())
    repairs = Counter({_MISSING: place.n_missing} if place.n_missing else {})
    if place.tracks is None:
        shapes = list(shapes_of_image(index, elements[0], repairs))
    else:
        shapes = list(shapes_of_frame(index, elements, place.tracks.tolist(), repairs))
    return paint(shapes, height, width, repairs=repairs)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Classes are called by their names; what is unlabelled is not written, and there is no void."""
    return Scheme(unique_values(c.name for c in classes), unlabelled="", ignore=None)


def write(out: Out, plan: Plan) -> Writer:
    """A writer of one `annotations.xml`; its head, which lists the attributes, is written last."""
    return _CvatWriter(plan, unique_values(c.name for c in plan.classes))


@dataclass
class _CvatWriter:
    plan: Plan
    values: list[str]
    n_images: Counter[str] = field(default_factory=Counter[str])
    uses: dict[tuple[int, str], AttributeUse] = field(default_factory=dict[tuple[int, str], AttributeUse])

    def image_path(self, item: Item) -> str:
        folder = f"images/{item.part}" if has_subsets(self.plan) else "images"
        return f"{folder}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        plane, found = labels.segments()
        numbers = [n for n, (index, _) in enumerate(found, start=1) if index != IGNORE]
        if self.plan.variant == "polygons":
            shapes = self._polygons(plane)
        else:
            shapes = {n: [_mask_tag(mask)] for n, mask in masks_by_value(plane, numbers).items()}
        lines: list[str] = []
        uses: dict[tuple[int, str], tuple[str, Any]] = {}
        for number in numbers:
            index, object_number = found[number - 1]
            own = labels.objects[object_number - 1].attributes if object_number else {}
            named = dict(zip(unique_values([CROWD, *own])[1:], own.values(), strict=True))
            uses.update({(index, key): (kind_of(value), value) for key, value in named.items()})
            inside = "".join(attribute(k, v) for k, v in [(CROWD, not object_number), *named.items()])
            opened = shapes.get(number, [])
            group = f' group_id="{number}"' if object_number and len(opened) > 1 else ""
            label = f'label={quoted(self.values[index - 1])} source="manual" occluded="0"'
            for tag, geometry in opened:
                lines.append(f'    <{tag} {label} {geometry} z_order="0"{group}>\n{inside}    </{tag}>\n')
        return Encoded(entry=("".join(lines), uses))

    def _polygons(self, plane: Any) -> dict[int, list[tuple[str, str]]]:
        regions = trace(plane)
        if self.plan.simplify_px:
            regions = simplify(regions, self.plan.simplify_px)
        shapes: dict[int, list[tuple[str, str]]] = {}
        for region in regions:
            shapes.setdefault(region.value, []).append(_polygon_tag(with_keyholes(region)))
        return shapes

    def add(self, out: Out, item: Item, entry: Any) -> None:
        lines, uses = entry
        for key, (kind, value) in uses.items():
            self.uses.setdefault(key, AttributeUse()).add(kind, value)
        number = self.n_images[item.part]
        self.n_images[item.part] += 1
        subset = ""
        if has_subsets(self.plan):
            subset = f' subset={quoted(item.part)} task_id="{list(self.plan.parts).index(item.part)}"'
        name = quoted(f"{item.name}{item.suffix}")
        size = f'width="{item.width}" height="{item.height}"'
        out.append(
            f"{_XML}.images", f'  <image id="{number}" name={name}{subset} {size}>\n{lines}  </image>\n'
        )

    def close(self, out: Out) -> None:
        out.append(_XML, document_head(self.plan, self.values, self.n_images, self.uses))
        out.take(_XML, f"{_XML}.images")
        out.append(_XML, "</annotations>\n")


def _mask_tag(mask: Any) -> tuple[str, str]:
    box = f'left="{mask.left}" top="{mask.top}" width="{mask.width}" height="{mask.height}"'
    return "mask", f'rle="{mask.rle()}" {box}'


def _polygon_tag(ring: Ring) -> tuple[str, str]:
    points = ";".join(f"{x}.00,{y}.00" for x, y in ring.tolist())
    return "polygon", f'points="{points}"'
