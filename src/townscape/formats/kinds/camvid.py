"""CamVid: street sequences, as the SegNet tutorial lays them out or as the University of Cambridge does.

`segnet`: `train`, `trainannot` and so on, with one byte a pixel: 0…10 the eleven classes, 11 void, and
lists of names. `original`: `701_StillsRaw_full` and `LabeledApproved_full` with `_L.png` colour masks and
`label_colors.txt`. Names tell sequence and frame (`0016E5_07959.png`); the sequences run at 30 frames a
second. Other classes than CamVid's are named by `label_colors.txt`: line k for value k.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from townscape.core.errors import NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.core.splits import Part
from townscape.formats import png
from townscape.formats.files import Files, Out, part_of
from townscape.formats.format import (
    Encoded,
    ExportClass,
    ExportLabels,
    Item,
    Loss,
    Picture,
    Plan,
    Scheme,
    SimpleSource,
    Slot,
    Source,
    SourceClass,
    SourceLabels,
    Writer,
    labels_of_values,
)

TITLE = "CamVid"
SPEC = "http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/"
RULE = "one index or colour per pixel"
VARIANTS = ("segnet", "original")
IMAGE_SUFFIXES = (".png",)
_NO_OBJECTS = Loss(
    "objects",
    "A pixel has a class and no object.",
    "ground truth labels that associate each pixel with one of 32 semantic classes",
    SPEC,
)
LOSSES: Mapping[str, Sequence[Loss]] = dict.fromkeys(VARIANTS, (_NO_OBJECTS,))

NAMES = (
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist",
)  # fmt: skip
VOID = len(NAMES)
FRAMES_PER_SECOND = 30.0
_PARTS: tuple[Part, ...] = ("train", "val", "test")
_FRAME = re.compile(r"(?P<sequence>\w+)_f?(?P<frame>\d+)")
_COLORS = "label_colors.txt"
_STILLS, _LABELLED = "701_StillsRaw_full", "LabeledApproved_full"


def detect(files: Files) -> str | None:
    """By a folder `<part>annot` beside `<part>`, or by masks that end in `_L.png`."""
    annotated = _annotated(files)
    if annotated:
        return f"it has the folders {annotated[0].removesuffix('annot')} and {annotated[0]}"
    original = files.find("*_L.png")
    return f"it has masks such as {original[0]}" if original else None


def _annotated(files: Files) -> list[str]:
    found = [f for part in (*_PARTS, "default") for f in files.folders(f"{part}annot")]
    return [f for f in found if files.find(f"{f.removesuffix('annot')}/*.png")]


def read(files: Files) -> Source:
    """Open either layout."""
    annotated = _annotated(files)
    if annotated:
        return _read_segnet(files, annotated)
    masks = files.find("*_L.png")
    if not masks:
        raise NothingToRead("There is neither a folder such as trainannot nor a mask that ends in _L.png.")
    return _read_original(files, masks)


def _read_segnet(files: Files, annotated: Sequence[str]) -> Source:
    pictures: list[Picture] = []
    for folder in annotated:
        part_folder = folder.removesuffix("annot")
        for name in files.find(f"{folder}/*.png"):
            stem = name[len(folder) + 1 : -len(".png")]
            shown = f"{part_folder.rpartition('/')[2]}/{stem}.png"
            image = files.find_image(f"{part_folder}/{stem}")
            pictures.append(_picture(shown, image, files.path(name), part_of(part_folder)))
    root = annotated[0].rpartition("/")[0]
    names = files.find(f"{root}/{_COLORS}".lstrip("/"))
    if names:
        listed = _read_colors(files.read_text(names[0]))
        classes = [SourceClass(str(k), n, c, means=_means(n)) for k, (c, n) in enumerate(listed)]
    else:
        classes = [SourceClass(str(k), name) for k, name in enumerate(NAMES)]
        classes.append(SourceClass(str(VOID), "void", means="ignore"))
    return SimpleSource(pictures, classes, _read_index)


def _read_original(files: Files, masks: Sequence[str]) -> Source:
    part_of_stem: dict[str, Part] = {}
    for part in _PARTS:
        for name in files.find(f"*{part}.txt"):
            for line in files.read_text(name).splitlines():
                part_of_stem[PurePosixPath(line.split(" ")[0]).stem] = part
    pictures: list[Picture] = []
    for name in masks:
        stem = PurePosixPath(name).stem.removesuffix("_L").removesuffix("_l")
        image = files.find_image(f"{_STILLS}/{stem}") or files.find_image(stem)
        pictures.append(_picture(f"{stem}.png", image, files.path(name), part_of_stem.get(stem)))
    names = files.find(f"*{_COLORS}")
    classes = [
        SourceClass(color, name, color, means=_means(name))
        for color, name in (_read_colors(files.read_text(names[0])) if names else [])
    ]
    return SimpleSource(pictures, classes, _read_color)


def _picture(name: str, image: Any, mask: Any, part: Part | None) -> Picture:
    found = _FRAME.fullmatch(PurePosixPath(name).stem)
    return Picture(
        name,
        image,
        mask,
        part,
        sequence=found["sequence"] if found else None,
        sequence_s=int(found["frame"]) / FRAMES_PER_SECOND if found else None,
    )


def _means(name: str) -> Any:
    return {"void": "ignore", "unlabelled": "unlabelled"}.get(name.lower())


def _read_colors(text: str) -> list[tuple[str, str]]:
    """Colour and name of every line `r g b name`."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        parts = line.split(maxsplit=3)
        if len(parts) == 4 and all(p.isdigit() for p in parts[:3]):
            found.append(("#{:02x}{:02x}{:02x}".format(*(int(p) & 255 for p in parts[:3])), parts[3].strip()))
    return found


def _read_index(picture: Picture) -> SourceLabels:
    return labels_of_values(png.decode(picture.labels).values, lambda value: Slot(str(value)))


def _read_color(picture: Picture) -> SourceLabels:
    mask = png.decode(picture.labels)
    values = mask.values if mask.palette is None else mask.palette[mask.values]
    codes = values[..., :3].astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    return labels_of_values(codes, lambda code: Slot(f"#{code:06x}"))


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """CamVid's own values for its own classes; otherwise one value for each class, void and unlabelled."""
    if variant == "original":
        colors = _colors(classes)
        return Scheme([_hex(c) for c in colors[:-2]], unlabelled=_hex(colors[-1]), ignore=_hex(colors[-2]))
    values = _values(classes)
    if values is not None:
        return Scheme([str(v) for v in values], unlabelled=None, ignore=str(VOID), can_add=False)
    n = len(classes)
    if n > 254:
        raise UsageError(f"CamVid has values for 254 classes; these are {n}.")
    return Scheme([str(k) for k in range(n)], unlabelled=str(n + 1), ignore=str(n))


def _values(classes: Sequence[ExportClass]) -> list[int] | None:
    """The values of CamVid's own classes, if all of these are."""
    names = [c.name.strip().casefold() for c in classes]
    is_own = len(set(names)) == len(names) and set(names) <= set(NAMES)
    return [NAMES.index(name) for name in names] if is_own else None


def _colors(classes: Sequence[ExportClass]) -> list[tuple[int, int, int]]:
    """A colour for each class, void and unlabelled: the classes' own, where they can be told apart."""
    void, unlabelled = (0, 0, 0), (255, 255, 255)
    own = [c.rgb for c in classes]
    if len(set(own)) < len(own) or {void, unlabelled} & set(own):
        own = [(k >> 16 & 255, k >> 8 & 255, k & 255) for k in (40_503 * n + 4_096 for n in range(len(own)))]
    return [*own, void, unlabelled]


def write(out: Out, plan: Plan) -> Writer:
    """A writer; the list of names is written first."""
    if plan.variant == "original" or _values(plan.classes) is None:
        names = [*(c.name for c in plan.classes), "Void", "Unlabelled"]
        colors = _colors(plan.classes)
        lines = [f"{r} {g} {b}\t{name}" for (r, g, b), name in zip(colors, names, strict=True)]
        out.put(_COLORS, "\n".join(lines) + "\n")
    return _CamvidWriter(plan)


@dataclass
class _CamvidWriter:
    plan: Plan

    def image_path(self, item: Item) -> str:
        folder = _STILLS if self.plan.variant == "original" else item.part
        return f"{folder}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        n = len(self.plan.classes)
        if self.plan.variant == "original":
            colors = np.array(_colors(self.plan.classes), dtype=np.uint8)
            place = np.where(labels.classes_hw == IGNORE, n, labels.classes_hw.astype(np.int64) - 1)
            return Encoded({f"{_LABELLED}/{item.name}_L.png": png.encode_rgb(colors[place])})
        planned = scheme(self.plan.classes, self.plan.variant)
        table = np.zeros(IGNORE + 1, dtype=np.uint8)
        table[0] = int(planned.unlabelled or planned.ignore or 0)
        table[1 : n + 1] = [int(v) for v in planned.values]
        table[IGNORE] = int(planned.ignore or 0)
        return Encoded({f"{item.part}annot/{item.name}.png": png.encode_index(table[labels.classes_hw])})

    def add(self, out: Out, item: Item, entry: Any) -> None:
        if self.plan.variant == "original":
            out.append(f"{item.part}.txt", f"{item.name}.png\n")
        else:
            line = f"{item.part}/{item.name}{item.suffix} {item.part}annot/{item.name}.png\n"
            out.append(f"{item.part}.txt", line)

    def close(self, out: Out) -> None:
        """Nothing is left to write."""


def _hex(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
