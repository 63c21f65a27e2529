"""The synthetic city as files, as somebody would bring them: an orthophoto, street photos,
districts, labels of a part of it all; and, beside them, the exact truth.
"""

import csv
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray
from PIL import Image as Pillow

from townscape.core.labelmap import LabelMap
from townscape.core.spaces import Window, windows_over
from townscape.core.taxonomy import Taxonomy, read_taxonomy
from townscape.testing.synthetic_city.ortho import draw_ortho
from townscape.testing.synthetic_city.plan import CityPlan, District
from townscape.testing.synthetic_city.street import draw_street
from townscape.testing.synthetic_city.street_world import Light, StreetScene

CRS = "EPSG:32632"
ORIGIN = (612_000.0, 5_640_000.0)
"""Easting and northing of the picture's upper left corner: open fields in reality."""
BLOCK_PX = 1024
LABELLED_SHARE = 0.75
"""Of the blocks, and of the streets."""

_LIGHTS: tuple[Light, ...] = ("sunny", "overcast", "evening", "haze")
_README = """This city does not exist.

Everything in this folder was drawn by Townscape from the seed {seed}: the orthophoto, the street
photos, the districts and their names. Nothing here says anything about a real place.

city.tif              orthophoto, {pixel_m} m a pixel, {crs}
city-labels.tif       labels of {labelled} of {blocks} blocks; the rest is 0, unlabelled
city-truth.tif        the exact class of every pixel (taxonomy land-cover)
districts.gpkg        {districts} districts
districts-truth.csv   exact shares per district
streets/              photos along {streets} streets
"""


@dataclass(frozen=True, slots=True)
class City:
    """Where everything is."""

    folder: Path
    ortho: Path
    ortho_labels: Path
    ortho_truth: Path
    districts: Path
    districts_truth: Path
    streets: Path
    street_labels: dict[Path, LabelMap]
    """Labels, with objects, of the photos that somebody labelled."""
    mapping: tuple[str, ...]
    """What the values in `ortho_labels` mean, as `townscape import --map` takes it."""


def write_city(
    folder: Path,
    *,
    seed: int = 7,
    width_px: int = 5120,
    height_px: int = 4096,
    n_streets: int = 8,
    frames_per_street: int = 4,
) -> City:
    """Draw a city and write it into a folder, the same for the same arguments. Needs `geo`."""
    folder.mkdir(parents=True, exist_ok=True)
    taxonomy = read_taxonomy("land-cover")
    plan = CityPlan.draw(seed, width_px, height_px)
    ortho = draw_ortho(plan)
    labelled, n_labelled, n_blocks = _label_a_part(ortho.classes, seed)
    write_plane(folder / "city.tif", np.moveaxis(ortho.pixels, -1, 0), plan, photometric="rgb")
    write_plane(folder / "city-labels.tif", labelled[None], plan)
    write_plane(folder / "city-truth.tif", ortho.classes[None], plan)
    _write_districts(folder / "districts.gpkg", plan)
    _write_truth(folder / "districts-truth.csv", plan, ortho.classes, taxonomy)
    street_labels = _write_streets(folder / "streets", seed, n_streets, frames_per_street)
    readme = _README.format(
        seed=seed, pixel_m=plan.pixel_m, crs=CRS, labelled=n_labelled, blocks=n_blocks,
        districts=len(plan.districts), streets=n_streets,
    )  # fmt: skip
    (folder / "README.txt").write_text(readme, "utf-8")
    return City(
        folder=folder,
        ortho=folder / "city.tif",
        ortho_labels=folder / "city-labels.tif",
        ortho_truth=folder / "city-truth.tif",
        districts=folder / "districts.gpkg",
        districts_truth=folder / "districts-truth.csv",
        streets=folder / "streets",
        street_labels=street_labels,
        mapping=("0=unlabelled", *(f"{c.number}={c.key}" for c in taxonomy.active)),
    )


def write_plane(
    path: Path, bands: NDArray[np.uint8], plan: CityPlan, *, photometric: str = "minisblack"
) -> None:
    """A tiled, compressed GeoTIFF of bands × height × width values, placed on the ground."""
    import rasterio
    from rasterio.transform import Affine

    transform = Affine(plan.pixel_m, 0, ORIGIN[0], 0, -plan.pixel_m, ORIGIN[1])
    profile: dict[str, Any] = {
        "driver": "GTiff", "count": len(bands), "height": plan.height_px, "width": plan.width_px,
        "dtype": "uint8", "crs": CRS, "transform": transform,
        "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate", "predictor": 2,
        "zlevel": 1, "photometric": photometric,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as out:
        out.write(bands)


def _label_a_part(classes: NDArray[np.uint8], seed: int) -> tuple[NDArray[np.uint8], int, int]:
    height_px, width_px = classes.shape
    blocks = windows_over(width_px, height_px, BLOCK_PX)
    chosen = np.random.default_rng([seed, 5]).permutation(len(blocks))
    n_labelled = max(1, round(LABELLED_SHARE * len(blocks)))
    labelled = np.zeros_like(classes)
    for index in chosen[:n_labelled]:
        area = blocks[int(index)].slices
        labelled[area] = classes[area]
    return labelled, n_labelled, len(blocks)


def _write_districts(path: Path, plan: CityPlan) -> None:
    import geopandas

    matrix = [plan.pixel_m, 0, 0, -plan.pixel_m, *ORIGIN]
    outlines = [shapely.affinity.affine_transform(d.outline, matrix) for d in plan.districts]
    columns = {"name": [d.name for d in plan.districts], "character": [d.character for d in plan.districts]}
    frame = geopandas.GeoDataFrame(columns, geometry=outlines, crs=CRS)
    path.unlink(missing_ok=True)
    frame.to_file(path, layer="districts")


def _write_truth(path: Path, plan: CityPlan, classes: NDArray[np.uint8], taxonomy: Taxonomy) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["zone", "measure", "value"])
        for district in plan.districts:
            for measure, value in true_shares(district, classes, taxonomy).items():
                writer.writerow([district.name, measure, f"{value:.6f}"])


def true_shares(district: District, classes: NDArray[np.uint8], taxonomy: Taxonomy) -> dict[str, float]:
    """Exact shares of a district's pixels by measure; its border splits no pixel."""
    left, top, right, bottom = (round(v) for v in district.outline.bounds)
    window = Window(left, top, right - left, bottom - top)
    inside = _inside(district, window)
    counts = np.bincount(classes[window.slices][inside], minlength=256).astype(float)
    total = counts.sum()
    by_trait = {
        trait: sum(counts[c.number] for c in taxonomy.active if trait in c.traits)
        for trait in ("green", "sealed", "water")
    }
    shares = {f"share of {c.name.lower()}": counts[c.number] / total for c in taxonomy.active}
    shares["green share"] = by_trait["green"] / total
    shares["sealed share of land"] = by_trait["sealed"] / max(1.0, total - by_trait["water"])
    return {measure: float(value) for measure, value in shares.items()}


def _inside(district: District, window: Window) -> NDArray[np.bool_]:
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    shape = (window.height, window.width)
    geometry = json.loads(shapely.to_geojson(district.outline))
    placed = Affine.translation(window.x, window.y)
    return np.asarray(rasterize([geometry], out_shape=shape, transform=placed)) > 0


def _write_streets(folder: Path, seed: int, n_streets: int, frames_per_street: int) -> dict[Path, LabelMap]:
    """Photos of every street; labels of the first streets' photos."""
    rng = np.random.default_rng([seed, 6])
    greenness = rng.permutation(np.linspace(0.05, 0.95, max(2, n_streets)))
    labels: dict[Path, LabelMap] = {}
    for k in range(n_streets):
        scene = StreetScene(
            greenness=float(greenness[k]),
            density=float(rng.uniform(0.15, 0.95)),
            traffic=float(rng.uniform(0.25, 0.8)),
            people=float(rng.uniform(0.2, 0.7)),
            light=_LIGHTS[k % len(_LIGHTS)],
        )
        street = folder / f"street-{k + 1:02d}"
        street.mkdir(parents=True, exist_ok=True)
        for frame in range(frames_per_street):
            view = draw_street(seed * 1000 + k, replace(scene, frame=frame * 3))
            path = street / f"{frame + 1:03d}.jpg"
            Pillow.fromarray(view.pixels).save(path, quality=92)
            if k < round(LABELLED_SHARE * n_streets):
                labels[path] = view.labels
    return labels
