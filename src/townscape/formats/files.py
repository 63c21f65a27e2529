"""The files of a dataset to be read (`Files`) and of one being written (`Out`).

Names found inside datasets are never trusted as paths: every file is one that was listed.
"""

import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from townscape.core.errors import InputError, NothingToRead
from townscape.core.splits import Part
from townscape.workspace import photos, rasters

IMAGE_SUFFIXES = tuple(dict.fromkeys((*photos.SUFFIXES, *rasters.SUFFIXES)))
_PARTS: dict[str, Part] = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test", "tune": "tune",
}  # fmt: skip


@dataclass(frozen=True)
class Files:
    """A folder (or one file of it), listed once; links that lead outside are left out."""

    root: Path
    only: str | None = None
    """The one file that was given, relative to `root`."""
    images: Path | None = None
    """Where the images lie, if not among the files."""
    masks: Path | None = None
    """Where the masks lie, for formats that are two folders."""

    @classmethod
    def of(cls, path: Path, *, images: Path | None = None, masks: Path | None = None) -> "Files":
        """The files at a path. Raises `NothingToRead` if there is none."""
        if not path.exists():
            raise NothingToRead(f"{path} does not exist.", hint="check the path; put quotes around spaces.")
        if path.is_file():
            return cls(path.parent, path.name, images, masks)
        return cls(path, None, images, masks)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Relative paths with `/`, sorted; hidden files and `__MACOSX` left out."""
        return (self.only,) if self.only is not None else tuple(sorted(_walk(self.root)))

    def path(self, name: str) -> Path:
        """The file of a listed name; if none is written quite so, of one that differs only in its case."""
        listed = self._by_lower.named(name.lower())
        return self.root / (name if name in listed or not listed else listed[-1])

    def has(self, name: str) -> bool:
        """Whether a file of that name (upper and lower case alike) is listed."""
        return bool(self._by_lower.named(name.lower()))

    def find(self, *patterns: str) -> list[str]:
        """Listed names that match one of the patterns, whatever their case: `*/labels/*.txt`, `*.json`.

        `*` also crosses folders.
        """
        wanted = [p.lower() for p in patterns]
        return [name for name in self.names if any(fnmatch(name.lower(), p) for p in wanted)]

    def folders(self, name: str) -> list[str]:
        """Folders called `name` (whatever their case), as relative paths, shortest first."""
        found: set[str] = set()
        for entry in self.names:
            parts = entry.split("/")[:-1]
            for k, part in enumerate(parts):
                if part.lower() == name.lower():
                    found.add("/".join(parts[: k + 1]))
        return sorted(found, key=lambda f: (f.count("/"), f))

    def read_text(self, name: str) -> str:
        """A text file (UTF-8, with or without a mark). Raises `InputError` naming it."""
        try:
            return self.path(name).read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{name} cannot be read: {error}.") from error

    def read_json(self, name: str) -> Any:
        """A JSON file. Raises `InputError` naming the file and the place of the damage."""
        try:
            return json.loads(self.read_text(name))
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(
                f"{name} is no whole JSON file: {error}.", hint="it may be cut off; export it again."
            ) from error

    def find_image(self, name: str) -> Path | None:
        """The image file that a dataset calls `name`: by path, by its end, then by name without ending.

        Windows paths are understood; two files that fit equally well are no answer.
        """
        if not self.image_names:
            return None
        wanted = name.replace("\\", "/").lower().lstrip("./")
        parts = [p for p in wanted.split("/") if p and not p.endswith(":")]
        found = self._only_image(parts)
        if found is None and parts:
            parts[-1] = parts[-1].removesuffix(_suffix(parts[-1]))
            found = self._only_image(parts)
        return found

    def _only_image(self, parts: Sequence[str]) -> Path | None:
        """The only image whose path, with or without its ending, ends in all of the parts, or in the last
        few of them.
        """
        last = parts[-1] if parts else ""
        stems = dict.fromkeys((last, last.removesuffix(_suffix(last)))) if last else ()
        candidates = [name for stem in stems for name in self._by_stem.named(stem)]
        for start in range(len(parts) if candidates else 0):
            end = "/" + "/".join(parts[start:])
            found = [n for n in candidates if any(f"/{form}".endswith(end) for form in _forms(n))]
            if len(found) == 1:
                return self.image_path(found[0])
        return None

    @property
    def _image_root(self) -> Path:
        return self.root if self.images is None else self.images

    @cached_property
    def image_files(self) -> dict[str, Path]:
        """Relative path → file of every image, in `images` if that was given."""
        return {name: self.image_path(name) for name in self.image_names}

    def image_path(self, name: str) -> Path:
        """The file of an image that is listed."""
        return self._image_root / name

    @cached_property
    def image_names(self) -> tuple[str, ...]:
        """Relative paths of all images, in `images` if that was given."""
        is_whole = self.images is None and self.only is None
        names = self.names if is_whole else sorted(_walk(self._image_root))
        return tuple(name for name in names if _is_image(name))

    @cached_property
    def _by_lower(self) -> "_Index":
        return _Index(self.names, str.lower)

    @cached_property
    def _by_stem(self) -> "_Index":
        return _Index(self.image_names, _stem)


class _Index:
    """Names by a key that is made of each. Holds checksums of the keys: a dictionary would take more
    memory than the names.
    """

    def __init__(self, names: Sequence[str], key: Callable[[str], str]) -> None:
        self._names, self._key = names, key
        codes = np.fromiter((_checksum(key(name)) for name in names), dtype=np.int64, count=len(names))
        self._places = np.argsort(codes, kind="stable")
        self._codes = codes[self._places]

    def named(self, wanted: str) -> list[str]:
        """The names with that key, in their order."""
        code = _checksum(wanted)
        first, last = np.searchsorted(self._codes, [code, code + 1])
        places: list[int] = self._places[first:last].tolist()
        return [name for k in places if self._key(name := self._names[k]) == wanted]


def _checksum(key: str) -> int:
    return zlib.crc32(key.encode("utf-8", "surrogatepass"))


def _forms(name: str) -> tuple[str, str]:
    """A path in lower case, with and without its ending."""
    lower = name.lower()
    return lower, lower.removesuffix(_suffix(lower))


def _suffix(name: str) -> str:
    """The ending of a path's last part with its dot, as `PurePath.suffix` has it.

    Without making a path, of which Python keeps the parts: there may be a million names.
    """
    last = name.rpartition("/")[2]
    dot = last.rfind(".")
    return last[dot:] if 0 < dot < len(last) - 1 else ""


def _stem(name: str) -> str:
    """The last part of a path, in lower case and without its ending."""
    return _forms(name)[1].rpartition("/")[2]


def part_of(name: str) -> Part | None:
    """The part that a folder or list is named after: `train`, `validation`, `instances_val2017`."""
    for word in name.lower().replace("-", "_").replace("/", "_").replace(".", "_").split("_"):
        found = _PARTS.get(word.rstrip("0123456789"))
        if found is not None:
            return found
    return None


@dataclass
class Out:
    """A folder that an export is written into."""

    root: Path
    _streams: dict[str, Any] = field(default_factory=dict[str, Any])
    _folders: set[str] = field(default_factory=set[str])
    """Those that were made."""

    def put(self, name: str, content: bytes | str) -> None:
        """Write a whole file; `name` is relative, with `/`."""
        # Of every `Path` that is made Python keeps the parts in a table that grows: a string does as well.
        with open(self._path(name), "wb") as stream:  # noqa: PTH123
            stream.write(content.encode() if isinstance(content, str) else content)

    def append(self, name: str, content: str) -> None:
        """Add to a text file that grows during the export (UTF-8, lines end with a line feed)."""
        stream = self._streams.get(name)
        if stream is None:
            path = Path(self._path(name))
            stream = self._streams[name] = path.open("w", encoding="utf-8", newline="\n")
        stream.write(content)

    def is_begun(self, name: str) -> bool:
        """Whether something was appended to that file."""
        return name in self._streams

    def take(self, name: str, source: str) -> None:
        """Move what was appended to the file `source` to the end of the file `name`."""
        if source not in self._streams:
            return
        self._streams.pop(source).close()
        path = Path(self._path(source))
        with path.open(encoding="utf-8", newline="") as lines:
            while piece := lines.read(1 << 20):
                self.append(name, piece)
        path.unlink()

    def close(self) -> None:
        """Close the growing files."""
        for stream in self._streams.values():
            stream.close()
        self._streams.clear()

    def _path(self, name: str) -> str:
        if ".." in name.split("/") or name.startswith("/"):
            raise InputError(f"{name!r} would lie outside the export.")
        folder = name.rpartition("/")[0]
        if folder not in self._folders:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)
        return f"{self.root}/{name}"


def json_text(values: Mapping[str, Any] | list[Any], *, indent: int | None = 2) -> str:
    """JSON as we write it: UTF-8 as it is, keys in the order given, one newline at the end."""
    return json.dumps(values, ensure_ascii=False, indent=indent, allow_nan=False) + "\n"


def _is_image(name: str) -> bool:
    return _suffix(name).lower() in IMAGE_SUFFIXES


def _walk(root: Path) -> Iterator[str]:
    """Files below `root` as relative names; links are followed only where they stay below it."""
    inside = root.resolve()
    stack = [""]
    while stack:
        folder = stack.pop()
        with os.scandir(root / folder) as entries:
            for entry in entries:
                name = f"{folder}{entry.name}"
                if entry.name.startswith(".") or entry.name == "__MACOSX":
                    continue
                if entry.is_symlink():
                    target = Path(entry.path).resolve()
                    if target.is_relative_to(inside) and target.is_file():
                        yield name
                elif entry.is_dir():
                    stack.append(f"{name}/")
                elif entry.is_file():
                    yield name
