"""A constant model is constant on every valid pixel of a 30,000 × 30,000 GeoTIFF, in under 1.5 GB."""

import time

import numpy as np

from proofs.tools import at_most, is_true

SIDE = 30_000
PATCH = 700


def prove(bench):
    w = bench.folder / "W"
    bench.step("new", lambda: bench.townscape("new", w, "--taxonomy", "land-cover"))
    bench.step("raster", lambda: write_sparse(bench.folder / "sparse.tif"))
    bench.step("model", lambda: write_model(bench.folder / "constant.onnx"))
    measured = bench.step("predict", lambda: predict(bench, w))
    found = bench.step("read back", lambda: read_back(bench, w))
    return {
        "checks": [
            at_most("peak memory of all its processes, GB", measured["peak_gb"], 1.5),
            is_true(
                "the constant class on every valid pixel", found["wrong_valid"] == 0, found["wrong_valid"]
            ),
            is_true("nothing where there is no data", found["wrong_empty"] == 0, found["wrong_empty"]),
        ],
        **measured,
        **found,
    }


def write_sparse(path):
    """Mostly nodata; patches of noise in the corners and in the middle."""
    import rasterio
    from rasterio.transform import Affine
    from rasterio.windows import Window

    profile = {
        "driver": "GTiff", "count": 3, "height": SIDE, "width": SIDE, "dtype": "uint8", "nodata": 0,
        "crs": "EPSG:32632", "transform": Affine(0.1, 0, 500_000, 0, -0.1, 5_600_000), "tiled": True,
        "blockxsize": 512, "blockysize": 512, "compress": "deflate", "sparse_ok": True, "photometric": "rgb",
    }  # fmt: skip
    rng = np.random.default_rng(0)
    with rasterio.open(path, "w", **profile) as out:
        for x, y in places():
            values = rng.integers(1, 255, (3, PATCH, PATCH), dtype=np.uint8)
            out.write(values, window=Window(x, y, PATCH, PATCH))
    return {"bytes": path.stat().st_size}


def places():
    far, middle = SIDE - PATCH, SIDE // 2
    return ((0, 0), (far, 0), (0, far), (far, far), (middle, middle), (middle + 3000, 77))


def write_model(path):
    from townscape.core.taxonomy import read_taxonomy
    from townscape.testing.tiny_models import tiny_card, write_constant_model

    write_constant_model(path, tiny_card(read_taxonomy("land-cover"), name="constant"), channel=5)
    return {}


def predict(bench, w):
    import subprocess
    import sys

    import psutil

    command = [
        sys.executable, "-m", "townscape.cli.main", "predict", str(bench.folder / "sparse.tif"),
        "--model", str(bench.folder / "constant.onnx"), "--out", "out", "--json",
    ]  # fmt: skip
    began, peak = time.monotonic(), 0
    with subprocess.Popen(command, cwd=w, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            worker = [
                p for p in psutil.process_iter(["cmdline"]) if str(w.resolve()) in (p.info["cmdline"] or ())
            ]
            memory = [p.memory_info().rss for p in worker if p.is_running()]
            peak = max(peak, sum(memory))
            time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"predict ended with {process.returncode}")
    return {"peak_gb": round(peak / 1e9, 3), "predict_seconds": round(time.monotonic() - began, 1)}


def read_back(bench, w):
    import rasterio
    from rasterio.windows import Window

    wrong_valid = wrong_empty = 0
    with (
        rasterio.open(w / "out" / "sparse.tif") as found,
        rasterio.open(bench.folder / "sparse.tif") as source,
    ):
        for top in range(0, SIDE, 3000):
            window = Window(0, top, SIDE, 3000)
            classes, valid = found.read(1, window=window), source.dataset_mask(window=window) > 0
            wrong_valid += int((classes[valid] != 6).sum())
            wrong_empty += int((classes[~valid] != 0).sum())
    return {"wrong_valid": wrong_valid, "wrong_empty": wrong_empty}
