"""Names in datasets are never followed as paths; images are found by what they are called."""

import pytest

from townscape.core.errors import InputError, NothingToRead
from townscape.formats.files import Files, Out, part_of


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "set"
    for name in (
        "Images/Train/a.PNG",
        "Images/Val/b.jpg",
        "Images/Val/c.v2.jpg",
        "masks/a.png",
        "labels.JSON",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("{}")
    return root


def test_files_are_listed_without_hidden_ones_and_links_that_lead_out(folder, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "round").symlink_to(folder)
    (folder / "inside.txt").symlink_to(folder / "labels.JSON")
    (folder / ".hidden").write_text("")
    files = Files.of(folder)
    assert files.names == (
        "Images/Train/a.PNG", "Images/Val/b.jpg", "Images/Val/c.v2.jpg", "inside.txt",
        "labels.JSON", "masks/a.png",
    )  # fmt: skip
    assert files.find("*.json") == ["labels.JSON"]
    assert files.folders("images") == ["Images"]
    assert files.has("LABELS.json")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Images/Train/a.PNG", "Images/Train/a.PNG"),
        ("images\\val\\B.JPG", "Images/Val/b.jpg"),
        ("C:\\data\\images\\val\\b.jpg", "Images/Val/b.jpg"),
        ("/mnt/somewhere/else/b.jpg", "Images/Val/b.jpg"),
        ("b", "Images/Val/b.jpg"),
        ("b.tif", "Images/Val/b.jpg"),
        ("c.v2", "Images/Val/c.v2.jpg"),
        ("./train/a.png", "Images/Train/a.PNG"),
        ("a.png", None),
        ("../../etc/passwd", None),
        ("", None),
        ("nothing.jpg", None),
    ],
)
def test_an_image_is_found_by_its_path_then_its_name(folder, name, found):
    path = Files.of(folder).find_image(name)
    assert (None if path is None else path.relative_to(folder).as_posix()) == found


def test_images_may_lie_elsewhere(folder, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.png").write_text("")
    files = Files.of(folder / "labels.JSON", images=photos)
    assert files.names == ("labels.JSON",)
    assert files.find_image("x/y/a.png") == photos / "a.png"


def test_parts_are_read_from_names():
    names = ("train", "instances_val2017.json", "Validation", "gtFine/test", "trainval", "training", "photos")
    assert [part_of(n) for n in names] == ["train", "val", "val", "test", None, "train", None]


def test_damage_is_named(folder):
    (folder / "bad.json").write_bytes(b'{"a": [1, 2')
    (folder / "bad.txt").write_bytes(b"\xff\xfe\x00broken")
    files = Files.of(folder)
    with pytest.raises(InputError, match=r"bad\.json is no whole JSON file"):
        files.read_json("bad.json")
    with pytest.raises(InputError, match=r"bad\.txt cannot be read"):
        files.read_text("bad.txt")
    with pytest.raises(NothingToRead, match="does not exist"):
        Files.of(folder / "nowhere")


def test_an_export_stays_in_its_folder(tmp_path):
    out = Out(tmp_path / "out")
    out.append("a/list.txt", "one\n")
    out.append("a/list.txt.part", "two\n")
    out.take("a/list.txt", "a/list.txt.part")
    out.close()
    assert (tmp_path / "out" / "a" / "list.txt").read_text() == "one\ntwo\n"
    assert not (tmp_path / "out" / "a" / "list.txt.part").exists()
    for name in ("../evil", "/etc/evil", "a/../../evil"):
        with pytest.raises(InputError, match="outside the export"):
            out.put(name, b"")
