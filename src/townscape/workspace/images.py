"""The images of a workspace: which there are, where their bytes lie, and their pixels."""

import time
from collections.abc import Iterable, Sequence
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
from townscape.workspace.database import Database
from townscape.workspace.inspecting import inspect_image
from townscape.workspace.records import Image
from townscape.workspace.settings import Settings


@dataclass(frozen=True, slots=True)
class Pixels:
    """Values of a window (height × width × bands) and which pixels are valid (height × width)."""

    values: NDArray[Any]
    valid: NDArray[np.bool_]
    bands: tuple[str, ...]


class Images:
    """The catalogue of images."""

    def __init__(self, database: Database, blobs: Blobs, settings: Settings) -> None:
        self._database = database
        self._blobs = blobs
        self._settings = settings
        self._unchanged: dict[str, str] = {}
        """Versions of files that were found to have the content that their image was taken in with."""

    # Records

    def get(self, image_id: str) -> Image:
        """The image of that id; raises `NotFound`."""
        return self.get_many([image_id])[0]

    def get_many(self, image_ids: Sequence[str]) -> list[Image]:
        """Images in the order of their ids given; raises `NotFound` if one is missing."""
        found: dict[str, Image] = {}
        wanted = sorted(set(image_ids))
        with self._database.read() as connection:
            for start in range(0, len(wanted), 500):
                query = select(tables.images).where(tables.images.c.id.in_(wanted[start : start + 500]))
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

    def set_removed(self, image_ids: Sequence[str], *, is_removed: bool) -> int:
        """Take images out of the workspace's lists, or bring them back; returns how many changed.

        Records, labels and everything learned from them stay, so this can be undone.
        """
        c = tables.images.c
        at = time.time() if is_removed else None
        changed = 0
        for start in range(0, len(image_ids), 500):
            some = image_ids[start : start + 500]
            with self._database.write() as connection:
                done = connection.execute(update(tables.images).where(c.id.in_(some)).values(removed_at=at))
                changed += done.rowcount
        return changed

    # Taking in files

    def take_in(
        self,
        path: Path,
        *,
        name: str,
        copy: bool = False,
        sequence: str | None = None,
        sequence_s: float | None = None,
        place: str | None = None,
        run_id: str | None = None,
        facts: dict[str, Any] | None = None,
        source: str | None = None,
    ) -> tuple[Image, bool]:
        """The image of a file, and whether it is new.

        `source` says where the bytes come from, if the file itself is a temporary copy of them.

        The file is decoded once, so that damage is found now (unless that was done: `facts`). A
        file that is there already, unchanged, gives the record that it has; a changed one makes a
        new image that `replaces` the old. Raises `UnreadableImage`, `ImageTooLarge` or
        `MissingExtra`, naming the file.
        """
        path = path.resolve()
        version = source_version(path)
        origin = source or str(path)
        known = self.find(source=origin, current_only=False)
        for image in known:
            if image.source_version == version or self._is_still(image, path):
                return image, False
        found = facts or self.inspect(path)
        blob = self._blobs.put_file(path, media_type=_media_type(path)) if copy else None
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
            return self.take_in(path, name=name, source=source)
        return image, True

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
            **facts,
        )
        self.put([image])
        return image, True

    def inspect(self, path: Path) -> dict[str, Any]:
        """Facts about an image file (kind, width, height, bands …) after decoding it.

        Raises `UnreadableImage`, `ImageTooLarge` or `MissingExtra`, naming the file.
        """
        return inspect_image(path, max_megapixels=self._settings.photo_megapixels)

    # Pixels

    def path(self, image: Image) -> Path:
        """The file that holds the image's bytes.

        Raises `InputError` if a referenced file is gone or has changed since it was collected.
        """
        if image.blob:
            return self._blobs.path(image.blob)
        path = Path(image.source)
        if not path.is_file():
            raise InputError(
                f"Image {image.name} is gone from {path}.",
                hint="put the file back, or collect its new folder; `--copy` keeps images in the workspace.",
            )
        if source_version(path) != image.source_version and not self._is_still(image, path):
            raise InputError(
                f"{path} has changed since it was collected.",
                hint="run `townscape collect` on it again: the new version becomes an image of its own.",
            )
        return path

    def _is_still(self, image: Image, path: Path) -> bool:
        """Whether a file with another time has the same content: it was copied, restored or moved.

        Notes the new time then, so that the content is looked at only once.
        """
        version = source_version(path)
        if self._unchanged.get(image.id) == version:
            return True
        size = image.source_version.partition(":")[0]
        if version.partition(":")[0] != size or sha256_of_file(path) != image.content_sha256:
            return False
        c = tables.images.c
        with self._database.write() as connection:
            connection.execute(update(tables.images).where(c.id == image.id).values(source_version=version))
        self._unchanged[image.id] = version
        return True

    def read(self, image: Image, window: Window | None = None, *, max_side: int | None = None) -> Pixels:
        """Pixels of an image, whole or a window.

        Photos are always decoded whole; `max_side` lets a large JPEG come back smaller (then
        without a window). An alpha band becomes `valid`.
        """
        path = self.path(image)
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
