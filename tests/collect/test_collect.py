"""Collecting: what is bad is listed with its reason, and never stops the rest."""

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.collect import CollectOptions, run
from townscape.core.errors import NothingToRead
from townscape.core.events import Report
from townscape.workspace import create_workspace


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w") as opened:
        yield opened


def picture(path, *, mode="RGB", size=(64, 48), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    Pillow.fromarray(rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)).convert(mode).save(
        path, **options
    )
    return path


def test_every_usual_kind_of_picture_is_taken_and_the_broken_are_listed(workspace, tmp_path):
    photos = tmp_path / "Fotos – Süd"
    picture(photos / "a b.jpg")
    picture(photos / "deep" / "er" / "palette.png", mode="P")
    picture(photos / "cmyk.jpg", mode="CMYK")
    picture(photos / "alpha.png", mode="RGBA")
    Pillow.fromarray(np.full((20, 30), 40_000, dtype=np.uint16)).save(photos / "sixteen.png")
    whole = picture(photos / "whole.jpg", size=(400, 300)).read_bytes()
    (photos / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (photos / "empty.png").write_bytes(b"")
    (photos / "not.png").write_text("not a picture")
    (photos / "new.heic").write_bytes(b"ftypheic")
    (photos / "notes.txt").write_text("left alone")
    result = run(workspace, CollectOptions(paths=(photos,)), Report())
    assert result.added == 6
    reasons = {r["file"].rpartition("/")[2]: r["reason"] for r in result.rejected}
    assert set(reasons) == {"truncated.jpg", "empty.png", "not.png", "new.heic"}
    assert all(name in reason for name, reason in reasons.items())
    again = run(workspace, CollectOptions(paths=(photos,)), Report())
    assert (again.added, again.known) == (0, 6)


def test_a_turned_photo_stands_upright_and_16_bit_is_kept(workspace, tmp_path):
    exif = Pillow.Exif()
    exif[0x0112] = 6
    turned = picture(tmp_path / "p" / "turned.jpg", size=(64, 48), exif=exif)
    Pillow.fromarray(np.full((20, 30), 40_000, dtype=np.uint16)).save(tmp_path / "p" / "deep.png")
    run(workspace, CollectOptions(paths=(turned.parent,)), Report())
    by_name = {i.name: i for i in workspace.images.find()}
    assert (by_name["turned.jpg"].width, by_name["turned.jpg"].height) == (48, 64)
    assert workspace.images.read(by_name["deep.png"]).values.max() == 40_000


def test_a_decompression_bomb_is_refused_before_it_is_opened(workspace, tmp_path):
    (tmp_path / "p").mkdir()
    Pillow.new("1", (20_000, 20_000)).save(tmp_path / "p" / "bomb.png")
    picture(tmp_path / "p" / "fine.png")
    result = run(workspace, CollectOptions(paths=(tmp_path / "p",)), Report())
    assert result.added == 1
    assert "bomb.png" in result.rejected[0]["file"]
    assert "megapixel" in result.rejected[0]["reason"]


def test_an_empty_folder_is_said(workspace, tmp_path):
    (tmp_path / "nothing").mkdir()
    with pytest.raises(NothingToRead, match="no image"):
        run(workspace, CollectOptions(paths=(tmp_path / "nothing",)), Report())
