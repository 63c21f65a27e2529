"""Listing, then taking: killed at any moment and resumed, nothing is lost and nothing taken twice."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.collect.conftest import collect, names, picture, states

from townscape.collect import CollectOptions, collecting, run
from townscape.collect.sources import get_source, kind_of, source_names
from townscape.collect.sources.folder import FolderSource
from townscape.core.errors import InputError, RunCancelled, SourceGone, UsageError
from townscape.core.events import Report
from townscape.workspace import create_workspace


class Killed(BaseException):
    """Stands for a process that ends without a word."""


def test_every_kind_of_source_keeps_the_contract():
    for name in source_names():
        kind = get_source(name)
        assert kind.TITLE[0].isupper()
        assert isinstance(kind.PRIORITY, int)
        assert callable(kind.open)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("photos", "folder"),
        ("/a/b.jpg", "folder"),
        ("drive.MP4", "video"),
        ("dataset:kitti-semantics", "dataset"),
    ],
)
def test_an_address_is_known_by_its_looks(address, kind):
    assert kind_of(address)[0] == kind


@pytest.mark.parametrize("address", ["ftp://host/x", "nothing:x", "s4://b"])
def test_an_address_that_nothing_knows_is_told_what_there_is(address):
    with pytest.raises(UsageError, match="no source that Townscape knows") as caught:
        kind_of(address)
    assert "photos/" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"paths": (), "addresses": ("/etc",)},
        {"addresses": ("https://ana:secret@example.org/list.txt",)},
        {"addresses": ("https://example.org/x.jpg?X-Amz-Signature=abc",)},
        {"paths": ("a",), "dry_run": True},
        {"paths": ("a", "b"), "relink": "c"},
    ],
)
def test_options_that_make_no_sense_or_hold_a_secret_are_refused(options):
    with pytest.raises(UsageError) as caught:
        CollectOptions.parse(options)
    assert "secret@" not in str(caught.value)
    assert "abc" not in str(caught.value)


def test_a_folder_collected_again_brings_what_is_new_changed_and_gone(workspace, tmp_path):
    for k in range(4):
        picture(tmp_path / "p" / f"{k}.png", seed=k)
    first = collect(workspace, tmp_path / "p")
    assert (first.found, first.added, first.known) == (4, 4, 0)
    picture(tmp_path / "p" / "4.png", seed=4)
    picture(tmp_path / "p" / "1.png", seed=11, size=(80, 60))
    (tmp_path / "p" / "2.png").unlink()
    again = collect(workspace, tmp_path / "p")
    assert (again.found, again.added, again.replaced, again.known, again.gone) == (4, 2, 1, 2, 1)
    assert names(workspace) == ["0.png", "1.png", "2.png", "3.png", "4.png"], "what is gone stays an image"
    assert states(workspace) == {
        "0.png": "taken", "1.png": "taken", "2.png": "gone", "3.png": "taken", "4.png": "taken",
    }  # fmt: skip
    third = collect(workspace, tmp_path / "p")
    assert (third.added, third.known, third.gone) == (0, 4, 0)


def test_a_file_that_was_touched_and_not_changed_is_the_image_that_it_was(workspace, tmp_path):
    path = picture(tmp_path / "p" / "a.png")
    collect(workspace, tmp_path / "p")
    os.utime(path, (1, 1))
    again = collect(workspace, tmp_path / "p")
    assert (again.added, again.known) == (0, 1)


def test_a_sample_takes_as_many_as_asked_and_leaves_the_rest_listed(workspace, tmp_path):
    for k in range(12):
        picture(tmp_path / "p" / f"{k:02}.png", seed=k)
    (tmp_path / "p" / "03.png").write_bytes(b"broken")
    (tmp_path / "p" / "07.png").write_bytes(b"broken")
    first = collect(workspace, tmp_path / "p", sample=5)
    assert (first.added, first.waiting + first.n_rejected) == (5, 7)
    taken = set(names(workspace))
    again = collect(workspace, tmp_path / "p", sample=8)
    assert (again.added, again.known) == (3, 5)
    assert taken < set(names(workspace))
    assert collect(workspace, tmp_path / "p").added == 2


def test_one_file_in_two_sources_is_one_image(workspace, tmp_path):
    picture(tmp_path / "p" / "in" / "a.png")
    result = collect(workspace, tmp_path / "p", tmp_path / "p" / "in")
    assert (result.found, result.added, result.known) == (2, 1, 1)
    assert len(workspace.sources.find()) == 2


def test_place_and_camera_said_by_the_user_are_kept(workspace, tmp_path):
    collect(workspace, picture(tmp_path / "p" / "a.png").parent, place="Elm", camera="Rig 2")
    (image,) = workspace.images.find()
    assert (image.place, image.camera) == ("Elm", "Rig 2")


def test_what_was_rejected_is_tried_again_once_it_was_mended(workspace, tmp_path):
    path = tmp_path / "p" / "a.png"
    path.parent.mkdir()
    path.write_bytes(b"broken")
    first = collect(workspace, tmp_path / "p")
    assert (first.added, first.n_rejected) == (0, 1)
    status = path.stat()
    picture(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert collect(workspace, tmp_path / "p").added == 1


@given(
    at=st.lists(st.integers(0, 25), min_size=1, max_size=3),
    where=st.sampled_from(["listing", "taken", "marked"]),
)
@example(at=[4], where="taken")
@example(at=[0, 0], where="taken")
@settings(max_examples=12)
def test_a_run_that_is_killed_and_resumed_takes_everything_once(tmp_path_factory, at, where):
    folder = tmp_path_factory.mktemp("killed")
    for k in range(9):
        picture(folder / "p" / f"{k}.png", seed=k, size=(8, 8))
    (folder / "p" / "broken.png").write_bytes(b"no")
    with create_workspace(folder / "w") as workspace, pytest.MonkeyPatch.context() as patch:
        steps = _kill_after(patch, where)
        for n in at:
            steps[0] = n
            try:
                result = collect(workspace, folder / "p", run_id="run-1")
                break
            except Killed:
                continue
        else:
            steps[0] = 1000
            result = collect(workspace, folder / "p", run_id="run-1")
        assert (result.found, result.added, result.known, result.n_rejected) == (10, 9, 0, 1)
        assert len(workspace.images.find(current_only=False)) == 9


def _kill_after(patch, where):
    """Raise `Killed` after some steps: while listing, or after an image was stored or marked."""
    steps = [0]

    def count():
        steps[0] -= 1
        if steps[0] < 0:
            raise Killed

    entries, take = FolderSource.entries, FolderSource.take
    mark = collecting._Collecting._take_one

    def listed(self, after):
        for entry in entries(self, after):
            count()
            yield entry

    def taken(self, *arguments, **more):
        found = take(self, *arguments, **more)
        count()
        return found

    def marked(self, *arguments, **more):
        mark(self, *arguments, **more)
        count()

    if where == "listing":
        patch.setattr(FolderSource, "entries", listed)
    elif where == "taken":
        patch.setattr(FolderSource, "take", taken)
    else:
        patch.setattr(collecting._Collecting, "_take_one", marked)
    return steps


def test_a_source_that_stops_answering_stops_the_run_and_it_goes_on_later(workspace, tmp_path, monkeypatch):
    for k in range(5):
        picture(tmp_path / "p" / f"{k}.png", seed=k)
    take = FolderSource.take
    left = [3]

    def fragile(self, *arguments, **more):
        if left[0] == 0:
            raise SourceGone("The drive was pulled out.", hint="plug it in.")
        left[0] -= 1
        return take(self, *arguments, **more)

    monkeypatch.setattr(FolderSource, "take", fragile)
    with pytest.raises(SourceGone, match="pulled out") as caught:
        collect(workspace, tmp_path / "p", run_id="run-1")
    assert caught.value.hint == "plug it in; then `townscape runs resume` goes on where it stopped."
    assert workspace.sources.counts(workspace.sources.find()[0].id)["taken"] == 3
    left[0] = 100
    result = collect(workspace, tmp_path / "p", run_id="run-1")
    assert (result.added, result.known) == (5, 0)


def test_a_folder_that_is_taken_away_in_the_middle_is_no_reason_to_reject_its_images(workspace, tmp_path):
    for k in range(3):
        picture(tmp_path / "p" / f"{k}.png", seed=k)
    with pytest.MonkeyPatch.context() as patch:
        mark = collecting._Collecting._take_one

        def pull(self, *arguments, **more):
            mark(self, *arguments, **more)
            if (tmp_path / "p").exists():
                (tmp_path / "p").rename(tmp_path / "away")

        patch.setattr(collecting._Collecting, "_take_one", pull)
        with pytest.raises(SourceGone, match="cannot be reached"):
            collect(workspace, tmp_path / "p", run_id="run-1")
    assert sorted(states(workspace).values()) == ["listed", "listed", "taken"]
    (tmp_path / "away").rename(tmp_path / "p")
    assert collect(workspace, tmp_path / "p", run_id="run-1").added == 3


def test_a_run_can_be_cancelled_between_two_images(workspace, tmp_path):
    for k in range(5):
        picture(tmp_path / "p" / f"{k}.png", seed=k)
    report = Report(run_id="run-1", is_cancelled=lambda: len(workspace.images.find()) >= 2)
    with pytest.raises(RunCancelled):
        collect(workspace, tmp_path / "p", report=report)
    assert collect(workspace, tmp_path / "p", run_id="run-1").added == 5


def test_what_cannot_be_read_as_options_of_an_earlier_run_is_no_excuse(workspace, tmp_path):
    collect(workspace, picture(tmp_path / "p" / "a.png").parent, place="Elm")
    (source,) = workspace.sources.find()
    again = CollectOptions.parse(source.options)
    assert (again.place, again.paths) == ("Elm", (tmp_path / "p",))
    assert run(workspace, again, Report()).known == 1


def test_the_images_of_a_workspace_in_the_folder_are_not_collected_into_itself(workspace, tmp_path):
    picture(tmp_path / "a.png")
    collect(workspace, tmp_path, copy_images=True)
    assert collect(workspace, tmp_path).found == 1


def test_following_takes_what_comes_once_it_is_whole_and_ends_well(workspace, tmp_path):
    folder = tmp_path / "p"
    whole = picture(tmp_path / "b.png", seed=1).read_bytes()
    picture(folder / "a.png")
    os.utime(folder / "a.png", (1, 1))
    began = time.monotonic()

    def is_enough():
        if time.monotonic() - began > 1 and not (folder / "b.png").exists():
            (folder / "b.png").write_bytes(whole[:100])
        elif time.monotonic() - began > 2.5 and len(whole) > (folder / "b.png").stat().st_size:
            assert names(workspace) == ["a.png"], "half a file was taken"
            (folder / "b.png").write_bytes(whole)
        return len(names(workspace)) == 2 or time.monotonic() - began > 30

    result = collect(workspace, folder, follow=True, report=Report(is_cancelled=is_enough))
    assert (result.added, result.n_rejected) == (2, 0)


def test_only_folders_can_be_followed(workspace, tmp_path):
    (tmp_path / "v.mp4").write_bytes(b"x")
    with pytest.raises((UsageError, InputError)):
        collect(workspace, tmp_path / "v.mp4", follow=True)


def test_a_process_that_is_killed_for_good_is_resumed_by_its_run(workspace, tmp_path):
    for k in range(60):
        picture(tmp_path / "p" / f"{k:02}.png", seed=k, size=(300, 200))
    code = (
        "import sys; from pathlib import Path; from townscape.collect import CollectOptions, run\n"
        "from townscape.core.events import Report; from townscape.workspace import open_workspace\n"
        "run(open_workspace(sys.argv[1]), CollectOptions(paths=(Path(sys.argv[2]),)), Report(run_id='r'))\n"
    )
    command = [sys.executable, "-c", code, str(workspace.root), str(tmp_path / "p")]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    ends_at = time.monotonic() + 60
    while len(workspace.images.find()) < 7 and time.monotonic() < ends_at:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert 7 <= len(workspace.images.find()) < 60
    result = collect(workspace, tmp_path / "p", run_id="r")
    assert (result.found, result.added, result.known) == (60, 60, 0)
    assert len(workspace.images.find(current_only=False)) == 60
