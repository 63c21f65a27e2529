"""Pictures that a look draws: those that help to say what a value means."""

import zlib

import numpy as np
from PIL import Image as Pillow

from townscape.engine import run_here
from townscape.exchange import ImportOptions
from townscape.workspace import create_workspace


def test_the_picture_that_shows_a_value_without_a_class_best_is_among_them(tmp_path):
    for name in ("images", "masks"):
        (tmp_path / "set" / name).mkdir(parents=True)
    for k in range(40):
        Pillow.new("RGB", (90, 60)).save(tmp_path / f"set/images/p{k:02}.png")
        mask = np.full((60, 90, 3), (128, 64, 128), np.uint8)
        if k >= 17:
            mask[: 40 if k == 23 else 1] = (1, 2, 3)
        Pillow.fromarray(mask).save(tmp_path / f"set/masks/p{k:02}.png")
    with create_workspace(tmp_path / "w", taxonomy="camvid") as workspace:
        result = run_here(workspace, ImportOptions(path=tmp_path / "set", look=True))
        run = workspace.runs.find()[-1]
        folder = workspace.folder.run(run.id) / "previews"
        names = [preview["name"] for preview in result["previews"]]
        assert len(names) == 10
        assert names == sorted(names)
        preview = result["previews"][names.index("p23.png")]
        with Pillow.open(folder / preview["file"]) as shown:
            assert shown.size == (2 * 90 + 4, 60)
        plane = np.frombuffer(zlib.decompress((folder / preview["plane"]).read_bytes()), np.uint8)
        rows = plane.reshape(preview["height"], preview["width"])
        values = [row["value"] for row in result["values"]]
        assert values[rows[0, 0] - 1] == "#010203"
        assert values[rows[-1, 0] - 1] == "#804080"
        assert not workspace.images.find()
