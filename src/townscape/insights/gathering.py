"""Gathering the evidence: predictions laid over zones, photos counted, held-out counts read."""

import io
from collections.abc import Sequence

import numpy as np
import shapely

from townscape.core.errors import NotFound
from townscape.core.events import Report
from townscape.core.labelmap import NO_CHANNEL, Channels, channel_by_class_number
from townscape.core.spaces import Window
from townscape.core.taxonomy import LabelClass, Taxonomy
from townscape.insights.evidence import HeldOut, PhotoShares, Reals, ZoneAreas
from townscape.insights.zones import pieces_of
from townscape.workspace import Workspace
from townscape.workspace.ground import ground_of
from townscape.workspace.placing import outlines_in_image
from townscape.workspace.prediction_files import read_prediction
from townscape.workspace.records import Annotation, Image, Model, Prediction, Zone


def measure_zones(
    workspace: Workspace,
    taxonomy: Taxonomy,
    zones: Sequence[Zone],
    images: Sequence[Image],
    predictions: dict[str, Prediction],
    report: Report,
    *,
    use_labels: bool,
) -> ZoneAreas:
    """Mapped (and where there are labels, labelled) area per zone and class over all rasters.

    With `use_labels`, labels count, except those that a published split keeps for judging.
    """
    n_classes = len(taxonomy.channels)
    channel = channel_by_class_number(taxonomy)
    areas, labelled, counted, rest = (np.zeros((len(zones), n_classes)) for _ in range(4))
    pixels, total = np.zeros(len(zones)), np.zeros(len(zones))
    has_ground = True
    for image in images:
        ground = ground_of(image)
        has_ground &= ground.pixel_m2 is not None
        annotation = _annotation_of(workspace, taxonomy, image)
        counts = use_labels and annotation is not None and annotation.official_part not in ("val", "test")
        outlines = outlines_in_image(zones, image)
        for index, outline in enumerate(report.track(outlines, f"zones on {image.name}", unit="zones")):
            if outline is None:
                continue
            in_frame = 0.0
            for piece in pieces_of(outline, image):
                window = piece.window
                weights = np.repeat(ground.row_weights(window)[:, None], window.width, axis=1)
                if piece.coverage is not None:
                    weights *= piece.coverage
                found = read_prediction(workspace.blobs, predictions[image.id], image, window)
                mapped_channels = _to_channels(found.class_numbers, channel)
                mapped = _weighted(mapped_channels, weights, n_classes)
                areas[index] += mapped
                in_frame += float(weights.sum())
                pixels[index] += mapped.sum() / max(1e-12, float(weights.max()))
                is_rest = np.ones(mapped_channels.shape, dtype=bool)
                if annotation is not None:
                    truth = _labels(workspace, annotation.id, window, taxonomy, channel)
                    told = _weighted(truth, weights, n_classes)
                    labelled[index] += told
                    if counts:
                        counted[index] += told
                        is_rest = truth == NO_CHANNEL
                rest[index] += _weighted(mapped_channels[is_rest], weights[is_rest], n_classes)
            total[index] = max(total[index], in_frame / max(1e-9, _share_in_frame(outline, image)))
    outside = np.maximum(0.0, total - areas.sum(axis=1))
    return ZoneAreas(zones, areas, outside, pixels, labelled, counted, rest, "m²" if has_ground else "px")


def count_photos(
    taxonomy: Taxonomy, images: Sequence[Image], predictions: dict[str, Prediction], groups: dict[str, str]
) -> PhotoShares:
    """Pixels per photo and class, from the predictions' own counts."""
    channel = channel_by_class_number(taxonomy)
    pixels = np.zeros((len(images), len(taxonomy.channels)))
    for index, image in enumerate(images):
        for number, count in predictions[image.id].class_pixels.items():
            if channel[int(number)] != NO_CHANNEL:
                pixels[index, channel[int(number)]] += count
    return PhotoShares(
        image_ids=[i.id for i in images],
        names=[i.name for i in images],
        sequences=[i.sequence for i in images],
        groups=[groups[i.id] for i in images],
        pixels=pixels,
    )


def read_held_out(workspace: Workspace, model: Model) -> HeldOut | None:
    """Counts of the newest evaluation of this model that does not flatter; None if there is none."""
    honest = [
        e
        for e in workspace.evaluations.find(model_id=model.id)
        if e.part in ("val", "test") and not e.is_optimistic
    ]
    if not honest:
        return None
    with np.load(io.BytesIO(workspace.blobs.read(honest[-1].counts_blob)), allow_pickle=False) as stored:
        return HeldOut(**{name: stored[name] for name in HeldOut.__slots__})


def classes_named(taxonomy: Taxonomy, names: Sequence[str], trait: str) -> tuple[LabelClass, ...]:
    """Classes by the names given, or those of the trait. Raises `NotFound` for an unknown name."""
    if not names:
        return taxonomy.with_trait(trait)
    found: list[LabelClass] = []
    for name in names:
        label_class = taxonomy.find_by_name(name)
        if label_class is None:
            keys = ", ".join(c.key for c in taxonomy.active)
            raise NotFound(f"Taxonomy {taxonomy.name} has no class {name!r}.", hint=f"it has {keys}.")
        found.append(label_class)
    return tuple(found)


def _annotation_of(workspace: Workspace, taxonomy: Taxonomy, image: Image) -> Annotation | None:
    found = workspace.labels.find(image_id=image.id, taxonomy=taxonomy.name, layer="main")
    return found[0] if found and found[0].head > 0 else None


def _labels(
    workspace: Workspace, annotation_id: str, window: Window, taxonomy: Taxonomy, channel: Channels
) -> Channels:
    label_map = workspace.labels.read(annotation_id, window=window)
    return channel[label_map.class_numbers(taxonomy)]


def _to_channels(class_numbers: np.ndarray, channel: Channels) -> Channels:
    return np.where(class_numbers > 0, channel[class_numbers], NO_CHANNEL).astype(np.uint8)


def _weighted(channels: Channels, weights: Reals, n_classes: int) -> Reals:
    sums = np.bincount(channels.reshape(-1), weights=weights.reshape(-1), minlength=256)
    return sums[:n_classes].astype(np.float64)


def _share_in_frame(outline: shapely.Geometry, image: Image) -> float:
    whole = float(shapely.area(outline))
    frame = shapely.box(0, 0, image.width, image.height)
    return float(shapely.area(shapely.intersection(outline, frame))) / whole if whole else 1.0
