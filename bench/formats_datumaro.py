"""Datumaro's side of `./x bench formats`: one export or import, measured (see `formats.py`).

Runs in a venv that has Datumaro and nothing of ours but the modules beside this file.
"""

import logging
import sys
from pathlib import Path

import numpy as np
from datumaro.components.annotation import (
    AnnotationType,
    ExtractedMask,
    LabelCategories,
    MaskCategories,
)
from datumaro.components.dataset import Dataset, StreamDataset
from datumaro.components.dataset_base import DatasetBase, DatasetItem
from datumaro.components.media import Image

from label_maps import HEIGHT, VOID, WIDTH, LabelMaps
from measured import order, report

logging.disable(logging.WARNING)


def categories_of(maps, *, has_void):
    """Our classes; void is a class of its own, or what is not labelled (index 0, black)."""
    names = [c["name"].replace(" ", "") for c in maps.classes]
    colors = [tuple(bytes.fromhex(c["color"][1:])) for c in maps.classes]
    names = [*names, "void"] if has_void else ["background", *names]
    colors = [*colors, (1, 1, 1)] if has_void else [(0, 0, 0), *colors]
    return {
        AnnotationType.label: LabelCategories.from_iterable(names),
        AnnotationType.mask: MaskCategories(dict(enumerate(colors))),
    }


class Source(DatasetBase):
    """Pictures with one mask per segment, all masks of a picture cut from its one plane."""

    def __init__(self, maps, chosen, *, has_void):
        super().__init__(
            length=len(chosen),
            subsets=sorted({maps.pictures[k]["part"] for k in chosen}),
            media_type=Image,
            ann_types={AnnotationType.mask},
        )
        self._maps, self._chosen, self._has_void = maps, chosen, has_void
        self._categories = categories_of(maps, has_void=has_void)

    def categories(self):
        return self._categories

    @property
    def is_stream(self):
        return True

    def __iter__(self):
        for k in self._chosen:
            yield self._item(k)

    def _item(self, k):
        picture, plane = self._maps.pictures[k], self._maps.segments(k)
        masks = []
        for number, (index, object_number) in enumerate(picture["segments"], start=1):
            if index == VOID and not self._has_void:
                continue
            label = index - 1 if self._has_void else index
            is_crowd = {"is_crowd": not object_number}
            masks.append(
                ExtractedMask(plane, number, label=label, id=number, group=number, attributes=is_crowd)
            )
        media = Image.from_numpy(data=_no_pixels, ext=".png", size=(HEIGHT, WIDTH))
        return DatasetItem(picture["name"], subset=picture["part"], media=media, annotations=masks)


def _no_pixels():
    raise AssertionError("nobody should ask for pixels")


def export(asked, maps, chosen, folder):
    kind = StreamDataset if asked["stream"] else Dataset
    dataset = kind.from_extractors(Source(maps, chosen, has_void=asked["has_void"]))
    dataset.export(str(folder), asked["format"], save_media=False, **asked["options"])
    return {"size_mb": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6}


def read(asked, maps, folder, keep=None):
    """Decode every picture as a plane of class indices."""
    kind = StreamDataset if asked["stream"] else Dataset
    dataset = kind.import_from(str(folder), asked["format"])
    names = [c.name for c in dataset.categories()[AnnotationType.label].items]
    table = np.full(256, VOID, dtype=np.uint8)
    table[: len(names)] = [maps.index_of(name) for name in names]
    n = 0
    for item in dataset:
        plane = table[merged(item.annotations)]
        n += 1
        if keep is not None:
            keep[Path(item.id).name] = plane
    return {"n": n}


def merged(annotations):
    """The labels of all masks in one plane, 255 nowhere."""
    return annotations.get_semantic_seg_mask(ignore_index=255, dtype=np.uint8)


def main():
    asked = order()
    folder = Path(asked["folder"])
    maps = LabelMaps.read(Path(asked["maps"]))
    if asked["what"] == "import":
        keep = {} if asked.get("planes") else None
        report(lambda: read(asked, maps, Path(asked["warm"])), lambda: read(asked, maps, folder, keep))
        if keep is not None:
            np.savez(asked["planes"], **keep)
        return
    report(
        lambda: export(asked, maps, maps.few(), folder.with_name(folder.name + ".few")),
        lambda: export(asked, maps, range(len(maps.pictures)), folder),
    )


if __name__ == "__main__":
    sys.exit(main())
