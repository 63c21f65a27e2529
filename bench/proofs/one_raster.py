"""One GeoTIFF of which a third is labelled: train, evaluate and report work from it alone."""

import numpy as np

from proofs import dubai
from proofs.tools import is_true, real_data


def prove(bench):
    data = real_data("dubai")
    w = bench.folder / "W"
    (bench.folder / "dubai.toml").write_text(dubai.TAXONOMY, "utf-8")
    bench.step("new", lambda: bench.townscape("new", w, "--taxonomy", bench.folder / "dubai.toml"))
    share = bench.step("raster", lambda: write_partly_labelled(data, bench.folder))
    raster, labels = bench.folder / "tile8" / "tile8.tif", bench.folder / "labels.tif"
    imported = bench.step(
        "import", lambda: bench.townscape("import", "mask-folder", raster, labels, *dubai.MAP_WORDS, cwd=w)
    )
    trained = bench.step("train", lambda: bench.townscape("train", "--minutes", 4, cwd=w))
    scores = bench.step("evaluate", lambda: bench.townscape("evaluate", cwd=w))
    report = bench.step("report", lambda: bench.townscape("report", "--out", "report.html", cwd=w))
    page = (w / "report.html").read_text("utf-8")
    return {
        "checks": [
            is_true(
                "a third is labelled", 0.25 < imported["labelled_share"] < 0.4, imported["labelled_share"]
            ),
            is_true("train and held-out blocks", trained["windows"].get("val", 0) > 0, trained["windows"]),
            is_true("a score on held-out blocks", scores["mean_iou"] > 0.2, scores["mean_iou"]),
            is_true(
                "a report with maps and shares", "<svg" in page and "Green share" in page, report["findings"]
            ),
        ],
        "labelled_blocks_share": share,
        "pixel_accuracy": scores["pixel_accuracy"],
    }


def write_partly_labelled(data, folder):
    """The mosaic of tile 8 with labels on a third of its blocks, as a stranger might have made them."""
    import rasterio

    dubai.write_mosaic(data / "Tile 8", folder / "tile8")
    with rasterio.open(folder / "tile8" / "mask.tif") as source:
        mask, profile = source.read(), source.profile
    side = 1100
    rows, columns = -(-mask.shape[1] // side), -(-mask.shape[2] // side)
    chosen = np.random.default_rng(3).permutation(rows * columns)[: round(rows * columns / 3)]
    labels = np.full_like(mask, 0x9B)
    for index in chosen.tolist():
        r, c = divmod(index, columns)
        area = (slice(None), slice(r * side, (r + 1) * side), slice(c * side, (c + 1) * side))
        labels[area] = mask[area]
    with rasterio.open(folder / "labels.tif", "w", **profile) as out:
        out.write(labels)
    return len(chosen) / (rows * columns)
