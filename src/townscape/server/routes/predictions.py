"""Predictions: which there are, small pictures of them, and tiles to compare with or to start from."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from townscape.core import tiles as codec
from townscape.core.errors import NotFound
from townscape.core.labelmap import rgb_by_class_number
from townscape.core.spaces import Window
from townscape.core.tiles import TILE_PX
from townscape.models.card import ModelCard
from townscape.server import wire
from townscape.server.context import Context, InContext
from townscape.server.keeping import kept
from townscape.server.record import Record
from townscape.workspace.prediction_files import (
    PredictedWindow,
    encode_png,
    read_prediction,
    read_small_prediction,
)
from townscape.workspace.records import Image, Prediction

router = APIRouter(tags=["predictions"])

_PICTURE_PX = 640


class PredictionOut(Record):
    """A model's view of an image."""

    model_id: str
    model: str
    taxonomy: str
    created_at: float
    class_pixels: dict[int, int]


@router.get("/images/{image_id}/predictions")
def list_predictions(context: InContext, image_id: str) -> list[PredictionOut]:
    """Every model's prediction of an image, newest first."""
    workspace = context.workspace
    workspace.images.get(image_id)
    found: list[PredictionOut] = []
    for model in reversed(workspace.models.find()):
        prediction = workspace.predictions.find(model_id=model.id, image_ids=[image_id]).get(image_id)
        if prediction is not None:
            pixels = {int(k): v for k, v in prediction.class_pixels.items()}
            taxonomy = str(model.card["taxonomy"]["name"])
            named = {"model": model.name, "taxonomy": taxonomy, "class_pixels": pixels}
            found.append(PredictionOut.of(prediction, **named))
    return found


class PredictedImage(Record):
    """An image that a model has predicted."""

    image_id: str
    name: str
    created_at: float


class PredictedImages(Record):
    """The newest of a model's predictions."""

    total: int
    items: list[PredictedImage]


@router.get("/models/{model_id}/predictions")
def list_predicted_images(
    context: InContext, model_id: str, limit: Annotated[int, Query(ge=1, le=200)] = 24
) -> PredictedImages:
    """Images that a model has predicted, newest first."""
    workspace = context.workspace
    model = workspace.models.get(model_id)
    total, newest = workspace.predictions.newest(model.id, limit)
    images = {image.id: image for image in workspace.images.get_many([p.image_id for p in newest])}
    items = [PredictedImage.of(p, name=images[p.image_id].name) for p in newest]
    return PredictedImages(total=total, items=items)


@router.get("/images/{image_id}/predictions/{model_id}/picture", response_class=Response)
def draw_prediction(context: InContext, image_id: str, model_id: str) -> Response:
    """The classes of all of it in their colours, as a small PNG that is clear where nothing is known."""
    image, prediction = _find(context, image_id, model_id)

    def draw() -> bytes:
        small = read_small_prediction(context.workspace.blobs, prediction, image, _PICTURE_PX)
        card = ModelCard.model_validate(context.workspace.models.get(model_id).card)
        colors = rgb_by_class_number(card.taxonomy)[small.class_numbers]
        clear = np.where(small.class_numbers > 0, 255, 0)
        return encode_png(np.dstack([colors[..., ::-1], clear]).astype(np.uint8))

    content = kept(context.workspace.root, image.id, f"prediction {prediction.id} {_PICTURE_PX}", draw)
    return Response(content, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


@router.get("/images/{image_id}/predictions/{model_id}/tiles/{row}/{column}", response_class=Response)
def read_prediction_tile(context: InContext, image_id: str, model_id: str, row: int, column: int) -> Response:
    """A full-size tile of class numbers, then one of confidence (0…255), packed like labels."""
    image, prediction = _find(context, image_id, model_id)
    window = Window(column * TILE_PX, row * TILE_PX, TILE_PX, TILE_PX).clip(image.width, image.height)
    if not window.area:
        raise NotFound("There is no such tile.")
    found = _window(context, image, prediction, window)
    planes = [codec.pack(codec.pad(plane)) for plane in (found.class_numbers, found.confidence)]
    body = wire.join_packet({"tiles": [[row, column, len(p)] for p in planes]}, planes)
    return Response(body, media_type=wire.MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _find(context: Context, image_id: str, model_id: str) -> tuple[Image, Prediction]:
    image = context.workspace.images.get(image_id)
    found = context.workspace.predictions.find(model_id=model_id, image_ids=[image_id]).get(image_id)
    if found is None:
        raise NotFound("That model has not predicted this image.", hint="run predict on it first.")
    return image, found


def _window(context: Context, image: Image, prediction: Prediction, window: Window) -> PredictedWindow:
    if prediction.kind == "raster":
        return read_prediction(context.workspace.blobs, prediction, image, window)
    blobs = context.workspace.blobs
    whole = context.decoded.get(prediction.id, lambda: read_prediction(blobs, prediction, image))
    return PredictedWindow(whole.class_numbers[window.slices], whole.confidence[window.slices])
