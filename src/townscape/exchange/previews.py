"""Pictures drawn with their labels, to be looked at before an import."""

import io
import zlib
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from pydantic import BaseModel, ConfigDict

from townscape.core.errors import TownscapeError
from townscape.core.events import Report
from townscape.core.labelmap import rgb_by_class_number
from townscape.core.spaces import Window
from townscape.core.taxonomy import Taxonomy
from townscape.core.tiles import TILE_PX
from townscape.exchange.opening import Opened
from townscape.exchange.surveying import Survey, Usable
from townscape.exchange.translating import Translator, tiles_of
from townscape.formats.matching import Match
from townscape.formats.reading import image_at_hand
from townscape.workspace import Workspace
from townscape.workspace.photos import read_photo
from townscape.workspace.rasters import read_raster

N_PREVIEWS = 10
SIDE_PX = 640
GAP_PX = 4
MAX_ROW = 255
_UNKNOWN_RGB = (255, 0, 255)
_MAX_PX = 64 << 20


class Preview(BaseModel):
    """A picture as it was drawn: two files in the run's folder `previews`."""

    model_config = ConfigDict(frozen=True)

    name: str
    """The picture's name in the dataset."""
    file: str
    """JPEG of the image beside its labels, `GAP_PX` apart; values without a class are magenta."""
    plane: str
    """The labels themselves, so that a page can draw them by another mapping: height × width bytes behind
    zlib; k for the k-th row of the table of values (255 for all from there on), 0 for unlabelled."""
    width: int
    height: int


def write_previews(
    workspace: Workspace, opened: Opened, survey: Survey, match: Match, taxonomy: Taxonomy, report: Report
) -> list[Preview]:
    """Ten pictures, in the run's folder: those that show values without a class best, then any."""
    if report.run_id is None:
        return []
    folder = workspace.folder.run(report.run_id) / "previews"
    folder.mkdir(parents=True, exist_ok=True)
    row_by_value = {value: min(row, MAX_ROW) for row, value in enumerate(match.values, start=1)}
    table = _rgb_by_row(match, taxonomy)
    written: list[Preview] = []
    for usable in report.track(_chosen(survey, match), "drawing"):
        if usable.size[0] * usable.size[1] > _MAX_PX:
            continue
        scale = min(1.0, SIDE_PX / max(usable.size))
        width, height = (max(1, round(side * scale)) for side in usable.size)
        try:
            rows_hw = _rows(opened, usable, row_by_value, (width, height), scale)
            with image_at_hand(opened.source, usable.picture) as path:
                image = _small(workspace, path, usable, (width, height))
        except TownscapeError:
            continue
        pair = np.concatenate([image, np.full((height, GAP_PX, 3), 255, np.uint8), table[rows_hw]], axis=1)
        buffer = io.BytesIO()
        Pillow.fromarray(pair).save(buffer, format="JPEG", quality=88)
        stem = f"{len(written):02d}"
        (folder / f"{stem}.jpg").write_bytes(buffer.getvalue())
        (folder / f"{stem}.bin").write_bytes(zlib.compress(rows_hw.tobytes()))
        name = usable.picture.name
        written.append(
            Preview(name=name, file=f"{stem}.jpg", plane=f"{stem}.bin", width=width, height=height)
        )
    return written


def _chosen(survey: Survey, match: Match) -> list[Usable]:
    """The pictures that show each value without a class best, filled up with some from all over the set."""
    n = len(survey.usable)
    asked = list(dict.fromkeys(survey.example[v][1] for v in match.unmatched if v in survey.example))
    spread = np.linspace(0, n - 1, min(N_PREVIEWS, n)).round().astype(int).tolist()
    places = list(dict.fromkeys([*asked, *spread]))[:N_PREVIEWS]
    return [survey.usable[place] for place in sorted(places)]


def _rgb_by_row(match: Match, taxonomy: Taxonomy) -> NDArray[np.uint8]:
    """The colour of each row of the table of values, behind that of unlabelled."""
    by_number = rgb_by_class_number(taxonomy)
    table = np.zeros((MAX_ROW + 1, 3), dtype=np.uint8)
    for row, value in enumerate(match.values[:MAX_ROW], start=1):
        number = match.number_by_value.get(value)
        table[row] = _UNKNOWN_RGB if number is None else by_number[number]
    return table


def _rows(
    opened: Opened, usable: Usable, row_by_value: Mapping[str, int], size: tuple[int, int], scale: float
) -> NDArray[np.uint8]:
    """For each pixel of the small picture its value's row in the table of values; 0 is unlabelled."""
    width, height = usable.size
    found = np.zeros((size[1], size[0]), dtype=np.uint8)
    columns = ((np.arange(size[0]) + 0.5) / scale).astype(np.intp).clip(0, width - 1)
    rows = ((np.arange(size[1]) + 0.5) / scale).astype(np.intp).clip(0, height - 1)
    translator = Translator(row_by_value, frozenset())
    tiles = tiles_of(opened.source, usable.picture, translator, size=usable.size, offset=usable.offset)
    for (row, column), tile in tiles:
        ys, xs = np.flatnonzero(rows // TILE_PX == row), np.flatnonzero(columns // TILE_PX == column)
        if ys.size and xs.size:
            found[np.ix_(ys, xs)] = tile[np.ix_(rows[ys] % TILE_PX, columns[xs] % TILE_PX)]
    return found


def _small(workspace: Workspace, path: Path, usable: Usable, size: tuple[int, int]) -> NDArray[np.uint8]:
    if usable.facts["kind"] == "raster":
        values, _ = read_raster(path, Window(0, 0, *usable.size))
    else:
        limit = workspace.settings.photo_megapixels
        values = read_photo(path, max_megapixels=limit, max_side=SIDE_PX * 2)
    bands = values[..., :3] if values.shape[2] >= 3 else np.repeat(values[..., :1], 3, axis=2)
    if bands.dtype != np.uint8:
        low, high = np.percentile(bands, [2, 98])
        bands = ((bands.astype(np.float32) - low) / max(high - low, 1e-6) * 255).clip(0, 255).astype(np.uint8)
    small = cv2.resize(bands, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], 3)
    return small.astype(np.uint8)
