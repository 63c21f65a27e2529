"""The worst windows: neighbours that look the same are shown once."""

from types import SimpleNamespace

import numpy as np

from townscape.evaluate.scoring import worst_windows


def counts(right, group):
    matrices = np.zeros((len(right), 2, 3), dtype=np.int64)
    matrices[:, 0, 0], matrices[:, 0, 1] = right, 100 - np.array(right)
    return SimpleNamespace(by_window=lambda: matrices, window_group=np.array(group))


def test_neighbours_of_a_chosen_window_are_left_out():
    found = worst_windows(counts([10, 11, 12, 50, 40, 90], [0] * 6), n=3)
    assert [index for index, _ in found] == [0, 4]


def test_windows_of_other_groups_are_no_neighbours():
    found = worst_windows(counts([10, 11, 12], [0, 1, 2]), n=2)
    assert [index for index, _ in found] == [0, 1]
