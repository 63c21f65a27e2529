"""Datasets: frozen lists of labelled windows, split without leaks.

A dataset's hash covers only content: taxonomy, and of every window its pixels' hash, rectangle,
labels' hash and part. Freezing the same content twice gives the same dataset.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import RowMapping, insert, select

from townscape.core.errors import NotFound
from townscape.core.ids import new_id
from townscape.core.spaces import Window
from townscape.workspace import tables
from townscape.workspace.database import Database
from townscape.workspace.images import Images
from townscape.workspace.labels import Labels
from townscape.workspace.records import Dataset, DatasetItem


@dataclass(frozen=True, slots=True)
class Datasets:
    """The datasets of a workspace."""

    database: Database
    images: Images
    labels: Labels

    def freeze(
        self,
        items: Sequence[DatasetItem],
        *,
        taxonomy: str,
        taxonomy_version: int,
        options: dict[str, object],
        warnings: Iterable[str],
        run_id: str | None = None,
    ) -> Dataset:
        """Store a dataset; if the same content is frozen already, that dataset is returned."""
        content_hash = self._content_hash(items, taxonomy, taxonomy_version)
        for existing in self.find():
            if existing.content_hash == content_hash:
                return self.get(existing.id)
        dataset = Dataset(
            id=new_id(),
            content_hash=content_hash,
            taxonomy=taxonomy,
            taxonomy_version=taxonomy_version,
            options=dict(options),
            warnings=tuple(warnings),
            run_id=run_id,
            created_at=time.time(),
            items=tuple(items),
        )
        values = {name: getattr(dataset, name) for name in Dataset.__dataclass_fields__ if name != "items"}
        values["warnings"] = list(dataset.warnings)
        with self.database.write() as connection:
            connection.execute(insert(tables.datasets).values(values))
            if items:
                rows = [_row(dataset.id, position, item) for position, item in enumerate(items)]
                connection.execute(insert(tables.dataset_items), rows)
        return dataset

    def find(self) -> list[Dataset]:
        """Every dataset, oldest first, without items."""
        query = select(tables.datasets).order_by(tables.datasets.c.id)
        with self.database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [_dataset(row, ()) for row in rows]

    def get(self, dataset_id: str | None = None) -> Dataset:
        """A dataset by id (or the beginning of one), the newest by default; raises `NotFound`."""
        found = [d for d in self.find() if d.id.startswith(dataset_id or "")]
        if not found:
            raise NotFound(
                f"There is no dataset {dataset_id or ''}".rstrip() + ".",
                hint="import labelled images, then train: that freezes one.",
            )
        dataset = found[-1]
        c = tables.dataset_items.c
        query = select(tables.dataset_items).where(c.dataset_id == dataset.id).order_by(c.position)
        with self.database.read() as connection:
            rows = connection.execute(query).mappings().all()
        items = tuple(
            DatasetItem(
                image_id=row["image_id"],
                window=Window(row["x"], row["y"], row["width"], row["height"]),
                annotation_id=row["annotation_id"],
                revision=row["revision"],
                part=row["part"],
                is_official=row["is_official"],
                group=row["group_name"],
            )
            for row in rows
        )
        return replace(dataset, items=items)

    def _content_hash(self, items: Sequence[DatasetItem], taxonomy: str, version: int) -> str:
        images = {i.id: i for i in self.images.get_many(sorted({item.image_id for item in items}))}
        labels: dict[tuple[str, int], str] = {}
        for item in items:
            key = (item.annotation_id, item.revision)
            if key not in labels:
                labels[key] = self._labels_hash(*key)
        lines = sorted(
            json.dumps(
                [
                    images[item.image_id].content_sha256,
                    [item.window.x, item.window.y, item.window.width, item.window.height],
                    labels[item.annotation_id, item.revision],
                    item.part,
                ]
            )
            for item in items
        )
        text = "\n".join([f"{taxonomy}:{version}", *lines])
        return hashlib.sha256(text.encode()).hexdigest()

    def _labels_hash(self, annotation_id: str, revision: int) -> str:
        tiles = self.labels.tile_hashes(annotation_id, revision)
        objects = self.labels.objects(annotation_id, revision)
        content = [[*key, sha256.hex()] for key, sha256 in sorted(tiles.items())]
        rows = [[i, row.class_number, dict(row.attributes)] for i, row in sorted(objects.items())]
        return hashlib.sha256(json.dumps([content, rows], sort_keys=True).encode()).hexdigest()


def _dataset(row: RowMapping, items: tuple[DatasetItem, ...]) -> Dataset:
    values: dict[str, Any] = dict(row)
    values["warnings"] = tuple(values["warnings"])
    return Dataset(**values, items=items)


def _row(dataset_id: str, position: int, item: DatasetItem) -> dict[str, object]:
    return {
        "dataset_id": dataset_id,
        "position": position,
        "image_id": item.image_id,
        "x": item.window.x,
        "y": item.window.y,
        "width": item.window.width,
        "height": item.window.height,
        "annotation_id": item.annotation_id,
        "revision": item.revision,
        "part": item.part,
        "is_official": item.is_official,
        "group_name": item.group,
    }
