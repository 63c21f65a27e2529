"""Masks of one bit as PNGs: exact, and read as what can be seen whatever the kind of PNG."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from townscape.formats.codecs import bit_png

MASK = np.array([[True, False, True], [False, False, True]])


@given(arrays.arrays(bool, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_masks_come_back(mask):
    for encode in (bit_png.encode_grey, bit_png.encode_transparent):
        assert np.array_equal(bit_png.decode(encode(mask), mask.size), mask)


def test_other_readers_see_the_same():
    with Image.open(io.BytesIO(bit_png.encode_grey(MASK))) as image:
        assert image.mode == "1"
        assert np.array_equal(np.asarray(image), MASK)
    with Image.open(io.BytesIO(bit_png.encode_transparent(MASK))) as image:
        assert np.array_equal(
            np.asarray(image.convert("RGBA")), np.where(MASK, 255, 0)[..., None] * [1, 1, 1, 1]
        )


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGB", "RGBA"])
def test_every_kind_of_png(mode):
    image = Image.fromarray(np.where(MASK, 255, 0).astype(np.uint8))
    if mode == "P":
        image = Image.fromarray(MASK.astype(np.uint8))
        image.putpalette([0, 0, 0, 255, 255, 255])
    elif mode in ("LA", "RGBA"):
        shown, image = image, Image.new(mode, (3, 2))
        image.putalpha(shown)
    else:
        image = image.convert(mode)
    for options in ({}, {"transparency": 0}) if mode == "P" else ({},):
        buffer = io.BytesIO()
        image.save(buffer, "PNG", **options)
        assert np.array_equal(bit_png.decode(buffer.getvalue(), 6), MASK)


def test_what_is_refused():
    whole = bit_png.encode_grey(MASK)
    for content in (b"", b"GIF89a", whole[:20], whole[:44]):
        with pytest.raises(ValueError, match="no PNG, or a damaged one"):
            bit_png.decode(content, 6)
    with pytest.raises(ValueError, match="larger than their image"):
        bit_png.decode(whole, 5)
    for text in (None, 3, "ä", "QUJ"):
        with pytest.raises(ValueError, match="no base64"):
            bit_png.from_base64(text)


def test_masks_are_cut_to_their_image():
    place, inside = bit_png.cut_to_image(MASK, -1, 1, 2, 9)
    assert (place, inside.tolist()) == ((slice(1, 2), slice(0, 2)), [[False, True]])
    _, nothing = bit_png.cut_to_image(MASK, 50, -50, 2, 9)
    assert nothing.size == 0
