"""Labelled windows in memory: read once, brought to training size, kept while there is room."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import NO_CHANNEL, Channels, channel_by_class_number
from townscape.core.taxonomy import Taxonomy
from townscape.models.card import Preprocessing
from townscape.models.inference import fill_invalid, photo_scale, resize_values, select_bands
from townscape.workspace import Workspace
from townscape.workspace.records import DatasetItem

CACHE_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class LabelledWindow:
    """Model bands (height × width × bands) and truth channels (height × width, 255 = left out)."""

    values: NDArray[Any]
    labels: Channels


class WindowReader:
    """Reads the windows of a dataset; the most recently used stay decoded, up to 2 GB."""

    def __init__(
        self,
        workspace: Workspace,
        taxonomy: Taxonomy,
        preprocessing: Preprocessing,
        items: Sequence[DatasetItem],
    ) -> None:
        self.items = tuple(items)
        self._workspace = workspace
        self._preprocessing = preprocessing
        self._taxonomy = taxonomy
        self._images = {i.id: i for i in workspace.images.get_many([item.image_id for item in items])}
        self._channel = channel_by_class_number(taxonomy)
        self._kept: OrderedDict[int, LabelledWindow] = OrderedDict()
        self._kept_bytes = 0
        self._lock = Lock()

    def read(self, index: int) -> LabelledWindow:
        """The window at a place in the dataset. May be called from several threads."""
        with self._lock:
            if index in self._kept:
                self._kept.move_to_end(index)
                return self._kept[index]
        window = self._decode(self.items[index])
        with self._lock:
            self._kept[index] = window
            self._kept_bytes += window.values.nbytes + window.labels.nbytes
            while self._kept_bytes > CACHE_BYTES and len(self._kept) > 1:
                _, old = self._kept.popitem(last=False)
                self._kept_bytes -= old.values.nbytes + old.labels.nbytes
        return window

    def _decode(self, item: DatasetItem) -> LabelledWindow:
        image = self._images[item.image_id]
        whole = image.kind == "photo" and item.window == image.whole
        pixels = self._workspace.images.read(
            image, None if whole else item.window, max_side=self._preprocessing.max_side if whole else None
        )
        label_map = self._workspace.labels.read(
            item.annotation_id, revision=item.revision, window=item.window
        )
        labels = self._channel[label_map.class_numbers(self._taxonomy)]
        values = select_bands(pixels.values, pixels.bands, self._preprocessing.bands)
        scale = photo_scale(image.width, image.height, self._preprocessing) if whole else 1.0
        width, height = round(item.window.width * scale), round(item.window.height * scale)
        valid = pixels.valid
        if valid.shape != (height, width):
            valid = cv2.resize(valid.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
        values = fill_invalid(resize_values(values, width, height), valid)
        if labels.shape != (height, width):
            labels = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        return LabelledWindow(values, np.where(valid, labels, NO_CHANNEL).astype(np.uint8))
