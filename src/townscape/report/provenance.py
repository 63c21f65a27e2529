"""How the report was made, and one picture in the three views of a label map."""

from typing import Any

from townscape.core.labelmap import FIRST_OBJECT, LabelMap, draw_view, objects_from_regions
from townscape.core.spaces import Window
from townscape.core.taxonomy import Taxonomy
from townscape.paper.pictures import photo_uri, plane_uri
from townscape.report.readings import Reading
from townscape.workspace import Workspace
from townscape.workspace.looking import as_rgb8
from townscape.workspace.prediction_files import read_prediction
from townscape.workspace.records import Annotation, Image

_VIEW_PX = 460
_WINDOW_PX = 640
_MAX_CANDIDATES = 40


def three_views(workspace: Workspace, reading: Reading) -> dict[str, Any] | None:
    """One picture with its labels (or its prediction) in semantic, instance and panoptic view.

    A picture whose labels know objects is preferred; elsewhere connected regions of things stand
    in for objects, and the caption says so.
    """
    annotations = [a for a in workspace.labels.find(layer="main") if a.head > 0][:_MAX_CANDIDATES]
    annotations.sort(key=lambda a: -len(workspace.labels.objects(a.id, a.head)))
    if annotations:
        annotation = annotations[0]
        image = workspace.images.get(annotation.image_id)
        window = _busy_window(workspace, image, annotation)
        label_map = workspace.labels.read(annotation.id, window=window)
        return _views(
            workspace, image, window, label_map, workspace.taxonomies.get(annotation.taxonomy), "labels"
        )
    images = workspace.images.find()
    predictions = workspace.predictions.find(model_id=reading.model.id, image_ids=[i.id for i in images])
    for image in images:
        if image.id in predictions:
            window = Window(0, 0, _WINDOW_PX, _WINDOW_PX).clip(image.width, image.height)
            window = image.whole if image.kind == "photo" else window
            found = read_prediction(workspace.blobs, predictions[image.id], image, window)
            label_map = LabelMap(found.class_numbers.astype("uint32"))
            return _views(workspace, image, window, label_map, reading.taxonomy, "prediction")
    return None


def _busy_window(workspace: Workspace, image: Image, annotation: Annotation) -> Window:
    """The whole photo, or the labelled tile of a raster with most different segments."""
    if image.kind == "photo":
        return image.whole
    best, best_count = Window(0, 0, _WINDOW_PX, _WINDOW_PX), -1
    step = 512
    for key in workspace.labels.tile_hashes(annotation.id, annotation.head):
        window = Window(key.column * step, key.row * step, step, step).clip(image.width, image.height)
        segments = workspace.labels.read(annotation.id, window=window).segments_hw
        count = len(set(segments.reshape(-1)[::37].tolist()))
        if count > best_count:
            best, best_count = window, count
    return best.clip(image.width, image.height)


def _views(
    workspace: Workspace, image: Image, window: Window, label_map: LabelMap, taxonomy: Taxonomy, source: str
) -> dict[str, Any]:
    pixels = workspace.images.read(image, window)
    things = [c.number for c in taxonomy.active if c.kind == "thing"]
    has_objects = bool((label_map.segments_hw >= FIRST_OBJECT).any())
    if has_objects:
        remark = f"The objects are those of the {source}."
    elif things:
        label_map = objects_from_regions(label_map.segments_hw, things)
        remark = f"The {source} know no objects: connected regions stand in, so things that touch are one."
    else:
        remark = "This taxonomy has no things, so there are no objects to tell apart."
    drawn = {
        view: plane_uri(draw_view(label_map, taxonomy, view), max_side=_VIEW_PX)
        for view in ("semantic", "instance", "panoptic")
    }
    return {
        "name": image.name,
        "source": source,
        "remark": remark,
        "photo": photo_uri(as_rgb8(pixels.values, pixels.bands), max_side=_VIEW_PX),
        "taxonomy": taxonomy,
        **drawn,
    }


def how_made(workspace: Workspace, reading: Reading) -> dict[str, Any]:
    """Dataset, model and its scores."""
    model, card = reading.model, reading.card
    evaluations = workspace.evaluations.find(model_id=model.id)
    scores = evaluations[-1].scores if evaluations else None
    return {
        "card": card,
        "model_id": model.id,
        "dataset_id": model.dataset_id or "none: the model came from elsewhere",
        "scores": scores,
        "is_optimistic": evaluations[-1].is_optimistic if evaluations else False,
        "options": {k: v for k, v in card.options.items() if v not in (None, "", [])},
    }


def count_images(workspace: Workspace) -> str:
    """How many rasters and photos there are, in words."""
    images = workspace.images.find()
    n_rasters = sum(i.kind == "raster" for i in images)
    parts = [f"{n_rasters} raster{'s' * (n_rasters != 1)}" if n_rasters else ""]
    n_photos = len(images) - n_rasters
    parts.append(f"{n_photos} photo{'s' * (n_photos != 1)}" if n_photos else "")
    return " and ".join(part for part in parts if part)
