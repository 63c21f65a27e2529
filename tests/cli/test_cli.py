"""The command line: one JSON line, exit codes, words that help, nothing heavy for `--help`."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.cli.main import command_names, main
from townscape.core.taxonomy import read_taxonomy
from townscape.testing.tiny_models import tiny_card, write_color_model

LAND = read_taxonomy("land-cover")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty workspace with a folder of photos in class colours beside it."""
    monkeypatch.chdir(tmp_path)
    assert main(["new", "w", "--json"]) == 0
    (tmp_path / "photos é").mkdir()
    table = np.zeros((256, 3), dtype=np.uint8)
    for c in LAND.classes:
        table[c.number] = c.rgb
    rng = np.random.default_rng(0)
    for k in range(3):
        plane = np.kron(rng.integers(1, 9, (4, 6)), np.ones((32, 32), dtype=int))
        Pillow.fromarray(table[plane]).save(tmp_path / "photos é" / f"{k}.png")
    write_color_model(tmp_path / "model.onnx", tiny_card(LAND, name="colour"))
    monkeypatch.chdir(tmp_path / "w")
    return tmp_path


def run(capsys, *words):
    capsys.readouterr()
    code = main([*map(str, words), "--json"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1, lines
    return code, json.loads(lines[0])


def test_the_whole_way_without_torch_in_json(here, capsys):
    assert run(capsys, "collect", here / "photos é")[1]["added"] == 3
    code, predicted = run(capsys, "predict", "--model", here / "model.onnx", "--out", here / "out")
    assert (code, predicted["predicted"]) == (0, 3)
    assert {p.name for p in (here / "out").iterdir()} >= {"overlay", "confidence", "classes.json"}
    assert run(capsys, "insights")[1]["images"] == 3
    report = run(capsys, "report", "--out", here / "r.html")[1]
    page = (here / "r.html").read_text("utf-8")
    assert report["report"] == str(here / "r.html")
    assert "Land cover of images without a place" in page
    assert not re.search(r"""(src|href|url\()=?["']?(https?:)?//""", page)
    assert run(capsys, "verify")[0] == 0


def test_without_a_command_it_says_what_comes_next(here, capsys):
    assert main([]) == 0
    assert "townscape collect" in "".join(capsys.readouterr())


def test_wrong_usage_is_2_with_a_way_out(here, capsys):
    code, answer = run(capsys, "trian")
    assert code == 2
    assert "train" in answer["error"]["message"]
    code, answer = run(capsys, "train", "--minutes", "1", "--steps", "3")
    assert code == 2
    assert "only one of" in answer["error"]["message"]


def test_what_cannot_be_done_is_1_with_a_way_out(here, capsys):
    code, answer = run(capsys, "collect", here / "nowhere")
    assert code == 1
    assert "does not exist" in answer["error"]["message"]
    code, answer = run(capsys, "report")
    assert code == 1
    assert answer["error"]["hint"]


def test_outside_a_workspace_it_says_how_to_make_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, answer = run(capsys, "collect", tmp_path)
    assert code == 2 or code == 1
    assert "townscape new" in answer["error"]["hint"]


def test_every_command_has_help_with_examples_or_subcommands(capsys):
    for name in command_names():
        capsys.readouterr()
        main([name, "--help"])
        text = capsys.readouterr().out
        assert "Usage: townscape" in text
        assert "Examples:" in text or "Commands" in text, name


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from townscape.cli.main import main; main(['--help']);"
        "print([m for m in ('torch', 'numpy', 'cv2', 'sqlalchemy', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


BLOCKED = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "torchvision", "timm", "onnx",
                                  "segmentation_models_pytorch",
                                  "safetensors", "rasterio", "geopandas", "pyogrio", "pyproj"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Block())
from townscape.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_training_and_rasters_name_the_extra_that_is_missing(here):
    for words, extra in ((["train", "--steps", "1"], "train"),):
        done = subprocess.run(
            [sys.executable, "-c", BLOCKED, *words, "--json"], capture_output=True, text=True, check=False
        )
        assert done.returncode != 0
        assert json.loads(done.stdout)["error"]["message"], extra
