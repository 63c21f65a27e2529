"""From a GeoTIFF and zones to a report: shares are exact where the map is, and the page opens offline."""

import csv
import json
import os
import shutil

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from townscape import engine
from townscape.core.taxonomy import read_taxonomy
from townscape.insights.options import InsightsOptions
from townscape.predict.options import PredictOptions
from townscape.report.options import ReportOptions
from townscape.testing.tiny_models import tiny_card, write_color_model
from townscape.workspace import create_workspace

LAND = read_taxonomy("land-cover")
ORIGIN = (500_000.0, 5_600_000.0)
GREEN, SEALED, WATER = {6, 7}, {1, 2, 3}, {8}


def write_city(folder):
    """A map in class colours, and two zones of which the first ends in the middle of a column."""
    rng = np.random.default_rng(4)
    plane = np.kron(rng.integers(1, 9, (8, 12)), np.ones((32, 32), dtype=int)).astype(np.uint8)
    table = np.zeros((256, 3), dtype=np.uint8)
    for c in LAND.classes:
        table[c.number] = c.rgb
    height, width = plane.shape
    profile = {
        "driver": "GTiff", "count": 3, "height": height, "width": width, "dtype": "uint8",
        "crs": "EPSG:32632", "transform": Affine(2, 0, ORIGIN[0], 0, -2, ORIGIN[1]), "photometric": "rgb",
    }  # fmt: skip
    with rasterio.open(folder / "city.tif", "w", **profile) as out:
        out.write(np.moveaxis(table[plane], -1, 0))
    features = [zone("West <&> side", 0, 100.5, height), zone("East", 100.5, width, height)]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32632"}}
    content = {"type": "FeatureCollection", "crs": crs, "features": features}
    (folder / "zones.geojson").write_text(json.dumps(content), "utf-8")
    return plane


def zone(name, left, right, height):
    x0, x1 = ORIGIN[0] + 2 * left, ORIGIN[0] + 2 * right
    y0, y1 = ORIGIN[1] - 2 * height, ORIGIN[1]
    ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raster")
    plane = write_city(folder)
    write_color_model(folder / "model.onnx", tiny_card(LAND, name="colour"))
    with create_workspace(folder / "w", name="Zoneville") as workspace:
        engine.run_here(
            workspace, PredictOptions(paths=(folder / "city.tif",), model=str(folder / "model.onnx"))
        )
        engine.run_here(workspace, InsightsOptions(zones=folder / "zones.geojson"))
        engine.run_here(workspace, ReportOptions(out=folder / "report.html"))
    return folder, plane


def rows(folder):
    with (folder / "report.csv").open(encoding="utf-8", newline="") as stream:
        return {(r["name"], r["measure"]): r for r in csv.DictReader(stream)}


def test_shares_and_areas_are_exact_down_to_half_a_pixel_column(reported):
    folder, plane = reported
    weights = np.zeros(plane.shape)
    weights[:, :100], weights[:, 100] = 1, 0.5
    found = rows(folder)
    for name, w in (("West <&> side", weights), ("East", 1 - weights)):
        green = float(w[np.isin(plane, list(GREEN))].sum() / w.sum())
        land = w[~np.isin(plane, list(WATER))].sum()
        sealed = float(w[np.isin(plane, list(SEALED))].sum() / land)
        assert float(found[name, "green share"]["value"]) == pytest.approx(green, abs=1e-4)
        assert float(found[name, "sealed share of land"]["value"]) == pytest.approx(sealed, abs=1e-4)
        hectares = float(w[plane == 8].sum()) * 4 / 10_000
        assert float(found[name, "area of water"]["value"]) == pytest.approx(hectares, abs=2e-3)


def test_a_model_that_was_never_scored_gives_no_interval_and_says_so(reported):
    folder, _ = reported
    row = rows(folder)["East", "green share"]
    assert (row["grade"], row["low"], row["high"]) == ("C", "", "")
    assert "has not been scored" in (folder / "report.html").read_text("utf-8")


def test_names_are_escaped_and_geojson_is_in_degrees(reported):
    folder, _ = reported
    page = (folder / "report.html").read_text("utf-8")
    assert "West <&> side" not in page
    assert "West &lt;&amp;&gt; side" in page
    content = json.loads((folder / "report.geojson").read_text("utf-8"))
    x, y = content["features"][0]["geometry"]["coordinates"][0][0]
    assert 8 < x < 10
    assert 50 < y < 51


def test_the_page_opens_offline_in_a_browser_and_prints(reported, tmp_path):
    api = pytest.importorskip("playwright.sync_api")
    chromium = os.environ.get("TOWNSCAPE_CHROMIUM") or shutil.which("chromium")
    flags = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-sync"]
    flags += ["--disable-component-update"]
    folder, _ = reported
    requests, complaints = [], []
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(offline=True)
        page.on("request", lambda r: requests.append(r.url))
        page.on("console", lambda m: complaints.append(m.text))
        page.goto((folder / "report.html").as_uri())
        assert page.locator("h1").inner_text() == "Zoneville"
        assert page.locator("svg").count() >= 3
        assert page.locator("td", has_text="West <&> side").count() >= 1
        wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.pdf(path=str(tmp_path / "report.pdf"))
        browser.close()
    assert wide
    assert [u for u in requests if not u.startswith(("file:", "data:"))] == []
    assert complaints == []
    assert (tmp_path / "report.pdf").stat().st_size > 20_000
