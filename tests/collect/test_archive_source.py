"""Archives: their images move into the workspace; what is dangerous or damaged is said."""

import io
import tarfile
import zipfile

import pytest
from tests.collect.conftest import collect, names, picture

from townscape.core.errors import InputError


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def png(tmp_path):
    return picture(tmp_path / "source.png").read_bytes()


def test_images_of_a_zip_are_kept_when_the_zip_is_gone(workspace, tmp_path, png):
    path = zipped(
        tmp_path / "city.zip",
        {
            "top.png": png,
            "elm/a.png": png,
            "elm/b.heic": b"x",
            "elm/c.jpg": b"no",
            "notes.txt": b"",
            "v.vrt": b"x",
        },
    )
    result = collect(workspace, path)
    assert names(workspace) == ["elm/a.png", "top.png"]
    assert {i.sequence for i in workspace.images.find()} == {"elm", "city"}
    reasons = {r["file"]: r["reason"] for r in result.rejected}
    assert set(reasons) == {"elm/b.heic", "elm/c.jpg", "v.vrt"}
    assert all(str(workspace.root) not in reason for reason in reasons.values()), "no place of our own"
    assert not list(workspace.folder.unpacked.glob("*")), "nothing unpacked is left"
    path.unlink()
    (image, _) = workspace.images.find()
    assert workspace.images.read(image).values.shape == (48, 64, 3)
    assert image.source == f"{path}:elm/a.png"


def test_the_same_archive_again_brings_nothing_new_and_a_newer_one_what_it_adds(workspace, tmp_path, png):
    path = zipped(tmp_path / "city.zip", {"a.png": png})
    collect(workspace, path)
    assert (collect(workspace, path).known, len(names(workspace))) == (1, 1)
    other = picture(tmp_path / "other.png", seed=5).read_bytes()
    zipped(path, {"a.png": png, "b.png": other})
    again = collect(workspace, path)
    assert (again.added, again.replaced, again.known) == (1, 0, 1)


def test_names_that_lead_out_and_links_are_left_out_and_listed(workspace, tmp_path, png):
    path = tmp_path / "city.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("../evil.png", "fine.png"):
            info = tarfile.TarInfo(name)
            info.size = len(png)
            archive.addfile(info, io.BytesIO(png))
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    result = collect(workspace, path)
    assert names(workspace) == ["fine.png"]
    assert {r["file"] for r in result.rejected} == {"../evil.png", "link.png"}
    assert not (tmp_path / "evil.png").exists()
    assert not list(tmp_path.glob("**/evil.png"))


def test_an_archive_that_is_cut_off_is_said(workspace, tmp_path, png):
    path = zipped(tmp_path / "city.zip", {"a.png": png})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="cannot be unpacked"):
        collect(workspace, path)
    assert names(workspace) == []
