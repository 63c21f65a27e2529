"""Files that browsers send, in pieces, resumable; decoded in a child process before they count.

A file is kept as `uploads/<id>.part` until it is whole. The name that the browser gives is only
ever shown: nothing on disk is called after it.
"""

import hashlib
import json
import re
import threading
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from townscape.core.errors import InputError, NotFound, UnreadableImage, UsageError
from townscape.core.ids import new_id
from townscape.core.spaces import Transform
from townscape.server.pixels.pool import PixelWorkers
from townscape.workspace import Workspace, photos, rasters
from townscape.workspace.folder import storage_errors, write_atomically
from townscape.workspace.records import Image

MAX_BYTES = 64 << 30
_SUFFIXES = tuple(dict.fromkeys((*photos.SUFFIXES, *rasters.SUFFIXES)))
_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way."""

    id: str
    name: str
    """Path within the folder that was dropped, for showing."""
    size: int
    offset: int
    """Bytes that are here."""
    key: str
    """The same for the same file sent again."""


class Uploads:
    """Files on their way into the workspace."""

    def __init__(self, workspace: Workspace, pixels: PixelWorkers) -> None:
        self._workspace, self._pixels = workspace, pixels
        self._folder = workspace.folder.uploads
        self._lock = threading.Lock()

    def begin(self, name: str, size: int, modified: float) -> Upload:
        """A new upload, or the one that was begun before of the same file.

        Raises `UsageError` for sizes and kinds of files that are not taken.
        """
        shown = clean_name(name)
        if PurePosixPath(shown).suffix.lower() not in _SUFFIXES:
            raise UnreadableImage(
                f"{shown} is not an image that Townscape reads.",
                hint=f"it reads {', '.join(s.lstrip('.').upper() for s in photos.SUFFIXES)}.",
            )
        if not 0 < size <= MAX_BYTES:
            raise UsageError(f"{shown} has {size:,} bytes, which cannot be taken.")
        key = hashlib.sha256(f"{shown}\0{size}\0{modified}".encode()).hexdigest()
        with self._lock:
            for known in self._all():
                if known.key == key:
                    return known
            upload = Upload(new_id(), shown, size, 0, key)
            self._folder.mkdir(exist_ok=True)
            self._part(upload.id).touch()
            about = {k: v for k, v in asdict(upload).items() if k != "offset"}
            write_atomically(self._about(upload.id), json.dumps(about).encode())
            return upload

    def get(self, upload_id: str) -> Upload:
        """An upload by id; raises `NotFound`."""
        if not _ID.fullmatch(upload_id) or not self._about(upload_id).is_file():
            raise NotFound("That upload is not known here.", hint="send the file again.")
        about = json.loads(self._about(upload_id).read_text("utf-8"))
        return Upload(**about, offset=self._part(upload_id).stat().st_size)

    def append(self, upload_id: str, offset: int, content: bytes) -> Upload:
        """Add a piece at `offset`, which must be where the last one ended. Raises `UsageError`."""
        with self._lock, storage_errors():
            upload = self.get(upload_id)
            if offset != upload.offset:
                raise UsageError(
                    f"{upload.name} goes on at byte {upload.offset:,}, not at {offset:,}.",
                    hint="ask where it stands and go on from there.",
                )
            if offset + len(content) > upload.size:
                raise UsageError(f"{upload.name} is longer than was said.")
            with self._part(upload_id).open("ab") as stream:
                stream.write(content)
        return self.get(upload_id)

    def finish(self, upload_id: str, *, place: str | None = None) -> tuple[Image, bool]:
        """Take a whole file in as an image; returns it, and whether it is new.

        Raises `InputError` if it is no picture, or too large; the upload is gone then.
        """
        upload = self.get(upload_id)
        if upload.offset != upload.size:
            raise UsageError(f"{upload.name} is not whole yet.")
        suffix = PurePosixPath(upload.name).suffix.lower()
        whole = self._part(upload_id).with_suffix(suffix)
        self._part(upload_id).rename(whole)
        try:
            image = self._take_in(whole, upload, place)
        except InputError as error:
            shown = error.message.replace(str(whole), upload.name)
            raise type(error)(shown, hint=error.hint) from error
        finally:
            whole.unlink(missing_ok=True)
            self._about(upload_id).unlink(missing_ok=True)
        return image

    def _take_in(self, whole: Path, upload: Upload, place: str | None) -> tuple[Image, bool]:
        limit = self._workspace.settings.photo_megapixels
        arguments = {"path": str(whole), "max_megapixels": limit}
        facts: dict[str, Any] = self._pixels.run("inspect", arguments, key=str(whole)).facts["facts"]
        facts["bands"] = tuple(facts["bands"])
        if facts.get("transform") is not None:
            facts["transform"] = Transform(*facts["transform"])
        parent = PurePosixPath(upload.name).parent.as_posix()
        return self._workspace.images.take_in_upload(
            whole,
            name=upload.name,
            key=upload.key,
            sequence=None if parent == "." else parent,
            place=place,
            facts=facts,
        )

    def _all(self) -> list[Upload]:
        if not self._folder.is_dir():
            return []
        return [self.get(path.stem) for path in self._folder.glob("*.json")]

    def _part(self, upload_id: str) -> Path:
        return self._folder / f"{upload_id}.part"

    def _about(self, upload_id: str) -> Path:
        return self._folder / f"{upload_id}.json"


def clean_name(name: str) -> str:
    """A name for showing: forward slashes, no way up, no control characters, not endless."""
    parts = [p for p in re.split(r"[\\/]+", name) if p not in ("", ".", "..")]
    shown = "/".join("".join(c for c in part if c.isprintable())[:120] for part in parts[-6:])
    if not shown:
        raise UsageError("The file has no name.")
    return shown
