"""Every format gives back what was written, for every label map that hypothesis thinks of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townscape.core.labelmap import IGNORE
from townscape.formats.kinds import get_format, writable_names
from townscape.testing.conformance import formats
from townscape.testing.strategies import exchange_maps

CASES = [(name, variant) for name in writable_names() for variant in get_format(name).VARIANTS]


@pytest.mark.parametrize(("name", "variant"), CASES)
@given(maps=st.lists(exchange_maps(), min_size=1, max_size=3), n_classes=st.sampled_from([1, 5, 40]))
@settings(max_examples=settings().max_examples * 5 // 12)
def test_round_trip(name, variant, maps, n_classes):
    formats.check(name, variant, maps, n_classes=n_classes)


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_a_map_of_everything(name, variant):
    """Nothing labelled; everything void; one pixel; a chessboard; rings in rings; a line of one pixel."""
    empty = np.zeros((9, 13), np.uint16)
    board = np.indices((9, 13)).sum(axis=0) % 2 * 3
    rings = np.minimum.reduce([*np.indices((9, 13)), 8 - np.indices((9, 13))[0], 12 - np.indices((9, 13))[1]])
    dot, line = empty.copy(), empty.copy()
    dot[4, 6], line[4, :] = 3, 4
    void = np.full_like(empty, IGNORE)
    maps = [empty, void, dot, board.astype(np.uint16), (rings % 4).astype(np.uint16), line]
    formats.check(name, variant, [(m, np.where(m > 2, 1, 0)) for m in maps])
