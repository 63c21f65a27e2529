"""The images of a workspace: which there are, where their bytes lie, and their pixels."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from townscape.core.errors import InputError, NotFound
from townscape.core.ids import new_id
from townscape.core.spaces import Window
from townscape.workspace import photos, rasters, tables
from townscape.workspace.blobs import Blobs, sha256_of_file
from townscape.workspace.database import Database, in_pieces
from townscape.workspace.inspecting import inspect_image
from townscape.workspace.records import Image
from townscape.workspace.remote import RemoteFiles, is_remote
from townscape.workspace.settings import Settings


@dataclass(frozen=True, slots=True)
class Pixels:
    """Values of a window (height × width × bands) and which pixels are valid (height × width)."""

    values: NDArray[Any]
    valid: NDArray[np.bool_]
    bands: tuple[str, ...]


class Images:
    """The catalogue of images."""

    def __init__(self, database: Database, blobs: Blobs, settings: Settings, remote: RemoteFiles) -> None:
        self._database = database
        self._blobs = blobs
        self._settings = settings
        self._remote = remote
        self._unchanged: dict[str, str] = {}
        """Versions of files that were found to have the content that their image was taken in with."""
        self._doubts: Counter[str] = Counter()

    # Records

    def get(self, image_id: str) -> Image:
        """The image of that id; raises `NotFound`."""
        return self.get_many([image_id])[0]

    def get_many(self, image_ids: Sequence[str]) -> list[Image]:
        """Images in the order of their ids given; raises `NotFound` if one is missing."""
        found: dict[str, Image] = {}
        wanted = sorted(set(image_ids))
        with self._database.read() as connection:
            for some in in_pieces(wanted):
                query = select(tables.images).where(tables.images.c.id.in_(some))
                for row in connection.execute(query).mappings():
                    found[row["id"]] = Image.of_row(row)
        for image_id in image_ids:
            if image_id not in found:
                raise NotFound(f"There is no image {image_id} in this workspace.")
        return [found[image_id] for image_id in image_ids]

    def find(
        self,
        *,
        kind: Literal["photo", "raster"] | None = None,
        sequence: str | None = None,
        source: str | None = None,
        current_only: bool = True,
    ) -> list[Image]:
        """Images that match, by name; removed ones, and those replaced by a newer version of their
        file, are left out.
        """
        c = tables.images.c
        query = select(tables.images).order_by(c.name, c.added_at)
        for column, value in ((c.kind, kind), (c.sequence, sequence), (c.source, source)):
            if value is not None:
                query = query.where(column == value)
        if current_only:
            query = query.where(is_current())
        with self._database.read() as connection:
            return [Image.of_row(row) for row in connection.execute(query).mappings()]

    def put(self, images: Iterable[Image]) -> int:
        """Add records, in short transactions; returns how many."""

        def put_one(connection: Any, image: Image) -> None:
            connection.execute(insert(tables.images).values(image.to_row()))

        return self._database.write_in_batches(images, put_one)

    def assign(self, image_id: str, *, sequence: str | None = None, place: str | None = None) -> None:
        """Say which sequence and place an image belongs to."""
        values = {k: v for k, v in (("sequence", sequence), ("place", place)) if v is not None}
        if values:
            with self._database.write() as connection:
                c = tables.images.c
                connection.execute(update(tables.images).where(c.id == image_id).values(values))

    def locate(self, places: Iterable[tuple[str, dict[str, float]]]) -> int:
        """Give images (by id) a longitude, latitude and perhaps heading_deg; returns how many."""

        def put_one(connection: Any, place: tuple[str, dict[str, float]]) -> None:
            image_id, values = place
            c = tables.images.c
            connection.execute(update(tables.images).where(c.id == image_id).values(values))

        return self._database.write_in_batches(places, put_one)

    def relink(self, image_id: str, path: Path) -> bool:
        """Refer to an image's bytes at another path; the caller has proven that they are the same.

        False if another image refers to that file already.
        """
        c = tables.images.c
        values = {"source": str(path), "source_version": source_version(path)}
        try:
            with self._database.write() as connection:
                connection.execute(update(tables.images).where(c.id == image_id).values(values))
        except IntegrityError:
            return False
        return True

    def set_removed(self, image_ids: Sequence[str], *, is_removed: bool) -> int:
        """Take images out of the workspace's lists, or bring them back; returns how many changed.

        Records, labels and everything learned from them stay, so this can be undone.
        """
        c = tables.images.c
        at = time.time() if is_removed else None
        changed = 0
        for some in in_pieces(image_ids):
            with self._database.write() as connection:
                done = connection.execute(update(tables.images).where(c.id.in_(some)).values(removed_at=at))
                changed += done.rowcount
                if not is_removed:  # what came in meanwhile was not compared with them
                    f = tables.fingerprints.c
                    again = update(tables.fingerprints).where(f.image_id.in_(some)).values(compared=None)
                    connection.execute(again)
        return changed

    # Taking in files

    def take_in(
        self,
        path: Path,
        *,
        name: str,
        copy: bool = False,
        move: bool = False,
        sequence: str | None = None,
        sequence_s: float | None = None,
        place: str | None = None,
        camera: str | None = None,
        run_id: str | None = None,
        facts: dict[str, Any] | None = None,
        source: str | None = None,
        version: str | None = None,
    ) -> tuple[Image, bool]:
        """The image of a file, and whether it is new.

        `copy` keeps its bytes in the workspace, `move` does too and takes the file away. If the file
        is only a temporary copy, `source` says where the bytes come from and `version` which they are
        there. `camera` goes before what the file says.

        The file is decoded once, so that damage is found now (unless that was done: `facts`). A
        file that is there already, unchanged, gives the record that it has; a changed one makes a
        new image that `replaces` the old. Raises `UnreadableImage`, `ImageTooLarge` or
        `MissingExtra`, naming the file.
        """
        path = path.resolve()
        version = version or source_version(path)
        origin = source or str(path)
        known = self.find(source=origin, current_only=False)
        for image in known:
            if image.source_version == version or self._is_still(image, path, version):
                return image, False
        found = self._believed(facts or self.inspect(path))
        found["camera"] = camera or found.get("camera")
        kept = copy or move
        blob = self._blobs.put_file(path, media_type=_media_type(path), move=move) if kept else None
        image = Image(
            id=new_id(),
            name=name,
            source=origin,
            source_version=version,
            blob=blob,
            content_sha256=blob or sha256_of_file(path),
            replaces=known[-1].id if known else None,
            sequence=sequence,
            sequence_s=sequence_s,
            place=place,
            run_id=run_id,
            added_at=time.time(),
            **found,
        )
        try:
            self.put([image])
        except IntegrityError:  # another process took it in meanwhile
            return self.take_in(path, name=name, source=source, version=version)
        return image, True

    def find_version(self, source: str, version: str) -> Image | None:
        """The image of a source in that version, if it was taken in."""
        c = tables.images.c
        query = select(tables.images).where(c.source == source, c.source_version == version)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else Image.of_row(row)

    def take_in_upload(
        self,
        path: Path,
        *,
        name: str,
        key: str,
        sequence: str | None,
        place: str | None,
        facts: dict[str, Any],
    ) -> tuple[Image, bool]:
        """The image of a file that somebody sent; the file is moved into the workspace.

        `key` names the sent file, whatever it is called here: sent again, it is the same image.
        `facts` are those of `inspect`.
        """
        source = f"upload:{key}"
        known = self.find(source=source, current_only=False)
        if known:
            self.set_removed([known[0].id], is_removed=False)
            return self.get(known[0].id), False
        blob = self._blobs.put_file(path, media_type=_media_type(path), move=True)
        image = Image(
            id=new_id(),
            name=name,
            source=source,
            source_version=blob,
            blob=blob,
            content_sha256=blob,
            sequence=sequence,
            place=place,
            added_at=time.time(),
            **self._believed(facts),
        )
        self.put([image])
        return image, True

    def take_doubts(self) -> Counter[str]:
        """What the images taken in since the last call said of themselves and cannot be true."""
        found, self._doubts = self._doubts, Counter()
        return found

    def _believed(self, facts: dict[str, Any]) -> dict[str, Any]:
        """The facts that become fields of an image; doubts about the others are counted."""
        self._doubts.update(facts.get("doubts", ()))
        return {name: value for name, value in facts.items() if name != "doubts"}

    def inspect(self, path: Path) -> dict[str, Any]:
        """Facts about an image file (kind, width, height, bands …) after decoding it.

        Raises `UnreadableImage`, `ImageTooLarge` or `MissingExtra`, naming the file.
        """
        return inspect_image(path, max_megapixels=self._settings.photo_megapixels)

    # Pixels

    def path(self, image: Image) -> Path:
        """The file that holds the image's bytes; of an image that lies elsewhere, a copy in the cache.

        Raises `InputError` if a referenced file is gone or has changed since it was collected, and
        `SourceGone` if it lies elsewhere and cannot be reached.
        """
        if image.blob:
            return self._blobs.path(image.blob)
        if is_remote(image.source):
            return self._remote.path(image.source, image.source_version)
        path = Path(image.source)
        if not path.is_file():
            raise InputError(
                f"Image {image.name} is gone from {path}.",
                hint="put the file back, or say where its folder is now: `townscape collect NEW-FOLDER "
                f"--relink {path.parent}`; `--copy` keeps images in the workspace.",
            )
        if source_version(path) != image.source_version and not self._is_still(image, path):
            raise InputError(
                f"{path} has changed since it was collected.",
                hint="run `townscape collect` on it again: the new version becomes an image of its own.",
            )
        return path

    def _is_still(self, image: Image, path: Path, version: str | None = None) -> bool:
        """Whether a file with another time has the same content: it was copied, restored or moved.

        Notes the new time (or the new version) then, so that the content is looked at only once.
        """
        is_file = version is None or version == source_version(path)
        version = version or source_version(path)
        if self._unchanged.get(image.id) == version:
            return True
        size = image.source_version.partition(":")[0]
        if is_file and version.partition(":")[0] != size:
            return False
        if sha256_of_file(path) not in (image.content_sha256, self._original_of(image.id)):
            return False
        c = tables.images.c
        with self._database.write() as connection:
            connection.execute(update(tables.images).where(c.id == image.id).values(source_version=version))
        self._unchanged[image.id] = version
        return True

    def _original_of(self, image_id: str) -> str | None:
        """SHA-256 of the file as it was before it was redacted; None if the image was not."""
        c = tables.redactions.c
        query = select(c.original_sha256).where(c.image_id == image_id, c.redacted_sha256.is_not(None))
        with self._database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def read(self, image: Image, window: Window | None = None, *, max_side: int | None = None) -> Pixels:
        """Pixels of an image, whole or a window.

        Photos are always decoded whole; `max_side` lets a large JPEG come back smaller (then
        without a window). An alpha band becomes `valid`.
        """
        with self._reading(image) as path:
            if image.kind == "raster":
                values, valid = rasters.read_raster(path, window or image.whole)
            else:
                limit = self._settings.photo_megapixels
                values = photos.read_photo(path, max_megapixels=limit, max_side=max_side)
                if window is not None:
                    values = values[window.slices]
                valid = np.ones(values.shape[:2], dtype=bool)
        bands = image.bands
        if bands[-1] == "alpha" and len(bands) > 1:
            if image.kind == "photo":
                valid = values[..., -1] > 0
            values, bands = values[..., :-1], bands[:-1]
        return Pixels(values, valid, bands)

    def _reading(self, image: Image) -> AbstractContextManager[Path]:
        """The image's file for the length of a block; a copy in the cache may be cleared after it."""
        if image.blob is None and is_remote(image.source):
            return self._remote.reading(image.source, image.source_version)
        return nullcontext(self.path(image))


def is_current() -> ColumnElement[bool]:
    """Whether a row of `images` is in the lists: neither removed nor replaced by a newer file."""
    newer = tables.images.alias("newer")
    replaced = exists().where(newer.c.replaces == tables.images.c.id)
    return and_(tables.images.c.removed_at.is_(None), ~replaced)


def source_version(path: Path) -> str:
    """Size and time of a file, which change when its content does."""
    status = path.stat()
    return f"{status.st_size}:{status.st_mtime_ns}"


def _media_type(path: Path) -> str:
    endings = {".jpg": "jpeg", ".tif": "tiff", ".vrt": "x-gdal-vrt"}
    suffix = path.suffix.lower()
    return f"image/{endings.get(suffix, suffix.lstrip('.') or 'octet-stream')}"
