"""A folder of images and a folder of masks with the same names: the commonest format of all.

Masks are index PNGs, palette PNGs, RGB PNGs or GeoTIFFs, in any mixture.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from townscape.core.errors import MissingPair, NothingToRead
from townscape.core.splits import Part
from townscape.formats import mask_file
from townscape.formats.labelled import LabelledPicture
from townscape.workspace import photos, rasters

_IMAGE_SUFFIXES = tuple(dict.fromkeys((*photos.SUFFIXES, *rasters.SUFFIXES)))
_MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """An image file and its mask file; `name` is the image's path within its folder."""

    image: Path
    mask: Path
    name: str


def find_pairs(images: Path, masks: Path, *, skip_missing: bool = False) -> list[Pair]:
    """Images and masks that belong together, by their path within the folder without ending.

    Masks may all carry one extra ending, as in `street_01_mask.png`; one image file and one mask
    file belong together whatever their names. Raises `NothingToRead` for
    empty folders and `MissingPair` for files without a partner, unless `skip_missing`.
    """
    image_by_stem = _by_stem(images, _IMAGE_SUFFIXES)
    mask_by_stem = _by_stem(masks, mask_file.SUFFIXES)
    for folder, found, what in ((images, image_by_stem, "images"), (masks, mask_by_stem, "masks")):
        if not found:
            raise NothingToRead(f"There are no {what} in {folder}.", hint="check the folder's name.")
    if images.is_file() and masks.is_file():
        return [Pair(images, masks, images.name)]
    ending = _common_ending(set(image_by_stem), set(mask_by_stem))
    paired = {stem: mask_by_stem[stem + ending] for stem in image_by_stem if stem + ending in mask_by_stem}
    without_mask = sorted(set(image_by_stem) - set(paired))
    without_image = sorted(s for s in mask_by_stem if s.removesuffix(ending) not in paired)
    if not paired:
        raise MissingPair(
            f"No mask in {masks} has the name of an image in {images}: "
            f"for example {without_mask[0]} and {without_image[0]}.",
            hint="masks are paired with images by file name, without the ending.",
        )
    if (without_mask or without_image) and not skip_missing:
        raise MissingPair(
            "; ".join(
                f"{len(stems)} {what}: {_named(stems)}"
                for stems, what in (
                    (without_mask, "images have no mask"),
                    (without_image, "masks have no image"),
                )
                if stems
            )
            + ".",
            hint="add the missing files, or import the rest with `--skip-missing`.",
        )
    return [
        Pair(image_by_stem[stem], mask, image_by_stem[stem].relative_to(images).as_posix())
        for stem, mask in sorted(paired.items())
    ]


def count_values(masks: Iterator[mask_file.Mask]) -> Counter[int]:
    """Pixels per value over all masks."""
    found: Counter[int] = Counter()
    for mask in masks:
        found.update(mask.count())
    return found


def picture(
    pair: Pair,
    mask: mask_file.Mask,
    number_by_code: Mapping[int, int],
    *,
    size: tuple[int, int],
    offset: tuple[int, int],
    part: Part | None,
    place: str | None,
    root_name: str,
) -> LabelledPicture:
    """One pair as a labelled picture of the image's size (width, height)."""
    folder = pair.name.rpartition("/")[0]
    return LabelledPicture(
        image=pair.image,
        name=pair.name,
        tiles=lambda: mask_file.mask_tiles(
            mask, number_by_code, width=size[0], height=size[1], offset=offset
        ),
        official_part=part,
        sequence=folder or root_name,
        place=place,
    )


def _by_stem(folder: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    if folder.is_file():
        return {folder.stem: folder} if folder.suffix.lower() in suffixes else {}
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in suffixes and path.is_file() and not path.name.startswith(".")
    }


def _named(stems: list[str]) -> str:
    return ", ".join(stems[:_MAX_NAMED]) + (" …" if len(stems) > _MAX_NAMED else "")


def _common_ending(images: set[str], masks: set[str]) -> str:
    """What masks have after the image's name; empty if names agree or nothing fits most masks."""
    if images & masks:
        return ""
    endings = Counter(
        mask[len(stem) :] for mask in masks for k in range(len(mask)) if (stem := mask[:k]) in images
    )
    return endings.most_common(1)[0][0] if endings else ""
