"""Masks of one number per pixel, alone or beside a second one that numbers the objects."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import InputError
from townscape.formats.codecs import png
from townscape.formats.codecs.two_planes import labels_of_planes
from townscape.formats.labels import Slot, SourceLabels

Numbers = NDArray[np.integer[Any]]


def read_numbers(path: Path | str) -> Numbers:
    """The number of every pixel; palette images give indices.

    Colour images are read where they are grey all over. Raises `UnreadableImage` or `InputError` naming
    the file.
    """
    values = png.decode(path).values
    if values.ndim == 3 and values.shape[2] >= 3:
        is_grey = (values[..., 0] == values[..., 1]).all() and (values[..., 0] == values[..., 2]).all()
        values = values[..., 0] if is_grey else values
    if values.ndim != 2 or values.dtype.kind not in "iu":
        raise InputError(
            f"{path} does not hold one whole number per pixel.",
            hint="colours or fractions are there where indices should be: export it again.",
        )
    return values


def read_colors(path: Path | str) -> Numbers:
    """0xrrggbb of every pixel. Raises `UnreadableImage` or `InputError` naming the file."""
    mask = png.decode(path)
    values = mask.values
    if mask.palette is not None:
        if values.size and int(values.max()) >= len(mask.palette):
            raise InputError(f"{path} is damaged: it has pixels that its palette has no colour for.")
        values = mask.palette[values]
    if values.ndim == 2 and values.dtype == np.uint8:
        return values.astype(np.uint32) * 0x010101
    if values.ndim != 3 or values.shape[2] < 3 or values.dtype != np.uint8:
        raise InputError(f"{path} is no 8-bit colour image.")
    return png.color_codes(values)


def read_numbered(
    values_path: Path | str, numbers_path: Path | str | None, class_of: Callable[[int], int | None]
) -> SourceLabels:
    """Labels of a mask of classes and one of objects; values are the classes' numbers.

    `class_of` says of which class the object of a number is; None: the number is no object's. Numbers
    of another size or of objects of another class than their pixels' are left out and counted.
    """
    values = read_numbers(values_path)
    numbers = None if numbers_path is None else read_numbers(numbers_path)
    if numbers is not None and numbers.shape != values.shape:
        labels = labels_of_planes(values, None, lambda value, _: Slot(str(value)))
        return labels.with_repairs({"object masks of another size than their class mask": 1})
    strays = 0

    def slot_of(value: int, number: int) -> Slot:
        nonlocal strays
        owner = class_of(number) if numbers is not None else None
        strays += owner not in (None, value)
        return Slot(str(value), number if owner == value else None)

    if numbers is not None and np.array_equal(numbers, values):  # a picture without objects, mostly
        labels = labels_of_planes(values, None, lambda value, _: slot_of(value, value))
    else:
        labels = labels_of_planes(values, numbers, slot_of)
    return labels.with_repairs({"objects that reach into another class": strays} if strays else {})
