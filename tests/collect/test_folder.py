"""Folders as they are: links in circles, names of every kind, what may not be read, what is no picture."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.collect.conftest import collect, names, picture, states

from townscape.collect import CollectOptions
from townscape.collect.sources.folder import FolderSource
from townscape.core.errors import NothingToRead
from townscape.workspace import create_workspace


def source_of(root):
    return FolderSource(root, CollectOptions(paths=(root,)), own=Path("/nowhere"))


_name = st.text("ab.-~ é", min_size=1, max_size=3).filter(lambda n: n not in (".", "..") and n == n.strip())


@given(paths=st.sets(st.lists(_name, min_size=1, max_size=3).map(tuple), max_size=12), cut=st.integers(0, 12))
@settings(max_examples=80)
def test_entries_come_in_order_of_key_and_go_on_behind_any_of_them(tmp_path_factory, paths, cut):
    root = tmp_path_factory.mktemp("folder")
    made = set()
    for parts in paths:
        path = root.joinpath(*parts).with_name(f"{parts[-1]}.png")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        except OSError:
            continue
        made.add(path.relative_to(root).as_posix())
    shown = sorted(k for k in made if not any(part.startswith(".") for part in k.split("/")))
    assert [e.key for e in source_of(root).entries(None)] == shown
    if shown:
        after = shown[cut % len(shown)]
        assert [e.key for e in source_of(root).entries(after)] == [k for k in shown if k > after]


def test_links_that_go_in_circles_end_and_links_elsewhere_are_followed_once(workspace, tmp_path):
    picture(tmp_path / "p" / "a.png", seed=1)
    picture(tmp_path / "p" / "deep" / "b.png", seed=2)
    picture(tmp_path / "other" / "c.png", seed=3)
    (tmp_path / "p" / "deep" / "up").symlink_to(tmp_path / "p")
    (tmp_path / "p" / "self").symlink_to(tmp_path / "p" / "self")
    (tmp_path / "p" / "x").symlink_to(tmp_path / "other")
    (tmp_path / "p" / "y").symlink_to(tmp_path / "other")
    (tmp_path / "other" / "back").symlink_to(tmp_path / "p")
    (tmp_path / "p" / "d.png").symlink_to(tmp_path / "other" / "c.png")
    (tmp_path / "p" / "broken.png").symlink_to(tmp_path / "nothing.png")
    result = collect(workspace, tmp_path / "p")
    assert states(workspace) == {
        "a.png": "taken",
        "broken.png": "rejected",
        "d.png": "taken",
        "deep/b.png": "taken",
        "x/c.png": "taken",
    }
    assert result.added == 3, "a link to a picture and the picture are one image"
    assert "link to nothing" in result.rejected[0]["reason"]


def test_hidden_files_and_other_files_are_left_alone_and_unread_kinds_are_listed(workspace, tmp_path):
    for name in ("a.png", ".hidden.png", ".cache/b.png", "b.webp", "c.avif"):
        picture(tmp_path / "p" / name)
    (tmp_path / "p" / "notes.txt").write_text("x")
    (tmp_path / "p" / "phone.HEIC").write_bytes(b"x")
    (tmp_path / "p" / "raw.nef").write_bytes(b"x")
    (tmp_path / "p" / "empty.jpg").write_bytes(b"")
    result = collect(workspace, tmp_path / "p")
    assert names(workspace) == ["a.png", "b.webp", "c.avif"]
    reasons = {r["file"]: r["reason"] for r in result.rejected}
    assert set(reasons) == {"phone.HEIC", "raw.nef", "empty.jpg"}
    assert "most compatible" in reasons["phone.HEIC"]
    assert "0 bytes" in reasons["empty.jpg"]


def test_a_name_that_is_no_unicode_is_listed_with_the_reason(workspace, tmp_path):
    whole = picture(tmp_path / "p" / "a.png").read_bytes()
    try:
        Path(os.fsdecode(os.fsencode(tmp_path / "p") + b"/b\xff.png")).write_bytes(whole)
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    result = collect(workspace, tmp_path / "p")
    assert result.added == 1
    assert "no Unicode" in result.rejected[0]["reason"]


@pytest.fixture
def as_nobody():
    """Without the rights of root, which may read everything; with a folder that everybody may write to."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o777)
    is_root = os.geteuid() == 0
    with create_workspace(root / "w") as workspace:
        collect(workspace, picture(root / "warm" / "a.png").parent)  # what is imported late is read now
        for path in (root / "w", *(root / "w").rglob("*")):
            path.chmod(0o777)
        if is_root:
            os.seteuid(65534)
        try:
            yield root, workspace
        finally:
            if is_root:
                os.seteuid(0)
    shutil.rmtree(root, ignore_errors=True)


def test_a_folder_and_a_file_that_may_not_be_read_are_listed(as_nobody):
    root, workspace = as_nobody
    for name in ("a.png", "closed/b.png", "c.png"):
        picture(root / "p" / name, seed=len(name))
    (root / "p" / "c.png").chmod(0)
    (root / "p" / "closed").chmod(0)
    (root / "p").chmod(0o555)
    try:
        result = collect(workspace, root / "p")
    finally:
        (root / "p").chmod(0o755)
        (root / "p" / "closed").chmod(0o755)
    assert result.added == 1
    reasons = {r["file"]: r["reason"] for r in result.rejected}
    assert set(reasons) == {"c.png", "closed/"}
    assert "Permission denied" in reasons["c.png"]
    assert "closed may not be read" in reasons["closed/"]
    (root / "p" / "c.png").chmod(0o644)
    assert collect(workspace, root / "p").added == 2, "once the rights are mended, they are taken"


def test_a_folder_that_may_only_be_read_is_collected_and_not_written_to(workspace, tmp_path):
    folder = picture(tmp_path / "p" / "a.png").parent
    before = sorted(folder.iterdir())
    folder.chmod(0o555)
    try:
        assert collect(workspace, folder).added == 1
    finally:
        folder.chmod(0o755)
    assert sorted(folder.iterdir()) == before


def test_a_path_that_is_not_there_is_said(workspace, tmp_path):
    with pytest.raises(NothingToRead, match="does not exist"):
        collect(workspace, tmp_path / "nowhere")


def test_a_single_file_is_a_source_of_one(workspace, tmp_path):
    path = picture(tmp_path / "p" / "a.png")
    picture(tmp_path / "p" / "b.png")
    result = collect(workspace, path)
    assert (result.found, names(workspace)) == (1, ["a.png"])
    assert workspace.images.find()[0].sequence is None


def test_what_names_other_files_is_never_copied(workspace, tmp_path):
    rasterio = pytest.importorskip("rasterio")
    import numpy as np

    (tmp_path / "p").mkdir()
    profile = {"driver": "GTiff", "width": 64, "height": 48, "count": 1, "dtype": "uint8"}
    profile["transform"] = rasterio.Affine(1, 0, 5, 0, -1, 5)
    with rasterio.open(tmp_path / "p" / "a.tif", "w", **profile) as out:
        out.write(np.arange(48 * 64, dtype=np.uint8).reshape(1, 48, 64))
    (tmp_path / "p" / "b.vrt").write_text(
        '<VRTDataset rasterXSize="64" rasterYSize="48"><GeoTransform>5,1,0,5,0,-1</GeoTransform>'
        '<VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        '<SourceFilename relativeToVRT="1">a.tif</SourceFilename><SourceBand>1</SourceBand>'
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    assert collect(workspace, tmp_path / "p", copy_images=True).added == 2
    by_name = {i.name: i for i in workspace.images.find()}
    assert by_name["a.tif"].blob is not None
    assert by_name["b.vrt"].blob is None
    assert (
        workspace.images.read(by_name["b.vrt"]).values == workspace.images.read(by_name["a.tif"]).values
    ).all()
