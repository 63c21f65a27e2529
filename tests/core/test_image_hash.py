"""Hashes of pictures, and the search among them, against what they must agree with."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townscape.core.hash_search import INDEXED_RADIUS, pairs_within, within
from townscape.core.image_hash import (
    HASH_BYTES,
    as_rows,
    crop_windows,
    dct_hash,
    distance,
    hash_picture,
    is_flat,
    mirrored,
    n_crops,
)

seeds = st.integers(0, 2**32 - 1)


def picture(seed, height=360, width=480):
    """Soft shapes of all sizes, as a photo has them."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(rng.normal(0, 40 / k, (2 * k, 3 * k)).astype(np.float32), (width, height)) * 2
        for k in (1, 2, 4, 8, 16, 32)
    ]
    return np.clip(128 + sum(layers), 0, 255).astype(np.uint8)


def all_distances(rows):
    return np.bitwise_count(rows[:, None] ^ rows[None]).sum(axis=-1, dtype=int)


@given(seeds)
def test_the_mirrored_picture_has_the_mirrored_hash(seed):
    gray = picture(seed)
    seen = dct_hash(np.ascontiguousarray(gray[:, ::-1]))
    assert distance(seen, mirrored(dct_hash(gray))) <= 2  # a coefficient of nearly zero may round either way
    assert mirrored(mirrored(seen)) == seen
    assert hash_picture(gray).flipped == mirrored(dct_hash(gray))


@given(seeds)
def test_saving_a_picture_anew_changes_few_bits_and_another_picture_most(seed):
    gray = picture(seed)
    first = dct_hash(gray)
    jpeg = cv2.imdecode(cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], cv2.IMREAD_GRAYSCALE)
    small = cv2.resize(gray, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    brighter = (255 * (gray / 255.0) ** 0.6).astype(np.uint8)
    assert distance(first, dct_hash(jpeg)) <= 24
    assert distance(first, dct_hash(small)) <= 24
    assert distance(first, dct_hash(brighter)) <= 60
    assert distance(first, dct_hash(picture(seed + 1))) > 84


@given(seeds, st.integers(0, n_crops() - 1))
def test_a_crop_has_nearly_the_hash_that_is_kept_of_its_window(seed, k):
    gray = picture(seed, 480, 480)
    x, y, w, h = (4 * v for v in crop_windows()[k])
    kept = hash_picture(gray).crops[k * HASH_BYTES : (k + 1) * HASH_BYTES]
    assert distance(kept, dct_hash(gray[y : y + h, x : x + w])) <= 16


def test_windows_lie_inside_and_mirror_onto_each_other():
    windows = set(crop_windows())
    assert len(windows) == n_crops() == len(crop_windows())
    assert all(0 <= x <= 120 - w and 0 <= y <= 120 - h for x, y, w, h in windows)
    off = [min(abs(120 - w - x - u) for u, v, s, _ in windows if (v, s) == (y, w)) for x, y, w, h in windows]
    assert max(off) <= 1  # a pixel, where the middle of a step was rounded


@pytest.mark.parametrize("value", [0, 17, 255])
def test_a_picture_of_one_color_is_flat_and_a_photo_is_not(value):
    plain = np.full((40, 60), value, np.uint8)
    assert is_flat(plain)
    assert hash_picture(plain).is_flat
    assert not is_flat(picture(1))
    assert not hash_picture(picture(1)).is_flat


def test_sizes_below_the_hash_s_own_are_hashed_too():
    for shape in ((1, 1), (1, 300), (9, 7), (31, 33)):
        made = hash_picture(np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8))
        assert (len(made.whole), len(made.crops)) == (HASH_BYTES, HASH_BYTES * n_crops())


@st.composite
def many_hashes(draw):
    """Hashes of which some differ from others in a drawn number of bits."""
    rng = np.random.default_rng(draw(seeds))
    rows = rng.integers(0, 256, (draw(st.integers(2, 60)), HASH_BYTES), dtype=np.uint8)
    bits = np.unpackbits(rows, axis=1)
    for _ in range(draw(st.integers(0, 60))):
        i, j = rng.integers(0, len(rows), 2)
        bits[i] = bits[j]
        changed = rng.permutation(256)[: draw(st.integers(0, 100))]
        bits[i, changed] ^= 1
    return np.packbits(bits, axis=1)


@given(many_hashes(), st.integers(0, 100))
def test_all_pairs_within_a_radius_are_found_and_no_other(rows, radius):
    far = all_distances(rows)
    expected = [
        (i, j, far[i, j]) for i in range(len(rows)) for j in range(i + 1, len(rows)) if far[i, j] <= radius
    ]
    found = pairs_within(rows, radius)
    assert (
        list(zip(found.first.tolist(), found.second.tolist(), found.distance.tolist(), strict=True))
        == expected
    )


@given(seeds, st.integers(0, INDEXED_RADIUS))
def test_the_index_misses_no_pair_however_the_bits_are_spread(seed, radius):
    """The worst case of the pigeonhole: as many differing bits as the radius, spread evenly."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 2, 256, dtype=np.uint8)
    second = first.copy()
    places = np.concatenate([16 * np.arange(16), 16 * np.arange(16) + 7])[:radius]
    second[places] ^= 1
    rows = np.packbits(np.stack([first, rng.integers(0, 2, 256, dtype=np.uint8), second]), axis=1)
    found = pairs_within(rows, radius)
    assert (0, 2) in zip(found.first.tolist(), found.second.tolist(), strict=True)


@given(many_hashes(), st.integers(0, 120))
def test_queries_find_every_row_within_the_radius(rows, radius):
    queries = rows[::3]
    far = np.bitwise_count(queries[:, None] ^ rows[None]).sum(axis=-1, dtype=int)
    found = within(queries, rows, radius)
    i, j = np.nonzero(far <= radius)
    assert np.array_equal(found.first, i)
    assert np.array_equal(found.second, j)
    assert np.array_equal(found.distance, far[i, j])


def test_hashes_of_bytes_and_rows_are_the_same_thing():
    some = [dct_hash(picture(k)) for k in range(3)]
    rows = as_rows(some)
    assert [row.tobytes() for row in rows] == some
    assert as_rows([]).shape == (0, HASH_BYTES)
    assert distance(some[0], some[1]) == all_distances(rows)[0, 1]


def test_a_search_that_is_shared_among_threads_finds_the_same():
    rng = np.random.default_rng(5)
    rows = rng.integers(0, 256, (30_000, HASH_BYTES), dtype=np.uint8)
    queries = rows[100:140].copy()
    queries[:, 0] ^= 3
    found = within(queries, rows, 90)
    far = np.bitwise_count(queries[:, None] ^ rows[None]).sum(axis=-1, dtype=int)
    i, j = np.nonzero(far <= 90)
    assert np.array_equal(np.stack([found.first, found.second, found.distance]), [i, j, far[i, j]])
    assert set(zip(range(40), range(100, 140), strict=True)) <= set(
        zip(found.first.tolist(), found.second.tolist(), strict=True)
    )
