"""CamVid: street sequences, as the SegNet tutorial lays them out or as the University of Cambridge does.

`segnet`: `train`, `trainannot` and so on, with one byte a pixel: 0…10 the eleven classes, 11 void, and
lists of names. `original`: `701_StillsRaw_full` and `LabeledApproved_full` with `_L.png` colour masks and
`label_colors.txt`. Names tell sequence and frame (`0016E5_07959.png`); the sequences run at 30 frames a
second. Other classes than CamVid's are named by `label_colors.txt`: line k for value k.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.core.runs import Stretches, look_up
from townscape.core.splits import Part
from townscape.formats import label_colors
from townscape.formats.codecs import png
from townscape.formats.codecs.grey_masks import read_colors, read_numbers
from townscape.formats.files import Files, Out, part_of
from townscape.formats.format import (
    Encoded,
    ExportClass,
    Item,
    Loss,
    Meaning,
    Picture,
    Plan,
    Scheme,
    SimpleSource,
    Source,
    SourceClass,
    Writer,
)
from townscape.formats.image_folders import ImageFolders, images_without_labels
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.parts.camvid_classes import COLOR_OF, NAMES, ORIGINAL, VOID
from townscape.formats.reading import labels_of_values

TITLE = "CamVid"
SPEC = "http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/"
RULE = "one index or colour per pixel"
VARIANTS = ("segnet", "original")
IMAGE_SUFFIXES = (".png",)
_NO_OBJECTS = Loss(
    "objects",
    "A pixel has a class and no object.",
    "The database provides ground truth labels that associate each pixel with one of 32 semantic classes.",
    SPEC,
)
LOSSES: Mapping[str, Sequence[Loss]] = dict.fromkeys(VARIANTS, (_NO_OBJECTS,))

FRAMES_PER_SECOND = 30.0
_FRAME = re.compile(r"(?P<sequence>\w+)_f?(?P<frame>\d+)")
_STILLS, _LABELLED = "701_StillsRaw_full", "LabeledApproved_full"
_ANNOT = "annot"
_MAX_CLASSES = 254
_MEANS: Mapping[str, Meaning] = {"void": "ignore", "unlabelled": "unlabelled", "unlabeled": "unlabelled"}


def detect(files: Files) -> str | None:
    """By a folder `<part>annot` beside `<part>`, or by masks that end in `_L.png`."""
    annotated = _annotated(files)
    if annotated:
        return f"it has the folders {annotated[0][: -len(_ANNOT)]} and {annotated[0]}"
    masks = _masks(files)
    is_camvid = files.find(f"*{label_colors.NAME}") or any(_LABELLED.lower() in m.lower() for m in masks)
    return f"it has masks such as {masks[0]}" if masks and (is_camvid or _has_frames(files, masks)) else None


def _annotations(files: Files) -> list[str]:
    """Folders of index masks, whose images lie in the folder of the same name without `annot`."""
    return [f for part in ("train", "val", "test", "default") for f in files.folders(part + _ANNOT)]


def _annotated(files: Files) -> list[str]:
    folders = {name.rpartition("/")[0].lower() for name in files.names}
    return [f for f in _annotations(files) if f[: -len(_ANNOT)].lower() in folders]


def _masks(files: Files) -> list[str]:
    return [name for name in files.names if name.lower().endswith("_l.png")]


def _has_frames(files: Files, masks: Sequence[str]) -> bool:
    """Whether masks are called after frames: left images of stereo cameras end in `_L.png` as well."""
    stems = [_stem(mask) for mask in masks]
    return all(_FRAME.fullmatch(stem) and files.find_image(f"{stem}.png") for stem in stems)


def _stem(mask: str) -> str:
    return PurePosixPath(mask).stem[: -len("_L")]


def read(files: Files) -> Source:
    """Open either layout."""
    annotated = _annotated(files) or _annotations(files)
    if annotated:
        return _read_segnet(files, annotated)
    masks = _masks(files)
    if not masks:
        raise NothingToRead("There is neither a folder such as trainannot nor a mask that ends in _L.png.")
    return _read_original(files, masks)


def _read_segnet(files: Files, annotated: Sequence[str]) -> Source:
    in_folder = [(f, n) for n in files.names for f in annotated if n.startswith(f"{f}/")]
    masks = [(folder, name) for folder, name in in_folder if name.lower().endswith(".png")]
    images = ImageFolders(files, (name for _, name in masks))
    pictures: list[Picture] = []
    for folder, name in masks:
        stem, beside = name[len(folder) + 1 : -len(".png")], folder[: -len(_ANNOT)]
        short = beside.rpartition("/")[2]
        picture = _picture(f"{short}/{stem}.png", images.find(beside, stem), files.path(name), part_of(short))
        pictures.append(picture)
    pictures += images_without_labels(files, pictures, lambda _: True)
    base = annotated[0].rpartition("/")[0]
    here = f"{base}/" if base else ""
    if not files.has(here + label_colors.NAME):
        return SimpleSource(pictures, _classes_by_name(files, here), _read_index)
    listed = label_colors.parse(files.read_text(here + label_colors.NAME))
    if _hold_colors(pictures):
        return SimpleSource(pictures, _classes_by_color(listed), _read_color)
    classes = [SourceClass(str(k), n, c, means=_MEANS.get(n.lower())) for k, (c, n) in enumerate(listed)]
    return SimpleSource(pictures, classes, _read_index)


def _hold_colors(pictures: Sequence[Picture]) -> bool:
    """Whether the masks hold colours, as Datumaro writes them: the first one that can be read says it."""
    for picture in pictures:
        try:
            if picture.labels is not None:
                return png.decode(picture.labels).values.ndim == 3
        except InputError:
            continue
    return False


def _classes_by_name(files: Files, here: str) -> list[SourceClass]:
    if files.has(f"{here}classes.txt"):
        names = [name.strip() for name in files.read_text(f"{here}classes.txt").splitlines()]
        return [SourceClass(str(k), name, means=_MEANS.get(name.lower())) for k, name in enumerate(names)]
    found = [SourceClass(str(k), name) for k, name in enumerate(NAMES)]
    return [*found, SourceClass(str(VOID), "void", means="ignore")]


def _classes_by_color(listed: Sequence[tuple[str, str]]) -> list[SourceClass]:
    return [SourceClass(color, name, color, means=_MEANS.get(name.lower())) for color, name in listed]


def _read_original(files: Files, masks: Sequence[str]) -> Source:
    part_of_stem = _listed_parts(files)
    pictures: dict[str, Picture] = {}
    problems: list[tuple[str, str]] = []
    for mask in masks:
        stem = _stem(mask)
        if stem in pictures:
            problems.append((mask, f"there is another mask of {stem}"))
            continue
        image = files.find_image(f"{_STILLS}/{stem}") or files.find_image(stem)
        part = part_of_stem.get(stem) or part_of(mask.rpartition("/")[0])
        pictures[stem] = _picture(f"{stem}.png", image, files.path(mask), part)
    found = list(pictures.values())
    found += images_without_labels(files, found, lambda name: not name.endswith("_l.png"))
    lists = files.find(f"*{label_colors.NAME}")
    listed = label_colors.parse(files.read_text(lists[0])) if lists else ORIGINAL
    return SimpleSource(found, _classes_by_color(listed), _read_color, problems=problems)


def _listed_parts(files: Files) -> dict[str, Part]:
    """Stem → part, of lists such as `train.txt`: a name a line, or image and mask."""
    found: dict[str, Part] = {}
    for name in files.find("*.txt"):
        part = part_of(PurePosixPath(name).stem)
        for line in files.read_text(name).splitlines() if part else ():
            plain = line.strip().replace("\\", "/")
            for entry in (plain, plain.split(" ")[0]):
                found[PurePosixPath(entry).stem] = part  # pyright: ignore[reportArgumentType]
    return found


def _picture(name: str, image: Path | None, mask: Path, part: Part | None) -> Picture:
    found = _FRAME.fullmatch(PurePosixPath(name).stem)
    return Picture(
        name,
        image,
        mask,
        part,
        sequence=found["sequence"] if found else None,
        sequence_s=int(found["frame"]) / FRAMES_PER_SECOND if found else None,
    )


def _read_index(picture: Picture) -> SourceLabels:
    return labels_of_values(read_numbers(picture.labels), lambda value: Slot(str(value)))


def _read_color(picture: Picture) -> SourceLabels:
    return labels_of_values(read_colors(picture.labels), lambda code: Slot(f"#{code:06x}"))


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """CamVid's own values for its own classes, with none for unlabelled; otherwise a value for each class."""
    if variant == "original":
        *colors, void, unlabelled = _colors(classes)
        return Scheme(colors, unlabelled=unlabelled, ignore=void)
    own = _own_values(classes)
    if own is not None:
        return Scheme([str(v) for v in own], unlabelled=None, ignore=str(VOID))
    n = len(classes)
    if n > _MAX_CLASSES:
        raise UsageError(f"CamVid has values for {_MAX_CLASSES} classes; these are {n}.")
    return Scheme([str(k) for k in range(n)], unlabelled=str(n + 1), ignore=str(n))


def _own_values(classes: Sequence[ExportClass]) -> list[int] | None:
    """The values of CamVid's own classes, if all are, but for the one that stands in for unlabelled."""
    names = ["" if c.means == "unlabelled" else c.name.strip().casefold() for c in classes]
    value_of = {name: k for k, name in enumerate(NAMES)} | {"": VOID + 1}
    is_own = len(set(names)) == len(names) and set(names) <= value_of.keys()
    return [value_of[name] for name in names] if is_own else None


def _colors(classes: Sequence[ExportClass]) -> list[str]:
    """A colour for each class, for void and for unlabelled.

    CamVid's for its 32 classes, otherwise the class's own, where they can be told apart.
    """
    void, unlabelled = "#000000", "#ffffff"
    found = [COLOR_OF.get(c.name.strip().casefold(), c.color) for c in classes]
    if len({*found, void, unlabelled}) < len(found) + 2:
        found = [f"#{(40_503 * k + 4_096) & 0xFFFFFF:06x}" for k in range(len(found))]
    return [*found, void, unlabelled]


def write(out: Out, plan: Plan) -> Writer:
    """A writer; the list of names is written first, where they are not CamVid's eleven."""
    colors = _colors(plan.classes)
    listed = [*zip(colors, [c.name for c in plan.classes], strict=False), (colors[-2], "Void")]
    own = None if plan.variant == "original" else _own_values(plan.classes)
    if own is None:
        out.put(label_colors.NAME, label_colors.text_of([*listed, (colors[-1], "Unlabelled")]))
    elif VOID + 1 in own:
        by_value = dict(zip(own, listed, strict=False))
        rest = [by_value.get(k, ("#808080", name)) for k, name in enumerate(NAMES)]
        out.put(label_colors.NAME, label_colors.text_of([*rest, listed[-1], (colors[-1], "Unlabelled")]))
    return _CamvidWriter(plan)


@dataclass
class _CamvidWriter:
    plan: Plan

    def image_path(self, item: Item) -> str:
        folder = _STILLS if self.plan.variant == "original" else item.part
        return f"{folder}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        planned = scheme(self.plan.classes, self.plan.variant)
        nothing = planned.ignore if planned.unlabelled is None else planned.unlabelled
        values = [nothing, *planned.values, planned.ignore]
        places = [*range(len(values) - 1), IGNORE]
        if self.plan.variant == "original":
            colors = np.zeros((IGNORE + 1, 3), dtype=np.uint8)
            colors[places] = [list(bytes.fromhex(str(value)[1:])) for value in values]
            plane = labels.classes_hw
            content = png.encode_painted(Stretches.of(plane.reshape(-1)), colors, plane.shape)
            return Encoded({f"{_LABELLED}/{item.name}_L.png": content})
        table = np.zeros(IGNORE + 1, dtype=np.uint8)
        table[places] = [int(str(value)) for value in values]
        content = png.encode_index(look_up(table, labels.classes_hw))
        return Encoded({f"{item.part}{_ANNOT}/{item.name}.png": content})

    def add(self, out: Out, item: Item, entry: object) -> None:
        line = f"{item.name}.png"
        if self.plan.variant == "segnet":
            line = f"{item.part}/{item.name}{item.suffix} {item.part}{_ANNOT}/{item.name}.png"
        out.append(f"{item.part}.txt", f"{line}\n")

    def close(self, out: Out) -> None:
        """Nothing is left to write."""
