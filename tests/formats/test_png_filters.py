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
from townscape.core.metadata_free import PNG_START
from townscape.formats.codecs import png
from townscape.formats.codecs.png_filters import can_be_undone, unfiltered

KINDS = {"grey": (8, 0, 1), "grey 16": (16, 0, 2), "rgb": (8, 2, 3), "rgba": (8, 6, 4)}
"""Bits, colour type, bytes a pixel."""


def filtered(content, filters, n_lanes):
    """Rows with their filters, none or Sub, as the specification says, byte by byte."""
    rows = []
    for kind, row in zip(filters, content, strict=True):
        left = np.concatenate([np.zeros(n_lanes, np.uint8), row[:-n_lanes]])
        rows.append(np.concatenate([[kind], row - left if kind else row]))
    return np.array(rows, np.uint8)


def a_png(content, filters, kind):
    bits, color_type, n_lanes = KINDS[kind]
    header = struct.pack(">IIBBBBB", content.shape[1] // n_lanes, content.shape[0], bits, color_type, 0, 0, 0)
    body = zlib.compress(filtered(content, filters, n_lanes).tobytes())
    parts = (png.chunk(b"IHDR", header), png.chunk(b"IDAT", body), png.chunk(b"IEND", b""))
    return PNG_START + b"".join(parts)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    n_values=st.sampled_from([1, 2, 256]),
    stretch=st.sampled_from([1, 30]),
    seed=st.integers(0, 999),
)
def test_rows_come_back_as_pillow_reads_them(kind, height, width, n_values, stretch, seed):
    rng = np.random.default_rng(seed)
    n_lanes = KINDS[kind][2]
    pixels = rng.integers(0, n_values, (height, width // stretch + 1, n_lanes), dtype=np.uint8)
    content = np.repeat(pixels, stretch, axis=1)[:, :width].reshape(height, -1)
    filters = rng.integers(0, 2, height)
    assert (unfiltered(filtered(content, filters, n_lanes), n_lanes) == content).all()
    written = a_png(content, filters, kind)
    assert np.array_equal(png.decode(written).values, np.asarray(Pillow.open(io.BytesIO(written))))


def test_what_opencv_writes_is_read_here(real_data):
    path = min((real_data / "camvid" / "val").glob("*.png"))
    pixels = cv2.imread(str(path))
    assert (png.decode(cv2.imencode(".png", pixels)[1].tobytes()).values == pixels[..., ::-1]).all()


def test_other_filters_are_not_undone():
    rows = np.zeros((3, 5), np.uint8)
    rows[2, 0] = 2
    assert not can_be_undone(rows[:, 0])
    with pytest.raises(ValueError, match="another way"):
        unfiltered(rows, 1)


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
