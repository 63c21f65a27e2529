"""Images and masks that belong together, by their names."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from townscape.core.errors import MissingPair, NothingToRead
from townscape.formats import mask_file
from townscape.formats.files import IMAGE_SUFFIXES

MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """An image file and its mask file; `name` is the image's path within its folder."""

    image: Path
    mask: Path
    name: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """What was found in two folders; the rest with its path within its folder."""

    images: Path
    masks: Path
    complete: list[Pair]
    without_mask: list[tuple[str, Path]]
    without_image: list[tuple[str, Path]]

    def require(self) -> None:
        """Raise `NothingToRead` for an empty folder, `MissingPair` if nothing belongs together."""
        for folder, n, what in (
            (self.images, len(self.complete) + len(self.without_mask), "images"),
            (self.masks, len(self.complete) + len(self.without_image), "masks"),
        ):
            if not n:
                raise NothingToRead(f"There are no {what} in {folder}.", hint="check the folder's name.")
        if not self.complete:
            raise MissingPair(
                f"No mask in {self.masks} has the name of an image in {self.images}: "
                f"for example {stem_of(self.without_mask[0][0])} and {stem_of(self.without_image[0][0])}.",
                hint="masks are paired with images by file name, without the ending.",
            )


def find_pairs(images: Path, masks: Path) -> Pairs:
    """Images and masks that belong together, by their path within the folder without ending.

    Masks may all carry one extra ending, as in `street_01_mask.png`; one image file and one mask
    file belong together whatever their names.
    """
    image_by_stem = _by_stem(images, IMAGE_SUFFIXES)
    mask_by_stem = _by_stem(masks, mask_file.SUFFIXES)
    if images.is_file() and masks.is_file() and image_by_stem and mask_by_stem:
        return Pairs(images, masks, [Pair(images, masks, images.name)], [], [])
    ending = _common_ending(set(image_by_stem), set(mask_by_stem))
    paired = {stem: mask_by_stem[stem + ending] for stem in image_by_stem if stem + ending in mask_by_stem}
    return Pairs(
        images,
        masks,
        [Pair(image_by_stem[s], m, _name(image_by_stem[s], images)) for s, m in sorted(paired.items())],
        [(_name(p, images), p) for s, p in sorted(image_by_stem.items()) if s not in paired],
        [
            (_name(p, masks), p)
            for s, p in sorted(mask_by_stem.items())
            if s.removesuffix(ending) not in paired
        ],
    )


def objects_beside(masks: Path, mask: Path, *, suffix: str | None = None) -> Path | None:
    """The plane of object numbers of a mask: the same name in `objects`, the folder beside `masks`."""
    if not masks.is_dir():
        return None
    found = masks.parent / "objects" / mask.relative_to(masks)
    found = found if suffix is None else found.with_suffix(suffix)
    return found if found.is_file() else None


def stem_of(name: str) -> str:
    """A path without its ending."""
    folder, slash, file = name.rpartition("/")
    return folder + slash + file.rpartition(".")[0]


def named(names: list[str]) -> str:
    """The first few names, for a message."""
    return ", ".join(names[:MAX_NAMED]) + (" …" if len(names) > MAX_NAMED else "")


def _name(path: Path, folder: Path) -> str:
    return path.name if folder.is_file() else path.relative_to(folder).as_posix()


def _by_stem(folder: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    if folder.is_file():
        return {folder.stem: folder} if folder.suffix.lower() in suffixes else {}
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in suffixes and path.is_file() and not path.name.startswith(".")
    }


def _common_ending(images: set[str], masks: set[str]) -> str:
    """What masks have after the image's name; empty if names agree or nothing fits most masks."""
    if images & masks:
        return ""
    endings = Counter(
        mask[len(stem) :] for mask in masks for k in range(len(mask)) if (stem := mask[:k]) in images
    )
    return endings.most_common(1)[0][0] if endings else ""
