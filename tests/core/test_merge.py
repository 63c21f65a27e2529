"""Three-way merge: identity, commutation, and conflicts exactly where both sides differ."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from townscape.core.labelmap import FIRST_OBJECT, ObjectRow
from townscape.core.merge import merge_rows, merge_tiles, renumber
from townscape.testing.strategies import object_rows, segment_planes

planes = segment_planes(height=12, width=9)
rows = object_rows()


@given(planes, planes)
def test_if_only_one_side_changed_it_is_taken_whole(base, changed):
    assert np.array_equal(merge_tiles(base, base, changed).merged, changed)
    assert np.array_equal(merge_tiles(base, changed, base).merged, changed)
    assert not merge_tiles(base, base, changed).conflicts.any()
    assert not merge_tiles(base, changed, base).conflicts.any()


@given(planes, planes)
def test_the_same_change_on_both_sides_is_no_conflict(base, changed):
    result = merge_tiles(base, changed, changed)
    assert np.array_equal(result.merged, changed)
    assert not result.conflicts.any()


@given(planes, planes, planes)
def test_conflicts_lie_exactly_where_both_changed_differently(base, theirs, ours):
    expected = (theirs != base) & (ours != base) & (theirs != ours)
    assert np.array_equal(merge_tiles(base, theirs, ours).conflicts, expected)


@given(planes, planes, planes)
def test_merging_commutes_wherever_nothing_conflicts(base, one, other):
    there, back = merge_tiles(base, one, other), merge_tiles(base, other, one)
    assert np.array_equal(there.conflicts, back.conflicts)
    calm = ~there.conflicts
    assert np.array_equal(there.merged[calm], back.merged[calm])


@given(planes, planes, planes)
def test_every_pixel_comes_from_one_of_the_sides_and_ours_wins_conflicts(base, theirs, ours):
    result = merge_tiles(base, theirs, ours)
    assert ((result.merged == theirs) | (result.merged == ours)).all()
    assert np.array_equal(result.merged[result.conflicts], ours[result.conflicts])


@given(rows, rows)
def test_rows_changed_on_one_side_are_taken(base, changed):
    ours = base | changed
    assert merge_rows(base, base, ours).merged == ours
    assert merge_rows(base, ours, base).merged == ours
    assert merge_rows(base, base, ours).conflicts == frozenset()


@given(rows, rows, rows)
def test_row_conflicts_are_exactly_the_rows_both_changed_differently(base, one, other):
    theirs, ours = base | one, base | other
    result = merge_rows(base, theirs, ours)
    expected = {
        i for i in ours if ours[i] != base.get(i) and i in theirs and theirs[i] not in (base.get(i), ours[i])
    }
    assert result.conflicts == expected
    back = merge_rows(base, ours, theirs)
    assert back.conflicts == expected
    for i in result.merged.keys() | back.merged.keys():
        if i not in expected:
            assert result.merged[i] == back.merged[i]


@given(planes, st.dictionaries(st.integers(FIRST_OBJECT, FIRST_OBJECT + 3), st.integers(90_000, 90_009)))
def test_renumbering_replaces_ids_and_nothing_else(plane, new_by_old):
    plane = plane + np.uint32(FIRST_OBJECT) * (plane == 1)
    expected = plane.copy()
    for old, new in new_by_old.items():
        expected[plane == old] = new
    assert np.array_equal(renumber(plane, new_by_old), expected)


def test_a_tombstone_is_a_change_like_any_other():
    base = {FIRST_OBJECT: ObjectRow(FIRST_OBJECT, 3)}
    gone = {FIRST_OBJECT: ObjectRow(FIRST_OBJECT, None)}
    assert merge_rows(base, gone, base).merged == gone
