"""Features of the workspace's images, computed where they are missing."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import MissingExtra, NothingToRead
from townscape.core.events import Report
from townscape.core.pool import map_in_order
from townscape.workspace import Workspace
from townscape.workspace.features import ENCODER, Feature
from townscape.workspace.records import Image
from townscape.workspace.small_pictures import SmallPicture, read_small, want

if TYPE_CHECKING:
    from townscape.models.features import FeatureEncoder

_BATCH = 16


def scene_features(
    workspace: Workspace, images: Sequence[Image], report: Report
) -> tuple[list[Image], NDArray[np.float16]]:
    """The images that can be read, in the order given, and their features, n × 1280 of length 1.

    What is stored already is not computed again. Images that cannot be read are left out with a
    warning. Raises `MissingExtra` without torch, `NothingToRead` if there is nothing to look at.
    """
    try:
        from townscape.models.features import SIDE_PX, FeatureEncoder
    except ImportError as error:
        raise MissingExtra("Telling what scenes look like", extra="train") from error
    missing = workspace.features.missing(images, ENCODER)
    if missing:
        wanted = (want(workspace, image) for image in missing)
        small = map_in_order(read_small, SIDE_PX, wanted, n_items=len(missing))
        tracked = report.track_of(small, "looking at scenes", total=len(missing))
        problems: list[str] = []
        workspace.features.put(_encoded(FeatureEncoder(), tracked, problems), ENCODER)
        if problems:
            report.warn(f"{len(problems):,} images could not be read: {'; '.join(problems[:3])}")
    kept, vectors = workspace.features.table(images, ENCODER)
    if not kept:
        raise NothingToRead(
            "There is no image to look at.", hint="bring some in with `townscape collect FOLDER`."
        )
    return kept, vectors


def _encoded(
    encoder: "FeatureEncoder", pictures: Iterator[SmallPicture], problems: list[str]
) -> Iterator[Feature]:
    """Features of the pictures that could be read, some at a time; `problems` gets the others' words."""
    batch: list[SmallPicture] = []
    for picture in pictures:
        if picture.rgb is None:
            problems.append(picture.problem.rstrip("."))
            continue
        batch.append(picture)
        if len(batch) == _BATCH:
            yield from _features(encoder, batch)
            batch = []
    yield from _features(encoder, batch)


def _features(encoder: "FeatureEncoder", batch: Sequence[SmallPicture]) -> Iterator[Feature]:
    vectors = encoder.compute([picture.rgb for picture in batch if picture.rgb is not None])
    for picture, vector in zip(batch, vectors, strict=True):
        yield Feature(picture.wanted.image_id, picture.wanted.version, vector)
