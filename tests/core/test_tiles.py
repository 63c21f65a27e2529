"""Tiles: cutting and stitching are inverses, packing loses nothing, identity is the raw plane."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townscape.core import tiles
from townscape.core.spaces import Window
from townscape.testing.strategies import segment_planes
from townscape.testing.strategies import tiles as tile_strategy


@given(data=st.data(), height=st.integers(1, 1100), width=st.integers(1, 1100))
def test_stitching_cut_tiles_gives_the_plane_and_any_window_of_it(data, height, width):
    plane = data.draw(segment_planes(height=height, width=width))
    cut = {(key.row, key.column): tile for key, tile in tiles.cut(plane)}
    assert np.array_equal(tiles.stitch(cut, 0, 0, width, height), plane)
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    window = Window(x, y, data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y)))
    assert np.array_equal(tiles.stitch(cut, x, y, window.width, window.height), plane[window.slices])


@given(tile_strategy(objects=(70_000, 4_000_000_000)), st.sampled_from([1, 9]))
def test_unpacking_a_packed_tile_gives_it_back(tile, effort):
    assert np.array_equal(tiles.unpack(tiles.pack(tile, effort=effort)), tile)


@given(tile_strategy())
def test_histogram_counts_every_labelled_pixel(tile):
    values, counts = np.unique(tile[tile > 0], return_counts=True)
    expected = dict(zip(values.tolist(), counts.tolist(), strict=True))
    assert tiles.histogram(tile) == expected
    assert tiles.unpack_histogram(tiles.pack_histogram(expected)) == expected


def test_identity_is_the_sha256_of_the_little_endian_plane():
    tile = np.arange(512 * 512, dtype=np.uint32).reshape(512, 512)
    assert tiles.tile_hash(tile) == hashlib.sha256(tile.astype("<u4").tobytes()).digest()
    assert tiles.tile_hash(np.asfortranarray(tile)) == tiles.tile_hash(tile)


@pytest.mark.parametrize("damaged", [b"Rnonsense", b"Z" + b"\x00" * 40])
def test_damaged_tiles_are_refused(damaged):
    with pytest.raises(ValueError, match="damaged"):
        tiles.unpack(damaged)


@pytest.mark.parametrize(
    ("size", "levels"),
    [((1, 1), 1), ((512, 512), 1), ((513, 100), 2), ((1024, 1025), 3), ((30_000, 30_000), 7)],
)
def test_levels_go_on_until_one_tile_holds_everything(size, levels):
    assert tiles.level_count(*size) == levels
    assert max(tiles.level_shape(*size, levels - 1)) <= tiles.TILE_PX


@given(segment_planes(height=9, width=7))
def test_halving_takes_the_most_frequent_of_four(plane):
    halved = tiles.halve(plane)
    assert halved.shape == (5, 4)
    for row in range(4):
        for column in range(3):
            four = plane[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].reshape(-1).tolist()
            most = max(four.count(v) for v in four)
            expected = next(v for v in four if four.count(v) == most)
            assert halved[row, column] == expected


@given(segment_planes(height=1024, width=1024))
def test_an_overview_tile_is_the_halved_plane_of_its_children(plane):
    children = {(k.row, k.column): t for k, t in tiles.cut(plane) if t.any()}
    assert np.array_equal(tiles.overview_tile(children), tiles.halve(plane))
