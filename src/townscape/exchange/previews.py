"""Pictures drawn with their labels, to be looked at before an import."""

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from townscape.core.errors import TownscapeError
from townscape.core.events import Report
from townscape.core.labelmap import rgb_by_class_number
from townscape.core.spaces import Window
from townscape.core.taxonomy import Taxonomy
from townscape.exchange.opening import Opened
from townscape.exchange.spool import Spool
from townscape.exchange.surveying import Survey, Usable
from townscape.exchange.translating import Translator, tiles_of
from townscape.formats.matching import Match
from townscape.workspace import Workspace
from townscape.workspace.photos import read_photo
from townscape.workspace.rasters import read_raster

N_PREVIEWS = 10
SIDE_PX = 640
_UNKNOWN_RGB = (255, 0, 255)
_MAX_PX = 64 << 20


def write_previews(
    workspace: Workspace, opened: Opened, survey: Survey, match: Match, taxonomy: Taxonomy, report: Report
) -> list[dict[str, str]]:
    """Ten pictures (spread over the set), each image beside its labels, in the run's folder.

    Values without a class are magenta. Returns name and file of each.
    """
    if report.run_id is None:
        return []
    folder = workspace.folder.run(report.run_id) / "previews"
    folder.mkdir(parents=True, exist_ok=True)
    written: list[dict[str, str]] = []
    for usable in report.track(_spread(survey.usable), "drawing"):
        if usable.size[0] * usable.size[1] > _MAX_PX:
            continue
        try:
            pair = _draw(workspace, opened, usable, match, taxonomy)
        except TownscapeError:
            continue
        file = f"{len(written):02d}.jpg"
        buffer = io.BytesIO()
        Pillow.fromarray(pair).save(buffer, format="JPEG", quality=88)
        (folder / file).write_bytes(buffer.getvalue())
        written.append({"name": usable.picture.name, "file": file})
    return written


def _spread(usable: Spool[Usable]) -> list[Usable]:
    places = np.unique(np.linspace(0, len(usable) - 1, min(N_PREVIEWS, len(usable))).round().astype(int))
    return [usable[int(k)] for k in places] if len(usable) else []


def _draw(
    workspace: Workspace, opened: Opened, usable: Usable, match: Match, taxonomy: Taxonomy
) -> NDArray[np.uint8]:
    """The image and its labels side by side, each at most `SIDE_PX` wide."""
    assert usable.picture.image is not None
    width, height = usable.size
    scale = min(1.0, SIDE_PX / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    known = max(taxonomy.resolved, default=0) + 1
    numbers = dict.fromkeys(match.unmatched, known) | dict(match.number_by_value)
    table = rgb_by_class_number(taxonomy)
    table[known] = _UNKNOWN_RGB
    colors = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    columns = ((np.arange(size[0]) + 0.5) / scale).astype(np.intp).clip(0, width - 1)
    rows = ((np.arange(size[1]) + 0.5) / scale).astype(np.intp).clip(0, height - 1)
    for (row, column), tile in tiles_of(
        opened.source,
        usable.picture,
        Translator(numbers, frozenset()),
        size=usable.size,
        offset=usable.offset,
    ):
        ys, xs = np.flatnonzero(rows // 512 == row), np.flatnonzero(columns // 512 == column)
        if ys.size and xs.size:
            part = tile[np.ix_(rows[ys] % 512, columns[xs] % 512)]
            colors[np.ix_(ys, xs)] = table[part.astype(np.uint16)]
    image = _small(workspace, usable, size)
    return np.concatenate([image, np.full((size[1], 4, 3), 255, np.uint8), colors], axis=1)


def _small(workspace: Workspace, usable: Usable, size: tuple[int, int]) -> NDArray[np.uint8]:
    path = usable.picture.image
    assert path is not None
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
