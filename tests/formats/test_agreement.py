"""What has come back from files: told by a digest where all has, counted where something has not."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from townscape.core.labelmap import IGNORE
from townscape.formats.agreement import Agreement, compare, digest_of_read, expected
from townscape.formats.labels import ExportLabels, ExportObject, Slot, SourceLabels

INDEX_OF = {"road": 1, "car": 2, "tram": 3, "void": IGNORE}
THINGS = (2, 3)
PLANES = hnp.arrays(np.uint8, (6, 5), elements=st.integers(0, 8))
"""0 unlabelled, 1 road, 2 void, 3 a car nobody told apart, 4…6 cars, 7 and 8 trams."""
VALUES = ("", "road", "void", "car", "car", "car", "car", "tram", "tram")


def written(plane):
    """The plane as labels to be written; objects are numbered in the order of their values."""
    classes = np.array([0, *(INDEX_OF[v] for v in VALUES[1:])], np.uint16)[plane]
    present = [v for v in range(4, 9) if (plane == v).any()]
    table = np.zeros(9, np.uint32)
    table[present] = np.arange(1, len(present) + 1)
    return ExportLabels(classes, table[plane], [ExportObject(INDEX_OF[VALUES[v]]) for v in present])


def read(plane, order):
    """The plane as labels that were read, slots and objects in another order."""
    slots = [Slot(VALUES[v], f"object {v}" if v >= 4 or v == 1 else None) for v in order]
    table = np.zeros(9, np.uint32)
    table[list(order)] = np.arange(1, len(order) + 1)
    return SourceLabels(table[plane], slots)


@given(plane=PLANES, order=st.permutations(range(1, 9)))
def test_labels_that_came_back_have_the_same_digest_whatever_objects_are_called(plane, order):
    known, found = written(plane).stretches(), read(plane, order)
    digest, everything = expected(known)
    assert digest_of_read(found, INDEX_OF, THINGS) == digest
    assert compare(known, found, INDEX_OF) == everything


@given(plane=PLANES, other=PLANES, order=st.permutations(range(1, 9)))
def test_any_other_labels_have_another_one(plane, other, order):
    known, found = written(plane).stretches(), read(other, order)
    is_same = bool((written(plane).classes_hw == written(other).classes_hw).all())
    is_same &= known.class_of_object == written(other).stretches().class_of_object
    digest, everything = expected(known)
    is_same = is_same and compare(known, found, INDEX_OF) == everything
    assert (digest_of_read(found, INDEX_OF, THINGS) == digest) == is_same


@given(plane=PLANES)
def test_rows_and_columns_say_the_same(plane):
    labels = written(plane)
    rows, columns = labels.stretches(by_columns=False), labels.stretches(by_columns=True)
    for one, other in ((rows, columns), (columns, rows)):
        turned = one.ordered(by_columns=other.is_by_columns)
        assert expected(turned) == expected(other)
    assert expected(rows)[0] != expected(columns)[0]
    assert expected(rows)[1] == expected(columns)[1]


@given(plane=PLANES, other=PLANES)
def test_a_sum_that_was_too_good_is_corrected(plane, other):
    known, found = written(plane).stretches(), read(other, range(1, 9))
    total = Agreement()
    _, everything = expected(known)
    total.add(everything)
    total.add(everything)
    total.correct(compare(known, found, INDEX_OF))
    true = Agreement()
    true.add(everything)
    true.add(compare(known, found, INDEX_OF))
    assert total == true
