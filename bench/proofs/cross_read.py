"""Readers that others wrote find in our exports what we wrote, and we find in theirs what they do.

161 pictures: CamVid's val and 60 drawn streets with objects. What Datumaro changes in files of its
own is listed, not counted.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from foreign import foreign_python
from label_maps import HEIGHT, WIDTH, write_label_maps
from proofs.tools import ROOT, is_true, real_data
from townscape.formats.kinds import get_format
from townscape.testing import label_sets
from townscape.testing.label_sets import CLASSES, VOID, index_of, truth

PACKAGES = ("datumaro==1.13.12", "label-studio-sdk==2.1.2", "supervision==0.31.2")
SCRIPTS = ROOT / "bench" / "proofs" / "foreign"
N_STREETS = 60
N_BRUSHED = 8
"""Pictures of either set whose brush regions the SDK decodes; each takes it seconds."""


@dataclass(frozen=True)
class Case:
    """A format as both call it."""

    ours: str
    variant: str
    theirs: str
    has_void: bool
    """Whether void is a class of its own in Datumaro's files."""
    options: dict = field(default_factory=dict)
    """Of its exporter."""
    sees_objects: bool = True
    """Whether it reads pixels of objects: of Cityscapes it takes ids below 1,000 only."""
    reads_ours: bool = True
    """Of CamVid it reads masks in colour only, in the layout that has none elsewhere."""


DATUMARO = (
    Case("voc", "palette", "voc_segmentation", False),
    Case("cityscapes", "fine", "cityscapes", False, sees_objects=False),
    Case("kitti", "semantics", "kitti_segmentation", False, {"label_map": "kitti"}),
    Case("coco", "rle", "coco_instances", True, {"segmentation_mode": "mask"}),
    Case("coco", "polygons", "coco_instances", True, {"segmentation_mode": "polygons"}),
    Case("coco-panoptic", "png", "coco_panoptic", True),
    Case("coco-stuff", "json", "coco_stuff", True),
    Case("cvat", "rle", "cvat", True),
    Case("datumaro", "masks", "datumaro", True),
    Case("camvid", "segnet", "camvid", False, reads_ours=False),
)


def prove(bench):
    pictures = pictures_of(real_data("camvid"))
    python = foreign_python(bench.folder / "venv", *PACKAGES)
    found = {"installed readers": bench.step("installed", installed_readers)}
    for case in DATUMARO:
        name = f"{case.ours}-{case.variant}"
        do = partial(with_datumaro, case, bench.folder, python, pictures)
        found[f"Datumaro and {name}"] = bench.step(f"datumaro-{name}", do)
    for name, do in (("supervision and yolo", with_supervision), ("Label Studio", with_label_studio)):
        found[name] = bench.step(name.replace(" ", "-"), partial(do, bench.folder, python, pictures))
    return {
        "checks": [is_true(name, result["holds"], result["found"]) for name, result in found.items()],
        "datumaro_on_its_own_files": {
            name: result["own"] for name, result in found.items() if result.get("own")
        },
        "pictures": len(pictures),
        "packages": list(PACKAGES),
    }


def pictures_of(camvid):
    drawn = label_sets.streets(N_STREETS, height_px=HEIGHT, width_px=WIDTH)
    return [*label_sets.camvid_part(camvid, "val"), *drawn]


def installed_readers():
    """pycocotools, cityscapesscripts, torchvision, rasterio and pyogrio, by the tests at full size."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "tests/formats/test_cross_read.py"],
        cwd=ROOT,
        env=os.environ | {"TOWNSCAPE_ALL_OF_CAMVID": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return {"holds": done.returncode == 0, "found": done.stdout.strip().splitlines()[-1]}


def with_datumaro(case, folder, python, pictures):
    """Both ways, and what Datumaro makes of its own files."""
    place = fresh(folder / "datumaro")
    kind = get_format(case.ours)
    wanted = {p.name: truth(p) for p in pictures}
    found = {}
    if case.reads_ours:
        label_sets.write(kind, case.variant, pictures, place / "ours")
        seen = read_by(python, "read_datumaro.py", case.theirs, place / "ours", place / "1.npz")
        found["it reads ours"] = differences(seen, wanted if case.sees_objects else without_objects(pictures))
    export_by_datumaro(case, folder, python, pictures, place / "theirs")
    put_images(place / "theirs", pictures)
    its_view_of_its = read_by(python, "read_datumaro.py", case.theirs, place / "theirs", place / "2.npz")
    own = differences(its_view_of_its, wanted)
    found["we read its"] = differences(
        label_sets.read_planes(kind, place / "theirs"),
        named(its_view_of_its, wanted) if own["px"] else wanted,
    )
    return {
        "holds": all(result["px"] == 0 for result in found.values()),
        "found": found,
        "own": own if own["px"] else None,
    }


def export_by_datumaro(case, folder, python, pictures, target):
    """Datumaro's own export of the same pictures, by the script of `./x bench formats`."""
    write_label_maps(folder / "maps", pictures)
    asked = {
        "what": "export",
        "maps": str(folder / "maps"),
        "folder": str(target),
        "format": case.theirs,
        "has_void": case.has_void,
        "options": case.options,
        "stream": False,
    }
    script = ROOT / "bench" / "formats_datumaro.py"
    subprocess.run([python, script, json.dumps(asked)], check=True, stdout=subprocess.DEVNULL)


def put_images(root, pictures):
    """Images where CVAT's and CamVid's readers look for them; the labels are what is compared."""
    for picture in pictures:
        for folder in (root / "images" / picture.part, root / picture.part):
            if (root / "images").is_dir() or (root / f"{picture.part}annot").is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{picture.name}.png").write_bytes(picture.image())


def with_supervision(folder, python, pictures):
    place = fresh(folder / "supervision")
    kind = get_format("yolo")
    label_sets.write(kind, "polygon", pictures, place / "ours")
    seen = {}
    for part in sorted({p.part for p in pictures}):
        seen |= read_by(python, "read_supervision.py", place / "ours", part, place / f"{part}.npz")
    wanted = {p.name: truth(p) for p in pictures}
    save_planes(place / "planes.npz", wanted)
    script = [python, SCRIPTS / "write_supervision.py", place / "planes.npz", place / "ours" / "images"]
    subprocess.run([*script, place / "theirs"], check=True)
    its = read_by(python, "read_supervision.py", place / "theirs", "train", place / "its.npz")
    ours = label_sets.read_planes(kind, place / "theirs")
    return both_ways(differences(seen, wanted), differences(ours, its))


def with_label_studio(folder, python, pictures):
    place = fresh(folder / "label-studio")
    kind = get_format("label-studio")
    few = [*pictures[:N_BRUSHED], *pictures[-N_BRUSHED:]]
    label_sets.write(kind, "brush", few, place / "ours")
    (export,) = (place / "ours").rglob("*.json")
    wanted = {p.name: truth(p) for p in few}
    seen = read_by(python, "read_label_studio.py", export, place / "1.npz", *wanted)
    save_planes(place / "planes.npz", wanted)
    (place / "theirs").mkdir()
    script = [python, SCRIPTS / "write_label_studio.py", place / "planes.npz"]
    subprocess.run([*script, place / "theirs" / "export.json"], check=True)
    for picture in few:
        (place / "theirs" / f"{picture.name}.png").write_bytes(picture.image())
    ours = label_sets.read_planes(kind, place / "theirs")
    return both_ways(differences(seen, wanted), differences(ours, wanted))


def without_objects(pictures):
    """The truth, with void where there are objects."""
    return {p.name: np.where(p.labels.objects_hw > 0, np.uint16(VOID), truth(p)) for p in pictures}


def both_ways(of_ours, of_its):
    holds = of_ours["px"] == 0 and of_its["px"] == 0
    return {"holds": holds, "found": {"it reads ours": of_ours, "we read its": of_its}}


def read_by(python, script, *words):
    """Planes of class indices that a reader in the other venv finds, by name; none if it gives up."""
    target = next(Path(w) for w in words if str(w).endswith(".npz"))
    command = [python, SCRIPTS / script, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{script}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr, flush=True)
        return {}
    with np.load(target) as content:
        table = np.full(256, VOID, dtype=np.uint16)
        names = content[".names"]
        table[: len(names)] = [index_of(str(name)) for name in names]
        return {name: table[content[name]] for name in content.files if name != ".names"}


def save_planes(path, planes):
    """Planes as the scripts in the other venv take them: class numbers from 0, 255 nowhere."""
    names = np.array([c.name for c in CLASSES])
    plain = {name: np.where(p == VOID, 255, p - 1).astype(np.uint8) for name, p in planes.items()}
    np.savez(path, **plain, **{".names": names})


def differences(found, wanted):
    """Pixels that are of another class; all of them where a picture was not found."""
    by_name = named(found, wanted)
    px = sum(
        int(np.count_nonzero(by_name[name] != plane)) if name in by_name else plane.size
        for name, plane in wanted.items()
    )
    total = sum(plane.size for plane in wanted.values())
    return {"px": px, "of": total, "pictures": sum(name in by_name for name in wanted)}


def named(found, wanted):
    """By the names that we gave; formats add folders and zeros to them."""
    plain = {unquote(Path(name).name): plane for name, plane in found.items()}
    keys = {own: next((k for k in plain if k == own or k.startswith(f"{own}_")), None) for own in wanted}
    return {own: plain[key] for own, key in keys.items() if key is not None}


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
