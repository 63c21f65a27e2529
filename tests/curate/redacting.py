"""What the tests of privacy share: a workspace with three photos, and areas to cover."""

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.events import Report
from townscape.core.taxonomy import read_taxonomy
from townscape.workspace import create_workspace
from townscape.workspace.redactions import Area, Redaction

CAMVID = read_taxonomy("camvid")
PEDESTRIAN, CAR = CAMVID.get_class("pedestrian").number, CAMVID.get_class("car").number
FACE = Area(id="a", x=20, y=10, width=24, height=16, kind="face", score=0.4, by="CenterFace")


def noise(seed, height=90, width=120):
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def area(x, y, width, height, **more):
    values = {"id": f"{x} {y}", "kind": "face", "score": 0.5, "by": "CenterFace"} | more
    return Area(x=x, y=y, width=width, height=height, **values)


@pytest.fixture
def workspace(tmp_path):
    """Two copied photos (with a GPS position in their EXIF) and one that is referenced."""
    with create_workspace(tmp_path / "w", taxonomy="camvid") as opened:
        for k, name in enumerate(["copied.png", "copied.jpg", "lent.png"]):
            told = Pillow.Exif()
            told.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 1.5), 3: "E", 4: (13.0, 22.0, 4.0)})
            told[0x010F] = "Canon of Mustermann"
            (tmp_path / "photos").mkdir(exist_ok=True)
            Pillow.fromarray(noise(k)).save(tmp_path / "photos" / name, exif=told)
            opened.images.take_in(tmp_path / "photos" / name, name=name, copy=not name.startswith("lent"))
        yield opened


def propose(workspace, *areas):
    workspace.redactions.propose(
        Redaction(
            image_id=image.id, state="proposed", areas=areas, doubt=0.5, how={"detectors": ["CenterFace"]},
            original_sha256=image.content_sha256,
        )
        for image in workspace.images.find()
    )  # fmt: skip


def run(kind, workspace, **values):
    return kind.run(workspace, kind.Options(**values), Report(run_id="a-run"))


def pixels(workspace):
    return {i.name: workspace.images.read(i).values for i in workspace.images.find()}


def every_file(root):
    return [p for p in root.rglob("*") if p.is_file()]
