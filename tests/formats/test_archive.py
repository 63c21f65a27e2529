"""Archives from strangers: nothing outside the folder, no links, no bombs."""

import io
import tarfile
import zipfile

import pytest

from townscape.core.errors import InputError
from townscape.formats.archive import is_archive, pack, unpack


def zip_of(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def names_in(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_what_was_packed_comes_out_and_packing_is_repeatable(tmp_path):
    source = tmp_path / "source"
    (source / "süd").mkdir(parents=True)
    (source / "süd" / "行人.png").write_bytes(b"\x89PNG")
    (source / "a.json").write_text("{}" * 1000)
    pack(source, tmp_path / "one.zip")
    pack(source, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    done = unpack(tmp_path / "one.zip", tmp_path / "out")
    assert (done.files, done.left_out) == (2, [])
    assert names_in(tmp_path / "out") == ["a.json", "süd/行人.png"]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "/etc/evil.txt",
        "a/../../evil.txt",
        "..\\evil.txt",
        "C:\\evil.txt",
        "a\x00b",
        "x/" * 3 + "..",
    ],
)
def test_names_that_lead_out_are_left_out(tmp_path, name):
    path = zip_of(tmp_path / "slip.zip", [("good.txt", "x"), ("placeholder", "evil")])
    raw = zipfile.ZipFile(path)
    infos = raw.infolist()
    raw.close()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(infos[0], "x")
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        archive.writestr(info, "evil")
    folder = tmp_path / "deep" / "inside"
    done = unpack(path, folder)
    assert "good.txt" in names_in(folder)
    outside = [p for p in tmp_path.rglob("*") if p.is_file() and folder not in p.parents and p != path]
    assert outside == []
    assert done.files + len(done.left_out) == 2


def test_links_and_devices_are_left_out(tmp_path):
    path = tmp_path / "links.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        device = tarfile.TarInfo("device")
        device.type = tarfile.CHRTYPE
        good = tarfile.TarInfo("good.txt")
        good.size = 4
        archive.addfile(link)
        archive.addfile(device)
        archive.addfile(good, io.BytesIO(b"good"))
    done = unpack(path, tmp_path / "out")
    assert names_in(tmp_path / "out") == ["good.txt"]
    assert [reason for _, reason in done.left_out] == ["it is a link or a device"] * 2

    path = tmp_path / "links.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert unpack(path, tmp_path / "out2").left_out == [("link", "it is a link")]


def test_a_bomb_is_stopped_before_it_fills_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("townscape.formats.archive._SMALL", 1 << 20)
    path = zip_of(tmp_path / "bomb.zip", [("zeros", bytes(64 << 20))])
    with pytest.raises(InputError, match="as bombs do"):
        unpack(path, tmp_path / "out")
    assert sum(p.stat().st_size for p in (tmp_path / "out").rglob("*")) < 20 << 20


def test_a_cut_off_archive_is_named(tmp_path):
    path = zip_of(tmp_path / "cut.zip", [("a", bytes(range(256)) * 500)])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match=r"cut\.zip cannot be unpacked"):
        unpack(path, tmp_path / "out")
    path = zip_of(tmp_path / "bad.zip", [("a", bytes(range(256)) * 50)])
    raw = bytearray(path.read_bytes())
    raw[60] ^= 0xFF
    path.write_bytes(bytes(raw))
    with pytest.raises(InputError, match=r"bad\.zip cannot be unpacked"):
        unpack(path, tmp_path / "out3")


def test_names_that_differ_only_in_case_do_not_overwrite_one_another(tmp_path):
    path = zip_of(tmp_path / "case.zip", [("A.png", "1"), ("a.png", "2")])
    unpack(path, tmp_path / "out")
    assert names_in(tmp_path / "out") == ["A.png", "a_2.png"]
    assert is_archive(path)
    assert not is_archive(tmp_path / "out")
