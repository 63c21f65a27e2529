"""Parquet files as Hugging Face has them: ours by pyarrow's eyes, and those of others."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from townscape.core.errors import InputError, NothingToRead
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import png
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import hugging_face
from townscape.formats.labels import ExportLabels, ExportObject, Slot

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

CLASSES = (ExportClass("Straße", "#804080", "stuff"), ExportClass("car | van", "#00008e", "thing"))
PLANE = np.array([[0, 1, 2], [1, 2, IGNORE]], dtype=np.uint16)
LABELS = ExportLabels(
    PLANE, np.array([[0, 0, 1], [0, 0, 0]], np.uint32), [ExportObject(2, {"parked": True, "Höhe": 1.5})]
)
PHOTO = png.encode_rgb(np.full((2, 3, 3), 7))


def _write(root: Path, names=("a", "b"), part="val", **plan):
    out = Out(root)
    writer = hugging_face.write(out, Plan("p", CLASSES, "parquet", parts=(part,), **plan))
    for name in names:
        item = Item(name, 3, 2, part, ".png", lambda: PHOTO)
        writer.add(out, item, writer.encode(item, LABELS).entry)
        writer = pickle.loads(pickle.dumps(writer)) if not writer._files else writer
    writer.close(out)
    out.close()


def _foreign(path: Path, rows: list[dict], *, image=True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = (
        pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
        if image
        else pyarrow.binary()
    )
    schema = pyarrow.schema([(name, kind) for name in rows[0]])
    parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), path)


def test_columns_ids_and_card(tmp_path):
    _write(tmp_path)
    file = parquet.ParquetFile(tmp_path / "data/validation-00000-of-00001.parquet")
    assert file.schema_arrow.names == ["image", "label", "instance", "objects"]
    features = json.loads(file.schema_arrow.metadata[b"huggingface"])["info"]["features"]
    assert {n: f["_type"] for n, f in features.items() if n != "objects"} == dict.fromkeys(
        ("image", "label", "instance"), "Image"
    )
    first = file.read().to_pylist()[0]
    assert first["image"] == {"bytes": PHOTO, "path": "a.png"}
    assert png.decode(first["label"]["bytes"]).values.tolist() == [[0, 1, 2], [1, 2, 255]]
    assert png.decode(first["instance"]["bytes"]).values.tolist() == LABELS.objects_hw.tolist()
    assert first["objects"] == [{"id": 1, "label": 2, "attributes": '{"parked": true, "Höhe": 1.5}'}]
    assert json.loads((tmp_path / "id2label.json").read_text("utf-8")) == {
        "0": "unlabelled", "1": "Straße", "2": "car | van",
    }  # fmt: skip
    card = (tmp_path / "README.md").read_text("utf-8")
    assert "  - split: validation\n    path: data/validation-*\n" in card
    assert "| 2 | car \\| van | thing | #00008e |" in card


def test_read_again_with_images_only_when_asked_for(tmp_path):
    _write(tmp_path)
    source = pickle.loads(pickle.dumps(hugging_face.read(Files.of(tmp_path))))
    assert [(p.name, p.part) for p in source.pictures] == [
        ("validation/a.png", "val"),
        ("validation/b.png", "val"),
    ]
    assert source.labels(source.pictures[1]).slots == [
        Slot("0"), Slot("1"), Slot("2"), Slot("255"), Slot("2", 1, {"parked": True, "Höhe": 1.5}),
    ]  # fmt: skip
    assert ("255", "ignore") in [(c.value, c.means) for c in source.classes]
    (image, _) = (p.image for p in source.pictures)
    assert not image.exists()
    assert source.fetch_image(source.pictures[0]).read_bytes() == PHOTO


def test_without_images(tmp_path):
    _write(tmp_path, has_images=False)
    source = hugging_face.read(Files.of(tmp_path))
    assert [s.value for s in source.labels(source.pictures[0]).slots] == ["0", "1", "2", "255", "2"]


def test_row_groups_stay_small(tmp_path):
    _write(tmp_path, names=[f"n{k}" for k in range(130)])
    metadata = parquet.ParquetFile(tmp_path / "data/validation-00000-of-00001.parquet").metadata
    assert [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)] == [64, 64, 2]
    source = hugging_face.read(Files.of(tmp_path))
    assert len({p.name for p in source.pictures}) == 130
    assert source.labels(source.pictures[129]).plane_hw.shape == (2, 3)


def test_columns_of_others_by_their_usual_names(tmp_path):
    mask = {"bytes": png.encode_index(np.array([[3, 4]])), "path": None}
    photo = {"bytes": PHOTO, "path": r"C:\photos\Bild ä.PNG"}
    _foreign(
        tmp_path / "data/train-00000-of-00002.parquet", [{"annotation": mask, "pixel_values": photo}] * 2
    )
    (tmp_path / "label2id.json").write_text('{"tree": 3, "void": 4}')
    source = hugging_face.read(Files.of(tmp_path))
    assert [p.name for p in source.pictures] == ["train/Bild ä.PNG", "train/000001-Bild ä.PNG"]
    assert {p.part for p in source.pictures} == {"train"}
    assert [s.value for s in source.labels(source.pictures[0]).slots] == ["3", "4"]
    assert [(c.value, c.name, c.means) for c in source.classes] == [
        ("3", "tree", None), ("4", "void", "ignore"), ("255", "ignore", "ignore"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pixels", "wanted"),
    [([[[5, 5, 5], [9, 9, 9]]], ["5", "9"]), ([[[5, 6, 7], [9, 9, 9]]], ["#050607", "#090909"])],
)
def test_label_images_in_colour(tmp_path, pixels, wanted):
    row = {"image": PHOTO, "mask": png.encode_rgb(np.array(pixels))}
    _foreign(tmp_path / "x.parquet", [row], image=False)
    source = hugging_face.read(Files.of(tmp_path))
    assert [s.value for s in source.labels(source.pictures[0]).slots] == wanted
    assert source.pictures[0].image.suffix == ".png"


def test_labels_that_were_jpegs_are_told(tmp_path):
    _foreign(
        tmp_path / "x.parquet",
        [{"image": {"bytes": PHOTO, "path": "a.png"}, "label": {"bytes": b"", "path": "a.jpg"}}],
    )
    assert [p.is_lossy for p in hugging_face.read(Files.of(tmp_path)).pictures] == [True]


def test_damage_is_named(tmp_path):
    _write(tmp_path)
    path = tmp_path / "data/validation-00000-of-00001.parquet"
    (tmp_path / "data/train-00000-of-00001.parquet").write_bytes(path.read_bytes()[:-200])
    source = hugging_face.read(Files.of(tmp_path))
    assert [name for name, _ in source.problems] == ["data/train-00000-of-00001.parquet"]
    _foreign(tmp_path / "broken.parquet", [{"image": {"bytes": PHOTO}, "label": {"bytes": b"nothing"}}])
    source = hugging_face.read(Files.of(tmp_path / "broken.parquet"))
    with pytest.raises(InputError, match=r"broken-000-00000"):
        source.labels(source.pictures[0])
    parquet.write_table(pyarrow.table({"text": ["no pictures"]}), tmp_path / "text.parquet")
    with pytest.raises(InputError, match="no column of label images; it has text"):
        hugging_face.read(Files.of(tmp_path / "text.parquet"))
    with pytest.raises(NothingToRead):
        hugging_face.read(Files.of(tmp_path / "README.md"))
