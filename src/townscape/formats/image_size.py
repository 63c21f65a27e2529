"""How large an image is, for formats whose labels have no plane of their own."""

import warnings
from pathlib import Path
from typing import Any

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from townscape.core.errors import InputError, UnreadableImage
from townscape.formats.codecs.png import MAX_PIXELS

_ORIENTATION = 0x0112
_TRUSTED_PX = 1 << 26
"""Sizes up to this are taken from a label file as they are; larger ones must be their image's."""


def upright_size(path: Path) -> tuple[int, int]:
    """Height and width of an image, turned as its EXIF orientation says; only its header is read.

    Raises `UnreadableImage` naming the file.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pillow.open(path) as image:
                width, height = image.size
                # Pillow decodes a whole PNG to look for EXIF behind its pixels; there it is not looked for.
                has_exif = image.format != "PNG" or "exif" in image.info
                turned = has_exif and image.getexif().get(_ORIENTATION) in (5, 6, 7, 8)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise UnreadableImage(f"{path} cannot be opened: {error}.") from error
    if width * height > MAX_PIXELS:
        raise UnreadableImage(f"{path} is larger than a gigapixel.")
    return (width, height) if turned else (height, width)


def declared_size(height: Any, width: Any, image: Path | None, name: str) -> tuple[int, int]:
    """Height and width as a label file says, or as its image is if it does not say.

    Raises `InputError` for a size that cannot be, and for a huge one that its image does not have.
    """
    if type(height) is int and type(width) is int and height > 0 and width > 0:
        is_trusted = height * width <= _TRUSTED_PX
        if is_trusted or (image is not None and upright_size(image) == (height, width)):
            return height, width
        raise InputError(f"{name} says that its image has {width:,} × {height:,} pixels, which is not so.")
    if image is None:
        raise InputError(f"{name} does not say how large its image is, and there is no image to look at.")
    return upright_size(image)
