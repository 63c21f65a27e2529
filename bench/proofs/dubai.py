"""Dubai: learned from five tiles in 20 minutes, the mosaic of tile 8 is mapped at mean IoU 0.58."""

import csv
import shutil

import numpy as np

from proofs.tools import at_least, at_most, is_true, real_data

TRAIN_TILES = (1, 2, 3, 5, 6)
MAPPING = {
    "#3C1098": "building",
    "#8429F6": "land",
    "#6EC1E4": "road",
    "#FEDD3A": "vegetation",
    "#E2A929": "water",
    "#9B9B9B": "unlabelled",
    "other": "unlabelled",
}
MAP_WORDS = [word for value, name in MAPPING.items() for word in ("--map", f"{value}={name}")]
TAXONOMY = """name = "dubai"
title = "Dubai, 5 classes"
viewpoint = "overhead"
source = "Semantic segmentation of aerial imagery, Humans in the Loop and MBRSC, CC0"
""" + "".join(
    f'\n[[class]]\nnumber = {number}\nkey = "{name.lower()}"\nname = "{name}"\n'
    f'color = "{color}"\ntraits = {traits}\n'
    for number, name, color, traits in (
        (1, "Building", "#b5443a", '["sealed", "building"]'),
        (2, "Land", "#dcc79a", '["bare"]'),
        (3, "Road", "#5f6570", '["sealed", "road"]'),
        (4, "Vegetation", "#2e7d4f", '["green"]'),
        (5, "Water", "#3a7ebf", '["water"]'),
    )
)


def prove(bench):
    data = real_data("dubai")
    w = bench.folder / "W"
    (bench.folder / "dubai.toml").write_text(TAXONOMY, "utf-8")
    bench.step("new", lambda: bench.townscape("new", w, "--taxonomy", bench.folder / "dubai.toml"))
    asked = bench.step("question", lambda: ask(bench, data, w))
    bench.step("mosaic", lambda: write_mosaic(data / "Tile 8", bench.folder / "tile8"))
    bench.step("import", lambda: import_tiles(bench, data, w))
    trained = bench.step(
        "train", lambda: bench.townscape("train", "--minutes", 19.5, "--tune-share", 0, cwd=w)
    )
    bench.step(
        "predict",
        lambda: bench.townscape(
            "predict", "--dataset", trained["dataset_id"], "--part", "test", "--out", "map", cwd=w
        ),
    )
    scores = bench.step("evaluate", lambda: bench.townscape("evaluate", "--split", "test", cwd=w))
    bench.step("insights", lambda: bench.townscape("insights", "--grid", 4, cwd=w))
    report = bench.step("report", lambda: bench.townscape("report", "--out", "report.html", cwd=w))
    shares = compare(w / "report.csv")
    shutil.copy(w / "report.html", bench.folder)
    return {
        "checks": [
            is_true(
                "the importer asks what the colours mean",
                "#3c1098" in asked["error"]["message"].lower() + str(asked["error"]["hint"]).lower(),
                asked["error"],
            ),
            at_most("training wall seconds", trained["wall_seconds"], 1230),
            at_least("classes in the mean", len([c for c in scores["classes"] if c["iou"] is not None]), 5),
            at_least("mean IoU", scores["mean_iou"], 0.58),
            is_true(
                "green and sealed share of 16 zones in the report, beside what the labels say",
                len(shares["green share"]) == len(shares["sealed share of land"]) == 16,
                "16 of each",
            ),
        ],
        "pixel_accuracy": scores["pixel_accuracy"],
        "classes": scores["classes"],
        "steps": trained["steps"],
        "shares": {
            measure: {
                "mean_absolute_error": round(float(np.mean([abs(m - t) for m, t in found])), 4),
                "zones": found,
            }
            for measure, found in shares.items()
        },
        "findings": report["findings"],
    }


def ask(bench, data, w):
    tile = data / "Tile 1"
    return bench.townscape("import", "mask-folder", tile / "images", tile / "masks", cwd=w, fails=True)


def import_tiles(bench, data, w):
    for n in TRAIN_TILES:
        tile = data / f"Tile {n}"
        words = ("import", "mask-folder", tile / "images", tile / "masks", *MAP_WORDS)
        bench.townscape(*words, "--split", "train", "--place", f"Tile {n}", cwd=w)
    mosaic = bench.folder / "tile8"
    return bench.townscape(
        "import",
        "mask-folder",
        mosaic / "tile8.tif",
        mosaic / "mask.tif",
        *MAP_WORDS,
        "--split",
        "test",
        cwd=w,
    )


def write_mosaic(tile, folder):
    """The nine parts of a tile as one GeoTIFF and one mask; the georeference is nominal."""
    import rasterio
    from PIL import Image
    from rasterio.transform import Affine

    folder.mkdir(exist_ok=True)
    shape = None
    for kind, suffix, name in (("images", "jpg", "tile8"), ("masks", "png", "mask")):
        parts = [
            np.asarray(Image.open(tile / kind / f"image_part_{k:03d}.{suffix}").convert("RGB"))
            for k in range(1, 10)
        ]
        rows = []
        for r in range(3):
            height = min(p.shape[0] for p in parts[3 * r : 3 * r + 3])
            rows.append(np.concatenate([p[:height] for p in parts[3 * r : 3 * r + 3]], axis=1))
        width = min(r.shape[1] for r in rows)
        whole = np.concatenate([r[:, :width] for r in rows])
        shape = whole.shape
        profile = {
            "driver": "GTiff", "count": 3, "height": shape[0], "width": shape[1], "dtype": "uint8",
            "crs": "EPSG:32640", "transform": Affine(1, 0, 330_000, 0, -1, 2_780_000), "tiled": True,
            "compress": "deflate", "photometric": "rgb",
        }  # fmt: skip
        with rasterio.open(folder / f"{name}.tif", "w", **profile) as out:
            out.write(np.moveaxis(whole, -1, 0))
    return {"shape": shape}


def compare(path):
    found = {"green share": [], "sealed share of land": []}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if (
                row["measure"] in found
                and row["subject"] == "zone"
                and row["value"]
                and row["labelled_share"]
            ):
                found[row["measure"]].append((float(row["value"]), float(row["labelled_share"])))
    return found
