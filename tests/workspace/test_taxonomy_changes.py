"""A taxonomy changes by versions: numbers stay, pixels are never rewritten."""

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.errors import TownscapeError, UsageError
from townscape.core.labelmap import LabelMap
from townscape.workspace import create_workspace
from townscape.workspace.taxonomy_changes import (
    AddClass,
    ChangeClass,
    MergeClass,
    Reorder,
    change_taxonomy,
)


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w", taxonomy="camvid") as opened:
        yield opened


def change(workspace, what):
    version = workspace.taxonomies.get("camvid").version
    return change_taxonomy(workspace, "camvid", what, version=version)


def test_a_new_class_gets_a_number_that_nobody_had(workspace):
    after = change(workspace, AddClass(name="Tram line", color="#123456"))
    added = after.classes[-1]
    assert (added.number, added.key, after.version) == (12, "tram-line", 2)
    assert workspace.taxonomies.get("camvid", 1).version == 1


def test_merged_pixels_are_read_as_the_other_class_and_stay_what_they_are(workspace, tmp_path):
    Pillow.new("RGB", (40, 30)).save(tmp_path / "a.png")
    image, _ = workspace.images.take_in(tmp_path / "a.png", name="a.png")
    annotation = workspace.labels.open(image, "camvid")
    workspace.labels.save_map(annotation.id, LabelMap(np.full((30, 40), 7, dtype=np.uint32)))
    after = change(workspace, MergeClass(number=7, into=3))
    stored = workspace.labels.read(annotation.id)
    assert (stored.segments_hw == 7).all()
    assert (stored.class_numbers(after) == 3).all()
    assert after.resolved[7] == 3


def test_merging_follows_what_was_merged_before(workspace):
    change(workspace, MergeClass(number=7, into=3))
    after = change(workspace, MergeClass(number=3, into=2))
    assert (after.resolved[7], after.resolved[3]) == (2, 2)
    with pytest.raises(UsageError, match="merged itself"):
        change(workspace, MergeClass(number=1, into=7))


@pytest.mark.parametrize(
    "what",
    [
        MergeClass(number=7, into=7),
        AddClass(name="Road", color="#112233", key="road"),
        ChangeClass(number=1, color="blue"),
        Reorder(numbers=(1, 2, 3)),
        ChangeClass(number=99, name="x"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(workspace, what):
    with pytest.raises(TownscapeError):
        change(workspace, what)
    assert workspace.taxonomies.get("camvid").version == 1


def test_two_who_change_at_once_do_not_overwrite_each_other(workspace):
    change_taxonomy(workspace, "camvid", ChangeClass(number=1, name="Heaven"), version=1)
    with pytest.raises(UsageError, match="changed meanwhile"):
        change_taxonomy(workspace, "camvid", ChangeClass(number=1, name="Air"), version=1)
    assert workspace.taxonomies.get("camvid").get_class(1).name == "Heaven"


def test_order_shortcuts_and_the_mean_are_kept(workspace):
    numbers = tuple(range(11, 0, -1))
    change(workspace, Reorder(numbers=numbers))
    change(workspace, ChangeClass(number=10, shortcut="w", evaluated=False))
    after = workspace.taxonomies.get("camvid")
    assert (
        tuple(sorted((c.number for c in after.active), key=lambda n: after.get_class(n).display_order))
        == numbers
    )
    assert after.get_class(10).shortcut == "w"
    assert not after.get_class(10).evaluated
