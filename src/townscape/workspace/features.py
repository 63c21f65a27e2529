"""Features of images: what their scenes look like, as numbers, kept so that each is computed once."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from townscape.workspace import tables
from townscape.workspace.database import Database, in_pieces
from townscape.workspace.records import Image

ENCODER = "tf_efficientnet_lite0 imagenet pooled 1"
"""The way features are made at present (`models.features`); raised whenever they come out differently."""

_f = tables.features.c


@dataclass(frozen=True, slots=True)
class Feature:
    """What one image looks like: a vector of length 1, float16."""

    image_id: str
    version: str
    """`Image.version` of the pixels that were looked at."""
    vector: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a workspace, by the encoder that made them."""

    database: Database

    def missing(self, images: Sequence[Image], encoder: str) -> list[Image]:
        """Those without features of this encoder and of the pixels that they have now."""
        known: dict[str, str | None] = {}
        with self.database.read() as connection:
            for ids in in_pieces([image.id for image in images]):
                query = select(_f.image_id, _f.content_sha256)
                for row in connection.execute(query.where(_f.encoder == encoder, _f.image_id.in_(ids))):
                    known[row.image_id] = row.content_sha256
        return [image for image in images if known.get(image.id) != image.version]

    def put(self, features: Iterable[Feature], encoder: str) -> int:
        """Store features in the place of older ones, in short transactions; returns how many."""

        def put_one(connection: Connection, feature: Feature) -> None:
            values = {
                "content_sha256": feature.version,
                "vector": feature.vector.astype("<f2").tobytes(),
                "created_at": time.time(),
            }
            statement = insert(tables.features).values(image_id=feature.image_id, encoder=encoder, **values)
            known = statement.on_conflict_do_update(index_elements=[_f.image_id, _f.encoder], set_=values)
            connection.execute(known)

        return self.database.write_in_batches(features, put_one)

    def table(self, images: Sequence[Image], encoder: str) -> tuple[list[Image], NDArray[np.float16]]:
        """The images that have features of their present pixels, in the order given, and n × d values."""
        found: dict[str, bytes] = {}
        versions = {image.id: image.version for image in images}
        with self.database.read() as connection:
            for ids in in_pieces([image.id for image in images]):
                query = select(_f.image_id, _f.content_sha256, _f.vector)
                for row in connection.execute(query.where(_f.encoder == encoder, _f.image_id.in_(ids))):
                    if row.content_sha256 == versions[row.image_id]:
                        found[row.image_id] = row.vector
        kept = [image for image in images if image.id in found]
        rows = [np.frombuffer(found[image.id], "<f2") for image in kept]
        return kept, np.stack(rows).astype(np.float16) if rows else np.empty((0, 0), np.float16)

    def forget(self, image_ids: Sequence[str]) -> None:
        """Drop the features of images, as when their pixels must leave no trace."""
        for some in in_pieces(image_ids):
            with self.database.write() as connection:
                connection.execute(delete(tables.features).where(_f.image_id.in_(some)))
