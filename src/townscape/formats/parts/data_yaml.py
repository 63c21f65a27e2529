"""`data.yaml`, which says of an Ultralytics dataset where its images lie and what its classes are called.

Paths in it come from the machine that wrote it, so only their ends are looked for among the files.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from townscape.core.errors import InputError
from townscape.core.splits import Part
from townscape.formats.files import Files, part_of

IMAGE_SUFFIXES = (".avif", ".bmp", ".dng", ".jpeg", ".jpg", ".mpo", ".png", ".tif", ".tiff", ".webp")
_MAX_BYTES = 4 << 20
_MAX_FILES = 20
_ESCAPED = {c: f"\\u{c:04x}" for c in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)}
"""What JSON leaves as it is, but YAML takes for the end of a line or refuses."""
_PART_BY_KEY: dict[str, Part] = {"train": "train", "val": "val", "validation": "val", "test": "test"}


@dataclass(frozen=True, slots=True)
class DataYaml:
    """What a `data.yaml` says."""

    name: str
    """Its path among the files."""
    name_by_id: Mapping[int, str]
    places: Mapping[Part, Sequence[str]] = field(default_factory=dict[Part, Sequence[str]])
    """Part → folders of images, or lists of them, as they are written."""
    has_keypoints: bool = False
    masks_dir: str | None = None
    id_by_mask_value: Mapping[int, int | None] = field(default_factory=dict[int, int | None])
    """`label_mapping`: value in a mask → class id; None is to be ignored."""


def whole_folder(files: Files) -> Files:
    """The folder of a `data.yaml` that was given by itself."""
    is_yaml = files.only is not None and files.only.lower().endswith((".yaml", ".yml"))
    return Files(files.root, None, files.images, files.masks) if is_yaml else files


def find_data_yaml(files: Files) -> DataYaml | None:
    """The topmost YAML file that names classes and parts, or classes and their number."""
    names = sorted(files.find("*.yaml", "*.yml"), key=lambda n: (n.count("/"), n))
    for name in names[:_MAX_FILES]:
        found = _read(files, name)
        if found is not None:
            return found
    return None


def _read(files: Files, name: str) -> DataYaml | None:
    import yaml

    if files.path(name).stat().st_size > _MAX_BYTES:
        return None
    try:
        content = yaml.safe_load(files.read_text(name))
    except (yaml.YAMLError, InputError, RecursionError, ValueError):
        return None
    if not isinstance(content, dict) or not ("names" in content or "nc" in content):
        return None
    places: dict[Part, Sequence[str]] = {}
    root = content.get("path")
    for key, part in _PART_BY_KEY.items():
        value = content.get(key)
        listed = value if isinstance(value, list) else [value]
        texts = [v for v in listed if isinstance(v, str) and v]
        if texts:
            places[part] = [f"{root}/{v}" if isinstance(root, str) else v for v in texts]
    if not places and not ("names" in content and "nc" in content):  # supervision names no parts
        return None
    masks_dir = content.get("masks_dir")
    return DataYaml(
        name,
        _names(content.get("names"), content.get("nc")),
        places,
        "kpt_shape" in content,
        masks_dir if isinstance(masks_dir, str) else None,
        _mapping(content.get("label_mapping")),
    )


def _names(names: Any, n_classes: Any) -> dict[int, str]:
    """Class id → name; numbered where there are no names."""
    if isinstance(names, list):
        return {k: str(name) for k, name in enumerate(names)}
    if isinstance(names, dict):
        return {found: str(name) for key, name in names.items() if (found := _whole(key)) is not None}
    return {k: f"class {k}" for k in range(min(_whole(n_classes) or 0, 65_534))}


def _mapping(mapping: Any) -> dict[int, int | None]:
    if not isinstance(mapping, dict):
        return {}
    pairs = ((_whole(value), _whole(target)) for value, target in mapping.items())
    return {value: None if target == 255 else target for value, target in pairs if value is not None}


def _whole(value: Any) -> int | None:
    try:
        return None if value is None or isinstance(value, bool) else int(str(value))
    except ValueError:
        return None


def parts_of_images(files: Files, data: DataYaml | None) -> dict[str, Part | None]:
    """Every image's part: as `data.yaml` has it if it names one, else as its folders are called."""
    claimed: dict[str, set[Part]] = {}
    for part, places in (data.places if data else {}).items():
        for place in places:
            for name in _images_at(files, data.name if data else "", place):
                claimed.setdefault(name, set()).add(part)
    found: dict[str, Part | None] = {}
    for name in files.image_files:
        parts = claimed.get(name, set())
        found[name] = next(iter(parts)) if len(parts) == 1 else part_of(name.rpartition("/")[0])
    return found


def _images_at(files: Files, yaml_name: str, place: str) -> Iterable[str]:
    """The images of a folder or of a list, found by the longest end of its path that exists."""
    parts = [p for p in place.replace("\\", "/").split("/") if p not in ("", ".", "..")]
    base = yaml_name.rpartition("/")[0]
    for start in range(len(parts)):
        for folder in dict.fromkeys((base, "")):
            end = "/".join([folder, *parts[start:]] if folder else parts[start:])
            if end.lower().endswith(".txt"):
                if files.has(end):
                    return _listed(files, end)
                continue
            inside = [name for name in files.image_files if name.lower().startswith(end.lower() + "/")]
            if inside:
                return inside
    return ()


def _listed(files: Files, name: str) -> list[str]:
    name_of = {path: image for image, path in files.image_files.items()}
    lines = files.read_text(name).splitlines()
    found = (files.find_image(line.strip()) for line in lines if line.strip())
    return [name_of[path] for path in found if path is not None and path in name_of]


@dataclass(frozen=True, slots=True)
class Paired:
    """Images and label files that belong together."""

    label_of: Mapping[str, str]
    """Image → label file."""
    without_image: Sequence[str]


def pair_labels(files: Files, labels: Sequence[str], folder: str, suffixes: Sequence[str]) -> Paired:
    """Pair images and label files by the rule of Ultralytics (`beside`); by name where it finds nothing
    or the images lie elsewhere.
    """
    by_lower = {name.lower(): name for name in labels}
    name_of = {path: name for name, path in files.image_files.items() if name.lower() not in by_lower}
    found: dict[str, str] = {}
    for name in name_of.values():
        ends = (beside(name, folder, suffix).lower() for suffix in suffixes)
        label = next((by_lower[end] for end in ends if end in by_lower), None)
        if label is not None:
            found[name] = label
    rest = sorted(set(labels).difference(found.values()))
    if found and files.images is None:
        return Paired(found, rest)
    left: list[str] = []
    for label in rest:
        path = files.find_image(str(PurePosixPath(label).with_suffix("")))
        name = name_of.get(path) if path is not None else None
        if name is None or name in found:
            left.append(label)
        else:
            found[name] = label
    return Paired(found, left)


def beside(image_name: str, folder: str, suffix: str) -> str:
    """Where the labels of an image lie: its last folder `images` is called `folder`, its ending `suffix`."""
    parts = image_name.split("/")
    places = [k for k, part in enumerate(parts[:-1]) if part.lower() == "images"]
    if places:
        parts[places[-1]] = folder
    parts[-1] = PurePosixPath(parts[-1]).stem + suffix
    return "/".join(parts)


def data_yaml_text(
    name: str, class_names: Sequence[str], parts: Sequence[str], *, masks_dir: str = ""
) -> str:
    """A `data.yaml` beside `images/<part>`. Ultralytics wants `train` and `val`: a part that is missing is
    written as another one, and read back as neither.
    """
    lines = [f"# {_quoted(name)[1:-1]}"]
    lines += [f"{key}: images/{key if key in parts else parts[0]}" for key in ("train", "val")]
    if "test" in parts:
        lines.append("test: images/test")
    if masks_dir:
        lines.append(f"masks_dir: {masks_dir}")
    lines.append("names:")
    lines += [f"  {k}: {_quoted(text)}" for k, text in enumerate(class_names)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_ESCAPED)
