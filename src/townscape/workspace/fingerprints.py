"""Fingerprints: the hashes by which copies of a picture are found, kept so that each is made once."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, and_, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from townscape.core.image_hash import ALGORITHM, HASH_BYTES, PictureHash, n_crops
from townscape.workspace import tables
from townscape.workspace.database import Database, in_pieces
from townscape.workspace.images import is_current
from townscape.workspace.records import Image

_f, _i = tables.fingerprints.c, tables.images.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The hashes of one image as it was in one version."""

    image_id: str
    version: str
    """`Image.version` of the pixels that were hashed."""
    hashes: PictureHash
    pixels_sha256: str | None = None
    """SHA-256 of the decoded pixels, where somebody had a reason to decode all of them."""


@dataclass(frozen=True, slots=True)
class HashTable:
    """The hashes of many images, one a row, in the order of their ids (the oldest first)."""

    ids: list[str]
    whole: NDArray[np.uint8]
    """n × 32."""
    flipped: NDArray[np.uint8]
    """n × 32."""
    crops: NDArray[np.uint8]
    """n × crops × 32; with 0 crops where they were not asked for."""
    is_flat: NDArray[np.bool_]
    compared: list[str | None]
    """What `mark_compared` noted."""

    def __len__(self) -> int:
        return len(self.ids)

    def with_one(self, made: Fingerprint) -> "HashTable":
        """The table with one more row at its end."""

        def added(rows: NDArray[np.uint8], one: bytes) -> NDArray[np.uint8]:
            return np.concatenate([rows, np.frombuffer(one, np.uint8).reshape(1, *rows.shape[1:])])

        return HashTable(
            ids=[*self.ids, made.image_id],
            whole=added(self.whole, made.hashes.whole),
            flipped=added(self.flipped, made.hashes.flipped),
            crops=added(self.crops, made.hashes.crops),
            is_flat=np.append(self.is_flat, made.hashes.is_flat),
            compared=[*self.compared, None],
        )


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The fingerprints of a workspace. Those of another algorithm or of other pixels do not count."""

    database: Database

    def missing(self, images: Sequence[Image]) -> list[Image]:
        """Those without a fingerprint of this algorithm and of the pixels that they have now."""
        known: dict[str, str | None] = {}
        with self.database.read() as connection:
            for some in in_pieces([image.id for image in images]):
                query = select(_f.image_id, _f.content_sha256).where(
                    _f.image_id.in_(some), _f.algorithm == ALGORITHM
                )
                known |= {row.image_id: row.content_sha256 for row in connection.execute(query)}
        return [image for image in images if known.get(image.id) != image.version]

    def put(self, fingerprints: Iterable[Fingerprint]) -> int:
        """Store fingerprints, in short transactions, in the place of older ones; returns how many."""

        def put_one(connection: Connection, made: Fingerprint) -> None:
            values = {
                "algorithm": ALGORITHM,
                "content_sha256": made.version,
                "pixels_sha256": made.pixels_sha256,
                "hash": made.hashes.whole,
                "flipped": made.hashes.flipped,
                "crops": made.hashes.crops,
                "is_flat": made.hashes.is_flat,
                "compared": None,
                "created_at": time.time(),
            }
            statement = insert(tables.fingerprints).values(image_id=made.image_id, **values)
            known = statement.on_conflict_do_update(index_elements=[_f.image_id], set_=values)
            connection.execute(known)

        return self.database.write_in_batches(fingerprints, put_one)

    def get(self, image_id: str) -> Fingerprint | None:
        """The fingerprint of an image, if there is one of this algorithm."""
        query = select(tables.fingerprints).where(_f.image_id == image_id, _f.algorithm == ALGORITHM)
        with self.database.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        hashes = PictureHash(row["hash"], row["flipped"], row["crops"], row["is_flat"])
        return Fingerprint(
            image_id=image_id,
            version=row["content_sha256"],
            hashes=hashes,
            pixels_sha256=row["pixels_sha256"],
        )

    def table(self, image_ids: Sequence[str] | None = None, *, crops: bool = True) -> HashTable:
        """The hashes of images in the lists (of these only, if given), in the order of their ids."""
        wanted = None if image_ids is None else sorted(set(image_ids))
        columns = [_f.image_id, _f.hash, _f.flipped, _f.is_flat, _f.compared]
        base = select(*columns, *([_f.crops] if crops else [])).join(tables.images, _i.id == _f.image_id)
        base = base.where(_f.algorithm == ALGORITHM, is_current()).order_by(_f.image_id)
        ids: list[str] = []
        parts: dict[str, list[Any]] = {
            name: [] for name in ("hash", "flipped", "is_flat", "compared", "crops")
        }
        with self.database.read() as connection:
            for some in [None] if wanted is None else in_pieces(wanted):
                query = base if some is None else base.where(_f.image_id.in_(some))
                for row in connection.execute(query):
                    ids.append(row.image_id)
                    for name, values in parts.items():
                        if name != "crops" or crops:
                            values.append(getattr(row, name))
        return HashTable(
            ids=ids,
            whole=_rows(parts["hash"], 1)[:, 0],
            flipped=_rows(parts["flipped"], 1)[:, 0],
            crops=_rows(parts["crops"], n_crops())
            if crops
            else np.empty((len(ids), 0, HASH_BYTES), np.uint8),
            is_flat=np.array(parts["is_flat"], bool),
            compared=parts["compared"],
        )

    def mark_compared(self, image_ids: Sequence[str], how: str) -> None:
        """Note that images were compared with all others; `how` names the way, in a word."""
        for some in in_pieces(image_ids):
            with self.database.write() as connection:
                connection.execute(
                    update(tables.fingerprints).where(_f.image_id.in_(some)).values(compared=how)
                )

    def forget(self, image_ids: Sequence[str]) -> None:
        """Drop the fingerprints of images, as when their pixels must leave no trace."""
        for some in in_pieces(image_ids):
            with self.database.write() as connection:
                connection.execute(delete(tables.fingerprints).where(_f.image_id.in_(some)))

    def flat_ids(self) -> set[str]:
        """Images whose pictures have no structure."""
        query = select(_f.image_id).where(_f.is_flat, _f.algorithm == ALGORITHM)
        with self.database.read() as connection:
            return set(connection.execute(query).scalars())

    def equal_bytes(self) -> list[list[str]]:
        """Ids of images in the lists whose files are equal byte by byte, group by group."""
        return self._equal(tables.images, _i.content_sha256, _i.id)

    def equal_pixels(self) -> list[list[str]]:
        """Ids of images in the lists whose decoded pixels are known to be equal, group by group."""
        return self._equal(tables.fingerprints, _f.pixels_sha256, _f.image_id)

    def _equal(self, table: Any, value: Any, image_id: Any) -> list[list[str]]:
        in_lists = select(_i.id).where(is_current())
        wanted = and_(value.is_not(None), image_id.in_(in_lists))
        if table is tables.fingerprints:
            wanted = and_(wanted, _f.algorithm == ALGORITHM)
        repeated = select(value).where(wanted).group_by(value).having(func.count() > 1)
        query = select(value, image_id).where(wanted, value.in_(repeated)).order_by(value, image_id)
        groups: dict[str, list[str]] = {}
        with self.database.read() as connection:
            for key, found in connection.execute(query):
                groups.setdefault(key, []).append(found)
        return sorted(groups.values())


def _rows(blobs: Sequence[bytes], per_image: int) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(blobs), np.uint8).reshape(len(blobs), per_image, HASH_BYTES)
