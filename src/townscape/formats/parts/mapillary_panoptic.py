"""The panoptic files of Mapillary Vistas: PNGs of segment ids (`id_image`), and a JSON file for each part.

They say what the other files cannot: which segments are groups of things that are not told apart
(`iscrowd`). Attributes of objects are a member of our own, `attributes`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from townscape.core.geometry.coco_rle import boxes_of, runs_by_value
from townscape.core.runs import Stretches
from townscape.formats.codecs import id_image
from townscape.formats.codecs.json_stream import JsonFile, Span
from townscape.formats.files import Files, Out, json_text
from townscape.formats.format import ExportClass, Item
from townscape.formats.labels import ExportLabels, Plane

_TELLING = re.compile(rb'"iscrowd"\s*:\s*(?:[1-9]|true)|"attributes"\s*:\s*\{\s*"')


class Segments(NamedTuple):
    """Where it is written what the segments of a picture are, if that says more than its other files."""

    file: Path
    span: Span
    png: Path

    def read(self) -> tuple[Plane, dict[int, Mapping[str, Any]]]:
        """The id of every pixel, and what each id is. Raises `InputError` naming the file."""
        annotation = JsonFile(self.file).read(self.span)
        listed = annotation.get("segments_info") if isinstance(annotation, dict) else None
        found = (
            {s.get("id"): s for s in listed or () if isinstance(s, dict)} if isinstance(listed, list) else {}
        )
        return id_image.decode(self.png), {k: s for k, s in found.items() if isinstance(k, int)}


def find_segments(files: Files, folder: str) -> dict[str, Segments]:
    """Name of a picture without ending → its segments, of those that lie in a folder `panoptic`."""
    found: dict[str, Segments] = {}
    here = f"{folder}panoptic/".lower()
    for name in (n for n in files.names if n.lower().startswith(here) and n.lower().endswith(".json")):
        document = JsonFile(files.path(name), name)
        for _, span, content in document.raw("annotations"):
            if _TELLING.search(content) is None:
                continue
            annotation = document.parse(content)
            stem = str(annotation.get("image_id")) if isinstance(annotation, dict) else ""
            if files.has(f"{here}{stem}.png"):
                found[stem] = Segments(files.path(name), span, files.path(f"{here}{stem}.png"))
    return found


def segments_info(
    labels: ExportLabels, plane: Plane, found: Sequence[tuple[int, int]], ids: Sequence[int], crowds: set[int]
) -> list[dict[str, Any]]:
    """What the segments of `ExportLabels.segments` are, but for those with id 0.

    `ids` has an id for each, from number 1; `crowds` are the numbers of groups. Categories count from 1.
    """
    masks = runs_by_value(Stretches.of(plane.reshape(-1)), range(1, len(found) + 1))
    seen = [number for number, mask in masks.items() if mask.starts.size and ids[number]]
    segments: list[dict[str, Any]] = []
    for number, box in zip(seen, boxes_of([masks[k] for k in seen], plane.shape[1]), strict=True):
        index, object_number = found[number - 1]
        top, left, height, width = box
        segment: dict[str, Any] = {
            "id": ids[number],
            "category_id": index,
            "area": masks[number].area,
            "bbox": [left, top, width, height],
            "iscrowd": int(number in crowds),
        }
        attributes = labels.objects[object_number - 1].attributes if object_number else {}
        segments.append({**segment, "attributes": dict(attributes)} if attributes else segment)
    return segments


@dataclass(frozen=True)
class PanopticFiles:
    """One JSON file per part, written without holding it in memory."""

    path_of_part: Mapping[str, str]

    def add(self, out: Out, item: Item, segments: Sequence[Mapping[str, Any]]) -> None:
        """Add a picture."""
        image = {
            "id": item.name,
            "file_name": f"{item.name}{item.suffix}",
            "width": item.width,
            "height": item.height,
        }
        annotation = {"file_name": f"{item.name}.png", "image_id": item.name, "segments_info": segments}
        for key, entry in (("images", image), ("annotations", annotation)):
            piece = f"{self.path_of_part[item.part]}.{key}"
            begin = ",\n" if out.is_begun(piece) else "\n"
            out.append(piece, begin + json.dumps(entry, ensure_ascii=False, allow_nan=False))

    def close(self, out: Out, classes: Sequence[ExportClass], names: Sequence[str]) -> None:
        """Join the pieces of every part's file; `names` are the classes' in the configuration."""
        categories = [
            {
                "id": k,
                "name": c.name,
                "supercategory": name,
                "isthing": int(c.kind == "thing"),
                "color": c.rgb,
            }
            for k, (c, name) in enumerate(zip(classes, names, strict=True), start=1)
        ]
        for path in self.path_of_part.values():
            out.append(path, "{")
            for key in ("images", "annotations"):
                out.append(path, f'"{key}": [')
                out.take(path, f"{path}.{key}")
                out.append(path, "\n],\n")
            out.append(path, f'"categories": {json_text(categories, indent=None).rstrip()}}}\n')
