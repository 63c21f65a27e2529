"""A folder that was moved: its images are found again by content, and by nothing else."""

import pytest
from tests.collect.conftest import collect, picture

from townscape.core.errors import InputError, NothingToRead


@pytest.fixture
def moved(workspace, tmp_path):
    """A collected folder that now lies elsewhere, one file renamed, one changed, one missing."""
    for name in ("a.png", "in/b.png", "in/c.png", "changed.png", "missing.png"):
        picture(tmp_path / "old" / name, seed=len(name) + ord(name[0]))
    collect(workspace, tmp_path / "old")
    new = (tmp_path / "old").rename(tmp_path / "new")
    (new / "in" / "c.png").rename(new / "c.png")
    picture(new / "changed.png", seed=99)
    (new / "missing.png").unlink()
    return new


def test_the_error_of_a_missing_image_names_the_way_out(workspace, moved):
    image = workspace.images.find()[0]
    with pytest.raises(InputError, match="is gone from") as caught:
        workspace.images.path(image)
    assert "--relink" in (caught.value.hint or "")


def test_a_dry_run_lists_and_changes_nothing_and_then_it_is_done(workspace, tmp_path, moved):
    before = workspace.images.find()
    dry = collect(workspace, moved, relink=tmp_path / "old", dry_run=True)
    assert (dry.missing, dry.relinked, dry.is_dry_run) == (5, 3, True)
    assert workspace.images.find() == before
    done = collect(workspace, moved, relink=tmp_path / "old")
    assert done.moved == dry.moved
    reasons = {r["file"].rpartition("/")[2]: r["reason"] for r in done.lost}
    assert set(reasons) == {"changed.png", "missing.png"}
    assert "another content" in reasons["changed.png"]
    by_name = {i.name: i for i in workspace.images.find()}
    assert [i.id for i in by_name.values()] == [i.id for i in before], "they are the same images"
    assert workspace.images.path(by_name["in/b.png"]) == moved / "in" / "b.png"
    assert workspace.images.path(by_name["in/c.png"]) == moved / "c.png"
    assert [source.address for source in workspace.sources.find()] == [str(moved)]
    again = collect(workspace, moved)
    assert again.known == 3, "and collecting there knows them"
    assert len(workspace.sources.find()) == 1, "as the same source"


def test_what_was_collected_there_already_is_left_as_it_is(workspace, tmp_path, moved):
    collect(workspace, moved)
    result = collect(workspace, moved, relink=tmp_path / "old")
    assert result.relinked == 0
    assert sum("of its own" in r["reason"] for r in result.lost) == 3
    assert {source.address for source in workspace.sources.find()} == {str(tmp_path / "old"), str(moved)}


def test_images_that_are_found_somewhere_below_do_not_move_the_source(workspace, tmp_path, moved):
    assert collect(workspace, tmp_path, relink=tmp_path / "old").relinked == 3
    assert [source.address for source in workspace.sources.find()] == [str(tmp_path / "old")]


def test_a_source_keeps_its_address_where_there_is_another_one(workspace, tmp_path):
    one, other = (workspace.sources.open("folder", str(tmp_path / name)) for name in "ab")
    assert not workspace.sources.move(one, other.address, options={})
    assert workspace.sources.get(one.id) == one


def test_a_folder_of_which_nothing_is_missing_or_none_that_is_there_is_said(workspace, tmp_path, moved):
    with pytest.raises(NothingToRead, match="is missing"):
        collect(workspace, moved, relink=tmp_path / "other")
    with pytest.raises(NothingToRead, match="no folder"):
        collect(workspace, tmp_path / "nowhere", relink=tmp_path / "old")
