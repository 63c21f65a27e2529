"""Shares of pixels in photos: what every insight about photos has in common."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from townscape.core.shares import map_share
from townscape.core.statistics import no_interval
from townscape.core.taxonomy import LabelClass
from townscape.insights.evidence import Evidence, PhotoShares, grade_of
from townscape.workspace.records import Indicator


def means_over_photos(indicators: Sequence[Indicator]) -> tuple[dict[str, float], int]:
    """Each measure's mean over all sequences, weighted by their images, and the number of images."""
    sums: dict[str, float] = defaultdict(float)
    counts: dict[str, int] = defaultdict(int)
    for indicator in indicators:
        if indicator.subject_kind == "sequence" and indicator.value is not None:
            n = int(indicator.detail["images"])
            sums[indicator.measure] += indicator.value * n
            counts[indicator.measure] += n
    return {m: sums[m] / n for m, n in counts.items()}, max(counts.values(), default=0)


def photo_share_indicators(
    evidence: Evidence, table: PhotoShares, *, insight: str, measure: str, classes: Sequence[LabelClass]
) -> list[Indicator]:
    """The share of some classes in every image, and its mean over every sequence.

    A sequence's interval counts capture segments, not frames, as independent.
    """
    part, whole = evidence.mask(classes), evidence.everything
    model = evidence.photo_model(part, whole)
    grade = grade_of(model)
    found: list[Indicator] = []
    members: dict[str, list[int]] = defaultdict(list)
    for index, image_id in enumerate(table.image_ids):
        value, interval = model.estimate(table.pixels[index])
        members[table.sequences[index] or "all photos"].append(index)
        found.append(
            Indicator(
                id="",
                insight=insight,
                measure=measure,
                subject_kind="image",
                subject_id=image_id,
                subject_name=table.names[index],
                value=value,
                unit="share",
                interval=interval,
                n=model.n_groups,
                n_unit="held-out groups",
                grade=grade,
                detail={"map_share": map_share(table.pixels[index], part, whole)},
                model_id=evidence.model_id,
            )
        )
    for name, indices in members.items():
        n_groups = len({table.groups[i] for i in indices})
        shares = table.pixels[indices] / np.maximum(1, table.pixels[indices].sum(axis=1, keepdims=True))
        value, interval = model.estimate(shares.mean(axis=0), n_independent=n_groups)
        if len(indices) < evidence.min_images:
            interval = no_interval(n_groups)
        found.append(
            Indicator(
                id="",
                insight=insight,
                measure=measure,
                subject_kind="sequence",
                subject_id=name,
                subject_name=name,
                value=value,
                unit="share",
                interval=interval,
                n=len(indices),
                n_unit="images",
                grade=grade if interval.is_known else "C",
                detail={"images": len(indices), "segments": n_groups},
                model_id=evidence.model_id,
            )
        )
    return found
