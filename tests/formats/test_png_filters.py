"""PNG masks of other writers: rows filtered by the difference to the left neighbour."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from townscape.core.errors import UnreadableImage
from townscape.formats.codecs import png
from townscape.formats.codecs.png_chunks import chunk, png_of
from townscape.formats.codecs.png_filters import pixels_of, unfiltered_grey

KINDS = {"grey": (8, 0, 1), "palette": (8, 3, 1), "grey 16": (16, 0, 2), "rgb": (8, 2, 3), "rgba": (8, 6, 4)}
"""Bits, colour type, bytes a pixel."""


def filtered(content, filters, n_lanes):
    """Rows with their filters, as the specification says (section 9.2), byte by byte."""
    rows, above = [], np.zeros_like(content[0])
    for kind, row in zip(filters, content, strict=True):
        left, above_left = (np.concatenate([np.zeros(n_lanes, np.uint8), r[:-n_lanes]]) for r in (row, above))
        guesses = [0, left, above, (left.astype(int) + above) // 2, paeth(left, above, above_left)]
        rows.append(np.concatenate([[kind], row.astype(int) - guesses[kind]]) & 255)
        above = row
    return np.array(rows, np.uint8)


def paeth(left, above, above_left):
    a, b, c = (v.astype(int) for v in (left, above, above_left))
    to_a, to_b, to_c = (abs(a + b - c - v) for v in (a, b, c))
    return np.where((to_a <= to_b) & (to_a <= to_c), a, np.where(to_b <= to_c, b, c))


def a_png(content, filters, kind):
    bits, color_type, n_lanes = KINDS[kind]
    header = struct.pack(">IIBBBBB", content.shape[1] // n_lanes, content.shape[0], bits, color_type, 0, 0, 0)
    body = zlib.compress(filtered(content, filters, n_lanes).tobytes())
    palette = chunk(b"PLTE", bytes(768)) if color_type == 3 else b""
    return png_of(chunk(b"IHDR", header), palette, chunk(b"IDAT", body))


@given(
    kind=st.sampled_from(sorted(KINDS)),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    n_values=st.sampled_from([1, 2, 256]),
    stretch=st.sampled_from([1, 30]),
    n_filters=st.sampled_from([2, 5]),
    seed=st.integers(0, 999),
)
def test_rows_come_back_as_pillow_reads_them(kind, height, width, n_values, stretch, n_filters, seed):
    rng = np.random.default_rng(seed)
    n_lanes = KINDS[kind][2]
    pixels = rng.integers(0, n_values, (height, width // stretch + 1, n_lanes), dtype=np.uint8)
    content = np.repeat(pixels, stretch, axis=1)[:, :width].reshape(height, -1)
    filters = rng.integers(0, n_filters, height)
    written = a_png(content, filters, kind)
    assert np.array_equal(png.decode(written).values, np.asarray(Pillow.open(io.BytesIO(written))))


def test_what_opencv_writes_is_read_here(real_data):
    path = min((real_data / "camvid" / "val").glob("*.png"))
    pixels = cv2.imread(str(path))
    assert (png.decode(cv2.imencode(".png", pixels)[1].tobytes()).values == pixels[..., ::-1]).all()


@given(
    height=st.integers(1, 300),
    width=st.integers(1, 400),
    highest=st.sampled_from([255, 256, 65_535]),
    seed=st.integers(0, 999),
)
def test_opencv_undoes_all_filters_of_one_band(height, width, highest, seed):
    rng = np.random.default_rng(seed)
    filters = rng.integers(0, 5, height)
    for bits in (8, 16):
        kind = np.dtype(f">u{bits // 8}")
        values = rng.integers(0, min(highest, (1 << bits) - 1), (height, width), endpoint=True).astype(kind)
        rows = filtered(values.view(np.uint8).reshape(height, -1), filters, bits // 8)
        assert np.array_equal(unfiltered_grey(rows, bits), values)
        assert np.array_equal(pixels_of(zlib.compress(rows.tobytes()), height, width, bits, 1), values)


def test_what_is_read_better_by_others_is_left_to_them():
    rows = np.zeros((400, 7), np.uint8)
    assert pixels_of(zlib.compress(rows.tobytes()), 400, 2, 8, 3).shape == (400, 2, 3)
    assert pixels_of(zlib.compress(rows.tobytes() + b"?"), 400, 2, 8, 3) is None
    assert pixels_of(zlib.compress(rows.tobytes())[:-9], 400, 2, 8, 3) is None
    rows[399, 0] = 2
    assert pixels_of(zlib.compress(rows.tobytes()), 400, 2, 8, 3) is None
    assert pixels_of(zlib.compress(rows.tobytes()), 400, 6, 8, 1).shape == (400, 6)
    rows[399, 0] = 9
    assert pixels_of(zlib.compress(rows.tobytes()), 400, 6, 8, 1) is None


def test_what_is_cut_off_among_its_rows_is_refused():
    content = np.repeat(np.arange(60, dtype=np.uint8), 3).reshape(60, 3)
    written = a_png(content, [1] * 60, "grey")
    assert (png.decode(written[:-12]).values == content).all()  # only its end is missing
    for cut in (40, 80):
        with pytest.raises(UnreadableImage, match="truncated"):
            png.decode(written[:-cut])


def test_too_few_rows_are_refused():
    content = np.repeat(np.arange(60, dtype=np.uint8), 3).reshape(60, 3)
    written = a_png(content, [1] * 60, "grey")
    taller = written.replace(struct.pack(">II", 3, 60), struct.pack(">II", 3, 61))
    body = taller[12:29]
    mended = taller[:29] + struct.pack(">I", zlib.crc32(body)) + taller[33:]
    with pytest.raises(UnreadableImage, match="60 of 61 rows"):
        png.decode(mended)
