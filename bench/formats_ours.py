"""Our side of `./x bench formats`: one export or import, measured (see `formats.py`)."""

import sys
from pathlib import Path

import numpy as np

from label_maps import HEIGHT, VOID, WIDTH, LabelMaps
from measured import order, report
from townscape.core.labelmap import IGNORE
from townscape.core.runs import look_up
from townscape.formats.agreement import Agreement, compare, index_by_value
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, ExportLabels, ExportObject, Item, Plan
from townscape.formats.kinds import get_format

PARTS = ("train", "val")


def classes_of(kind, variant, maps):
    """The classes as `export` plans them: void is ignore, or a class where there is no place for that."""
    classes = [ExportClass(**c) for c in maps.classes]
    if kind.scheme(classes, variant).ignore is None:
        classes.append(ExportClass("void", "#000000", "stuff", means="ignore"))
    return classes


def labels_of(maps, k, void):
    """The labels of picture k as a format is given them."""
    segments, plane = maps.pictures[k]["segments"], maps.segments(k)
    classes = np.array([0, *(void if c == VOID else c for c, _ in segments)], dtype=np.uint16)
    objects = [ExportObject(c) for c, number in segments if number]
    if not objects:
        return ExportLabels(look_up(classes, plane), np.zeros(plane.shape, dtype=np.uint32))
    numbers = np.array([0, *(number for _, number in segments)], dtype=np.uint32)
    return ExportLabels(look_up(classes, plane), look_up(numbers, plane), objects)


def export(kind, variant, maps, chosen, folder):
    """Write, read back and compare every label; returns how much came back."""
    classes = classes_of(kind, variant, maps)
    void = len(classes) if classes[-1].means else IGNORE
    plan = Plan("bench", classes, variant, parts=PARTS, has_images=False)
    folder.mkdir(parents=True)
    out = Out(folder)
    writer = kind.write(out, plan)
    for k in chosen:
        picture = maps.pictures[k]
        item = Item(picture["name"], WIDTH, HEIGHT, picture["part"], ".png", bytes)
        encoded = writer.encode(item, labels_of(maps, k, void))
        for name, content in encoded.files.items():
            out.put(name, content)
        writer.add(out, item, encoded.entry)
    writer.close(out)
    out.close()
    return verify(kind, variant, classes, maps, chosen, folder)


def verify(kind, variant, classes, maps, chosen, folder):
    """Read every picture back from the files and compare it, as `export` does."""
    source = kind.read(Files.of(folder))
    names = index_by_value(kind.scheme(classes, variant))
    void = len(classes) if classes[-1].means else IGNORE
    pictures = by_name(source.pictures, maps)
    total = Agreement()
    for k in chosen:
        picture = pictures[maps.pictures[k]["name"]]
        total.add(compare(labels_of(maps, k, void), source.labels(picture), names))
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
        plane = look_up(np.array(table, dtype=np.uint8), labels.plane_hw)
        n += 1
        if keep is not None:
            keep[name] = plane
    return {"n": n}


def main():
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
