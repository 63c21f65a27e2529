"""The base install, without torch or GDAL, collects photos, predicts with an ONNX model and reports."""

import json
import statistics
import subprocess
import time
import venv

from proofs.tools import ROOT, at_most, is_true


def prove(bench):
    python = bench.folder / "venv" / "bin" / "python"
    bench.step("install", lambda: install(bench.folder / "venv", python))
    bench.step("materials", lambda: write_materials(bench.folder))
    seconds = bench.step("help", lambda: time_help(python))
    did = bench.step("use", lambda: use(bench, python))
    return {
        "checks": [
            at_most("median seconds of `townscape --help`", seconds["median"], 0.5),
            is_true("neither torch nor rasterio is there", did["extras"] == [], did["extras"]),
            is_true("photos are collected", did["collected"] == 4, did["collected"]),
            is_true("and predicted", did["predicted"] == 4, did["predicted"]),
            is_true("and reported", did["report_bytes"] > 10_000, did["report_bytes"]),
        ],
        "help_seconds": seconds["all"],
    }


def install(folder, python):
    venv.create(folder, with_pip=True, clear=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(ROOT)], check=True)
    return {}


def write_materials(folder):
    import numpy as np
    from PIL import Image

    from townscape.core.taxonomy import read_taxonomy
    from townscape.testing.synthetic_city.street import draw_street
    from townscape.testing.synthetic_city.street_world import StreetScene
    from townscape.testing.tiny_models import tiny_card, write_color_model

    (folder / "photos").mkdir(exist_ok=True)
    for k in range(4):
        view = draw_street(5, StreetScene(frame=k))
        Image.fromarray(np.ascontiguousarray(view.pixels)).save(folder / "photos" / f"{k}.jpg")
    write_color_model(folder / "model.onnx", tiny_card(read_taxonomy("cityscapes"), name="colour"))
    return {}


def time_help(python):
    command = [python.parent / "townscape", "--help"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    times = []
    for _ in range(9):
        began = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(round(time.monotonic() - began, 3))
    return {"median": statistics.median(times), "all": times}


def use(bench, python):
    probe = (
        "import importlib.util as u; print([n for n in ('torch', 'rasterio', 'geopandas') if u.find_spec(n)])"
    )
    extras = subprocess.run([python, "-c", probe], check=True, capture_output=True, text=True).stdout
    w = bench.folder / "W"
    bench.townscape("new", "W", "--taxonomy", "cityscapes", python=python)
    collected = bench.townscape("collect", "../photos", cwd=w, python=python)
    predicted = bench.townscape("predict", "--model", "../model.onnx", "--out", "out", cwd=w, python=python)
    report = bench.townscape("report", "--out", "report.html", cwd=w, python=python)
    return {
        "extras": json.loads(extras.replace("'", '"')),
        "collected": collected["added"],
        "predicted": predicted["predicted"],
        "report_bytes": (w / "report.html").stat().st_size,
        "report": report["findings"],
    }
