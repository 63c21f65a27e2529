"""Similar scenes: images that look like given ones, or all images by what they look like."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from townscape.core.events import Report
from townscape.curate.chosen import find_images, looked_at, select_whole
from townscape.curate.first.clusters import Cluster, cluster
from townscape.curate.first.covering import nearest
from townscape.curate.kind import CurateOptions
from townscape.curate.scenes import scene_features
from townscape.workspace import Workspace
from townscape.workspace.records import Image

TITLE = "Find similar scenes"
TEXT = "Select images whose scenes are similar to given ones, or sort all images into groups of like scenes."
FIRST = ("like", "count", "clusters")
EXAMPLES = (
    "townscape curate similar --like 0001TP_006690.png --count 20",
    "townscape curate similar --clusters 12",
)
_LISTED = 50


class Options(CurateOptions):
    """Similar to what, or how many groups."""

    kind: Literal["similar"] = "similar"
    like: tuple[str, ...] = ()
    """Images by name or id: those most similar to any of them are selected. May be repeated."""
    count: int = Field(default=50, ge=1, le=100_000)
    """How many similar images to select."""
    clusters: int = Field(default=12, ge=2, le=200)
    """Without --like: into how many groups of like scenes all images are sorted."""


class Near(BaseModel):
    """An image and how far its scene is, 0 (alike) … 2."""

    model_config = ConfigDict(frozen=True)

    image_id: str
    name: str
    distance: float


class Scenes(BaseModel):
    """A group of like scenes, with its most typical image."""

    model_config = ConfigDict(frozen=True)

    selection_id: str
    name: str
    n_images: int
    mean_distance: float
    """To the group's middle, 0 … 2."""
    example_id: str
    example: str


class SimilarResult(BaseModel):
    """What is similar. Similar is not the same: copies are found by `curate duplicates`."""

    model_config = ConfigDict(frozen=True)

    n_images: int
    nearest: list[Near]
    """The first 50 of the similar images."""
    scenes: list[Scenes]
    selections: list[str]


def run(workspace: Workspace, options: Options, report: Report) -> SimilarResult:
    """Find similar scenes and freeze them as selections. Raises `MissingExtra` without torch."""
    images, vectors = scene_features(workspace, looked_at(workspace, options.selection), report)
    if not options.like:
        return _sorted_by_scene(workspace, images, cluster(vectors, options.clusters), report)
    wanted = {image.id for image in find_images(images, options.like)}
    is_given = np.array([image.id in wanted for image in images])
    away = nearest(vectors, vectors[is_given])
    rows = [int(k) for k in np.argsort(away, kind="stable") if not is_given[k]][: options.count]
    names = ", ".join(options.like[:3]) + (" …" if len(options.like) > 3 else "")
    reason = f"The {len(rows):,} most similar scenes to {names}, by features of the default encoder"
    made = select_whole(
        workspace, f"Similar to {names}", [images[k] for k in rows], reason=reason, run_id=report.run_id
    )
    listed = [
        Near(image_id=images[k].id, name=images[k].name, distance=float(away[k])) for k in rows[:_LISTED]
    ]
    return SimilarResult(n_images=len(images), nearest=listed, scenes=[], selections=[made])


def _sorted_by_scene(
    workspace: Workspace, images: Sequence[Image], groups: Sequence[Cluster], report: Report
) -> SimilarResult:
    scenes: list[Scenes] = []
    for number, group in enumerate(groups, 1):
        report.check_cancelled()
        members = [images[row] for row in group.rows]
        name = f"Scenes {number}"
        reason = (
            f"{len(members):,} images of like scenes, group {number} of {len(groups)} by features of the "
            f"default encoder; the most typical, {members[0].name}, comes first"
        )
        made = select_whole(workspace, name, members, reason=reason, run_id=report.run_id)
        scenes.append(
            Scenes(
                selection_id=made,
                name=name,
                n_images=len(members),
                mean_distance=group.mean_distance,
                example_id=members[0].id,
                example=members[0].name,
            )
        )
    made_ids = [one.selection_id for one in scenes]
    return SimilarResult(n_images=len(images), nearest=[], scenes=scenes, selections=made_ids)


def words(result: Mapping[str, Any]) -> Sequence[str]:
    """What was found, nearest first."""
    if result["scenes"]:
        n_groups = len(result["scenes"])
        lines = [f"{result['n_images']:,} images in {n_groups} groups of like scenes, a selection each."]
        return lines + [f"{s['name']}: {s['n_images']:,} like {s['example']}." for s in result["scenes"]]
    lines = [f"{one['distance']:.3f}  {one['name']}" for one in result["nearest"][:10]]
    return ["The most similar scenes (0 alike … 2), selected:", *lines]


def next_steps(_result: Mapping[str, Any]) -> Sequence[str]:
    """Where to look at it."""
    return ("townscape serve",)
