"""Hypothesis strategies for the values that Townscape is about."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from townscape.core.labelmap import FIRST_OBJECT, IGNORE, NO_CHANNEL, ObjectRow, Segments
from townscape.core.tiles import TILE_PX


@st.composite
def segment_planes(
    draw: st.DrawFn, *, height: int, width: int, n_classes: int = 11, objects: tuple[int, ...] = ()
) -> Segments:
    """A plane of a few overlapping rectangles of classes, ignore, unlabelled and given objects."""
    plane = np.zeros((height, width), dtype=np.uint32)
    segment = st.one_of(
        st.integers(0, n_classes), st.just(IGNORE), st.sampled_from(objects) if objects else st.just(1)
    )
    for _ in range(draw(st.integers(0, 6))):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        bottom, right = draw(st.integers(top + 1, height)), draw(st.integers(left + 1, width))
        plane[top:bottom, left:right] = draw(segment)
    return plane


@st.composite
def tiles(draw: st.DrawFn, *, n_classes: int = 11, objects: tuple[int, ...] = ()) -> Segments:
    """A 512 × 512 tile: rectangles, or noise that defeats run lengths."""
    if draw(st.integers(0, 9)) == 0:
        seed = draw(st.integers(0, 2**32 - 1))
        return np.random.default_rng(seed).integers(0, n_classes + 1, (TILE_PX, TILE_PX), dtype=np.uint32)
    return draw(segment_planes(height=TILE_PX, width=TILE_PX, n_classes=n_classes, objects=objects))


@st.composite
def channel_pairs(
    draw: st.DrawFn, *, max_classes: int = 8, with_void_predictions: bool = False
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], int]:
    """Truth and prediction of one shape, with ignore and absent classes, and the number of classes."""
    n_classes = draw(st.integers(2, max_classes))
    height, width = draw(st.integers(1, 24)), draw(st.integers(1, 24))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    used = rng.choice(n_classes, size=draw(st.integers(1, n_classes)), replace=False)
    truth = rng.choice(used, size=(height, width)).astype(np.uint8)
    other = rng.choice(n_classes, size=draw(st.integers(1, n_classes)), replace=False)
    wrong = rng.choice(other, size=(height, width))
    prediction = np.where(rng.random((height, width)) < 0.5, truth, wrong).astype(np.uint8)
    truth[rng.random((height, width)) < draw(st.sampled_from([0.0, 0.2, 0.9]))] = NO_CHANNEL
    if with_void_predictions:
        prediction[rng.random((height, width)) < 0.2] = NO_CHANNEL
    return truth, prediction, n_classes


@st.composite
def object_rows(draw: st.DrawFn, *, n: int = 4, n_classes: int = 11) -> dict[int, ObjectRow]:
    """Up to `n` object rows with small ids."""
    ids = draw(st.sets(st.integers(FIRST_OBJECT, FIRST_OBJECT + n - 1), max_size=n))
    return {i: ObjectRow(i, draw(st.integers(1, n_classes)), {"note": draw(st.integers(0, 3))}) for i in ids}


@st.composite
def exchange_maps(draw: st.DrawFn) -> tuple[NDArray[np.uint16], NDArray[np.uint32]]:
    """Planes of class numbers (0 unlabelled, 65,535 ignore) and of object numbers (0 none).

    Nested and touching rectangles, single pixels, speckle; objects that touch and fall apart.
    """
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    classes = np.zeros((height, width), dtype=np.uint16)
    objects = np.zeros((height, width), dtype=np.uint32)
    value = st.one_of(st.integers(0, 8), st.integers(0, 60), st.just(IGNORE))
    for _ in range(draw(st.integers(0, 8))):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        bottom, right = draw(st.integers(top + 1, height)), draw(st.integers(left + 1, width))
        classes[top:bottom, left:right] = draw(value)
        objects[top:bottom, left:right] = draw(st.integers(0, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    where = rng.random((height, width)) < draw(st.sampled_from([0.0, 0.02, 0.5]))
    classes[where] = draw(value)
    objects[where] = rng.integers(0, 4, int(where.sum()))
    return classes, objects
