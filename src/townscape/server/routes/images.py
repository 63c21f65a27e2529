"""Images: lists, facts, tiles of their pixels, thumbnails, superpixels."""

from hashlib import blake2b
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from townscape.assist.superpixels import Size
from townscape.core.errors import NotFound
from townscape.core.tiles import level_count
from townscape.server.context import InContext
from townscape.server.keeping import kept
from townscape.server.record import Record
from townscape.server.routes.filters import Filtered, PageQuery
from townscape.workspace.browsing import LabelState
from townscape.workspace.records import Image

router = APIRouter(prefix="/images", tags=["images"])

_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_THUMBNAIL_SIDES = (160, 320, 1280)


class ImageLine(Record):
    """One image in a list."""

    id: str
    name: str
    kind: Literal["photo", "raster"]
    width: int
    height: int
    sequence: str | None
    captured_at: float | None
    annotation_id: str | None
    state: LabelState
    labelled_share: float
    head: int


class ImagePage(Record):
    """Some of the images that match."""

    total: int
    items: list[ImageLine]


class ImageOut(Record):
    """One image."""

    id: str
    name: str
    kind: Literal["photo", "raster"]
    width: int
    height: int
    levels: int
    """Overview levels, full size included."""
    bands: list[str]
    dtype: str
    captured_at: float | None
    longitude: float | None
    latitude: float | None
    crs: str | None
    sequence: str | None
    place: str | None
    version: str
    """Changes when the pixels do: part of the address of tiles."""
    is_removed: bool


class Neighbours(Record):
    """The images before and after another one in a filtered list."""

    before: str | None
    after: str | None


class ImageChoice(Record):
    """Images by id."""

    image_ids: list[str] = Field(min_length=1, max_length=200_000)


class Changed(Record):
    """How many records changed."""

    images: int


@router.get("")
def list_images(context: InContext, wanted: Annotated[PageQuery, Query()]) -> ImagePage:
    """Images that match, by name, one page of them."""
    narrowed = wanted.narrowed(context)
    found = context.workspace.browsing.page(narrowed, offset=wanted.offset, limit=wanted.limit)
    return ImagePage(total=context.workspace.browsing.count(narrowed), items=[ImageLine.of(i) for i in found])


@router.get("/ids")
def list_ids(context: InContext, wanted: Filtered) -> list[str]:
    """Ids of all images that match, by name."""
    return context.workspace.browsing.ids(wanted.narrowed(context))


class Facets(Record):
    """What the list can be narrowed by."""

    states: dict[str, int]
    sequences: list[tuple[str, int]]


@router.get("/facets")
def list_facets(context: InContext, taxonomy: str | None = None) -> Facets:
    """States with their numbers of images, and sequences."""
    name = taxonomy or context.workspace.settings.taxonomy
    browsing = context.workspace.browsing
    return Facets(states=browsing.states(name), sequences=browsing.sequences())


@router.post("/removals")
def remove_images(context: InContext, choice: ImageChoice) -> Changed:
    """Take images out of the lists; labels and files stay, so this can be undone."""
    return Changed(images=context.workspace.images.set_removed(choice.image_ids, is_removed=True))


@router.post("/returns")
def return_images(context: InContext, choice: ImageChoice) -> Changed:
    """Bring removed images back."""
    return Changed(images=context.workspace.images.set_removed(choice.image_ids, is_removed=False))


@router.get("/{image_id}")
def read_image(context: InContext, image_id: str) -> ImageOut:
    """Facts about an image."""
    image = context.workspace.images.get(image_id)
    return ImageOut.of(
        image,
        levels=level_count(image.height, image.width),
        bands=[b for b in image.bands if b != "alpha"],
        version=image.version[:12],
        is_removed=image.removed_at is not None,
    )


@router.get("/{image_id}/neighbours")
def read_neighbours(context: InContext, image_id: str, wanted: Filtered) -> Neighbours:
    """Which images stand beside it in a list."""
    before, after = context.workspace.browsing.beside(wanted.narrowed(context), image_id)
    return Neighbours(before=before, after=after)


@router.get("/{image_id}/tiles/{level}/{row}/{column}", response_class=Response)
def read_tile(
    context: InContext,
    image_id: str,
    level: int,
    row: int,
    column: int,
    band: Annotated[list[str] | None, Query(max_length=3)] = None,
    index: Literal["", "ndvi"] = "",
) -> Response:
    """512 × 512 pixels at a level as JPEG (less at the edges); `band` chooses what is shown."""
    image = context.present_image(image_id)
    _check_tile(image, level, row, column)
    done = context.work_on(image, "tile", level=level, row=row, column=column, bands=band or [], index=index)
    return Response(done.content, media_type="image/jpeg", headers=_FOREVER)


@router.get("/{image_id}/thumbnail", response_class=Response)
def read_thumbnail(
    context: InContext,
    image_id: str,
    side: int = 320,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A small JPEG of all of it.

    Browsers ask each time whether theirs still holds: after faces were covered, it does not.
    """
    image = context.present_image(image_id)
    size = next((s for s in _THUMBNAIL_SIDES if s >= side), _THUMBNAIL_SIDES[-1])
    digest = blake2b(f"{image.version} {size}".encode(), digest_size=12).hexdigest()
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{digest}"'}
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    content = kept(
        context.workspace.root,
        image.id,
        f"thumbnail {image.version} {size}",
        lambda: context.work_on(image, "thumbnail", side=size).content,
    )
    return Response(content, media_type="image/jpeg", headers=headers)


@router.get("/{image_id}/superpixels/{size}/{row}/{column}", response_class=Response)
def read_superpixels(context: InContext, image_id: str, size: Size, row: int, column: int) -> Response:
    """Superpixels of a full-size tile: 512 × 512 uint16 (little-endian) behind zlib."""
    image = context.present_image(image_id)
    _check_tile(image, 0, row, column)
    content = kept(
        context.workspace.root,
        image.id,
        f"superpixels {image.version} {size} {row} {column}",
        lambda: context.work_on(image, "superpixels", row=row, column=column, size=size).content,
    )
    return Response(content, media_type="application/octet-stream", headers=_FOREVER)


def _check_tile(image: Image, level: int, row: int, column: int) -> None:
    side = 512 << level if 0 <= level < level_count(image.height, image.width) else 0
    if not (side and 0 <= row * side < image.height and 0 <= column * side < image.width):
        raise NotFound("There is no such tile.")
