"""Our side of `./x bench formats`: one export or import, measured (see `formats.py`)."""

import sys
from pathlib import Path

import cv2
import numpy as np

from label_maps import HEIGHT, VOID, WIDTH, LabelMaps
from measured import order, report
from townscape.core.labelmap import IGNORE
from townscape.core.memory import give_back_freed_memory, keep_freed_memory
from townscape.formats.agreement import (
    Agreement,
    compare,
    digest_of_read,
    expected,
    index_by_value,
    things_of,
)
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import get_format
from townscape.formats.labels import ExportLabels, ExportObject

PARTS = ("train", "val")
NO_OBJECTS = np.zeros((HEIGHT, WIDTH), dtype=np.int32)


def classes_of(kind, variant, maps):
    """The classes as `export` plans them: void is ignore, or a class where there is no place for that."""
    classes = [ExportClass(**c) for c in maps.classes]
    if kind.scheme(classes, variant).ignore is None:
        classes.append(ExportClass("void", "#000000", "stuff", means="ignore"))
    return classes


def labels_of(maps, k, void):
    """The labels of picture k as a format is given them."""
    segments, plane = maps.pictures[k]["segments"], maps.segments(k)
    classes, numbers = np.zeros(256, dtype=np.uint16), np.zeros(256, dtype=np.int32)
    classes[1 : len(segments) + 1] = [void if c == VOID else c for c, _ in segments]
    numbers[1 : len(segments) + 1] = [number for _, number in segments]
    objects = [ExportObject(c) for c, number in segments if number]
    objects_hw = cv2.LUT(plane, numbers) if objects else NO_OBJECTS
    return ExportLabels(cv2.LUT(plane, classes), objects_hw.view(np.uint32), objects)


def export(kind, variant, maps, chosen, folder):
    """Write, read back and compare every label; returns how much came back."""
    classes = classes_of(kind, variant, maps)
    plan = Plan("bench", classes, variant, parts=PARTS, has_images=False)
    folder.mkdir(parents=True)
    digests, total = write(kind, plan, maps, chosen, folder)
    give_back_freed_memory()
    return verify(kind, variant, classes, maps, folder, dict(zip(chosen, digests, strict=True)), total)


def write(kind, plan, maps, chosen, folder):
    """Write every picture; returns the digest of each, and what it is if all of them come back."""
    void = len(plan.classes) if plan.classes[-1].means else IGNORE
    out = Out(folder)
    writer = kind.write(out, plan)
    digests, total = [], Agreement()
    for k in chosen:
        digest, everything = write_one(out, writer, maps, k, void)
        digests.append(digest)
        total.add(everything)
    writer.close(out)
    out.close()
    return digests, total


def write_one(out, writer, maps, k, void):
    picture = maps.pictures[k]
    item = Item(picture["name"], WIDTH, HEIGHT, picture["part"], ".png", bytes)
    labels = labels_of(maps, k, void)
    encoded = writer.encode(item, labels)
    for name, content in encoded.files.items():
        out.put(name, content)
    writer.add(out, item, encoded.entry)
    return expected(labels.stretches())


def verify(kind, variant, classes, maps, folder, digests, total):
    """Read every picture back from the files and compare it, as `export` does.

    `digests` are what the labels of each picture must come back as, `total` what it is if all do.
    """
    source = kind.read(Files.of(folder))
    names = index_by_value(kind.scheme(classes, variant))
    things = things_of(classes)
    void = len(classes) if classes[-1].means else IGNORE
    pictures = by_name(source.pictures, maps)
    for k, digest in digests.items():
        read = source.labels(pictures[maps.pictures[k]["name"]])
        if digest_of_read(read, names, things) != digest:
            total.correct(compare(labels_of(maps, k, void).stretches(), read, names))
    return {
        "agreement": total.share,
        "objects": total.objects,
        "same_objects": total.same_objects,
        "size_mb": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6,
    }


def by_name(pictures, maps):
    """Pictures by the name that the label maps have; formats add to it."""
    wanted = {picture["name"] for picture in maps.pictures}
    found = {}
    for picture in pictures:
        stem = Path(picture.name).name.split(".")[0]
        while stem not in wanted and "_" in stem:
            stem = stem.rpartition("_")[0]
        found[stem] = picture
    return found


def read(kind, maps, folder, keep=None):
    """Decode every picture as a plane of class indices."""
    source = kind.read(Files.of(folder))
    by_value = {c.value: maps.index_of(c.name or c.value) for c in source.classes}
    n = 0
    for name, picture in by_name(source.pictures, maps).items():
        if picture.labels is None:
            continue
        labels = source.labels(picture)
        table = [VOID, *(by_value.get(s.value, maps.index_of(s.value)) for s in labels.slots)]
        plane = labels.painted(np.array(table, dtype=np.uint8))
        n += 1
        if keep is not None:
            keep[name] = plane
    return {"n": n}


def main():
    keep_freed_memory()  # as the processes do that export and import
    asked = order()
    kind, variant, folder = get_format(asked["format"]), asked["variant"], Path(asked["folder"])
    maps = LabelMaps.read(Path(asked["maps"]))
    if asked["what"] == "import":
        keep = {} if asked.get("planes") else None
        report(lambda: read(kind, maps, Path(asked["warm"])), lambda: read(kind, maps, folder, keep))
        if keep is not None:
            np.savez(asked["planes"], **keep)
        return
    report(
        lambda: export(kind, variant, maps, maps.few(), folder.with_name(folder.name + ".few")),
        lambda: export(kind, variant, maps, range(len(maps.pictures)), folder),
    )


if __name__ == "__main__":
    sys.exit(main())
