"""The map of images: points that gather, a card for each, and not one request to anywhere else."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.web.conftest import Site, draw_picture, violations
from townscape.core.labelmap import LabelMap
from townscape.testing.browser import ServerProcess
from townscape.workspace import create_workspace, open_workspace

ACCENT = [0x27, 0x54, 0x8A]
PLACES = {
    "north": (13.40, 52.53),
    "south": (13.41, 52.50),
    **{f"square{k}": (13.45, 52.51) for k in range(5)},
}


def save_photo(path, picture, longitude, latitude):
    """A JPEG that says where it was taken."""
    exif = Pillow.Exif()
    gps = exif.get_ifd(0x8825)
    for number, letters, degrees in ((1, "NS", latitude), (3, "EW", longitude)):
        gps[number] = letters[0] if degrees >= 0 else letters[1]
        minutes = abs(degrees) % 1 * 60
        gps[number + 1] = (float(int(abs(degrees))), float(int(minutes)), round(minutes % 1 * 60, 4))
    Pillow.fromarray(picture).save(path, exif=exif)


@pytest.fixture(scope="module")
def site(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("site")
    ids = {}
    with create_workspace(folder / "w", taxonomy="camvid") as workspace:
        for k, (name, (longitude, latitude)) in enumerate(PLACES.items()):
            save_photo(folder / f"{name}.jpg", draw_picture(k, 90, 120), longitude, latitude)
            image, _ = workspace.images.take_in(folder / f"{name}.jpg", name=f"{name}.jpg")
            ids[name] = image.id
        Pillow.fromarray(draw_picture(99, 90, 120)).save(folder / "nowhere.png")
        workspace.images.take_in(folder / "nowhere.png", name="nowhere.png")
        annotation = workspace.labels.open(workspace.images.get(ids["north"]), "camvid")
        plane = workspace.labels.read(annotation.id).segments_hw.copy()
        plane[:] = 4
        workspace.labels.save_map(annotation.id, LabelMap(plane))
    server = ServerProcess(folder / "w")
    yield Site(server, ids, server.sign_in(browser))
    server.stop()


def picture_of(page):
    """The map as it is drawn (height × width × 3)."""
    shot = page.locator(".ts-map canvas").screenshot()
    return np.array(Pillow.open(io.BytesIO(shot)).convert("RGB"))


def open_map(page, site):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.server.origin}/map")
    page.wait_for_selector(".ts-map[data-ready]", timeout=60_000)
    page.get_by_role("status").filter(has_text="7 in view").wait_for(timeout=30_000)
    return asked


def test_points_are_on_the_map_and_nothing_is_fetched_from_elsewhere(page, site):
    asked = open_map(page, site)
    page.wait_for_timeout(1500)
    page.get_by_text("Without a position: 1").wait_for()
    outside = [url for url in asked if not url.startswith((site.server.origin, "blob:", "data:"))]
    assert outside == []
    assert any("maplibre-gl-worker" in url for url in asked)
    # The ground, the grid and the points have colours of their own.
    colors = np.unique(picture_of(page).reshape(-1, 3), axis=0)
    assert len(colors) >= 3
    assert ACCENT in colors.tolist(), "the labelled image is drawn in the accent colour"


def test_a_point_shows_its_card_and_leads_to_the_editor(page, site):
    open_map(page, site)
    page.get_by_role("listitem").filter(has_text="north.jpg").get_by_text("Show on the map").click()
    card = page.locator(".ts-map-card")
    card.get_by_text("52.53000° N, 13.40000° E").wait_for()
    card.get_by_role("link", name="Open in the editor").click()
    page.wait_for_url(f"**/images/{site.image_ids['north']}")


def test_a_click_on_a_point_chooses_it(page, site):
    open_map(page, site)
    page.wait_for_timeout(1500)
    box = page.locator(".ts-map canvas").bounding_box()
    rows, columns = np.nonzero((picture_of(page) == ACCENT).all(axis=2))
    page.mouse.click(box["x"] + columns.mean(), box["y"] + rows.mean())
    page.locator(".ts-map-card").get_by_text("north.jpg").wait_for()


def test_what_is_in_view_follows_the_map_and_fills_the_basket(page, site):
    open_map(page, site)
    page.locator(".ts-map canvas").focus()
    page.keyboard.press("=")
    page.wait_for_timeout(1000)
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(800)
        if page.get_by_role("status").filter(has_text="5 in view").count():
            break
    page.get_by_role("status").filter(has_text="5 in view").wait_for()
    page.get_by_role("button", name="Put all into the basket").click()
    page.get_by_role("button", name="Basket 5", exact=True).click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Name").fill("The square")
    drawer.get_by_label("Reason").fill("All at one place")
    drawer.get_by_role("button", name="Keep 5 images").click()
    page.wait_for_url("**/images?selection=*")
    with open_workspace(site.server.workspace) as workspace:
        (made,) = workspace.selections.find()
        windows = workspace.selections.get(made.id).windows
    assert (made.name, made.reason, made.author) == ("The square", "All at one place", "Ana")
    assert {w.image_id for w in windows} == {i for name, i in site.image_ids.items() if "square" in name}
    page.get_by_role("button", name="Basket", exact=True).click()
    page.get_by_text("The basket is empty").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_page, site, scheme):
    page = new_page(color_scheme=scheme, bypass_csp=True)
    open_map(page, site)
    page.get_by_text("Show on the map").first.click()
    page.locator(".ts-map-card").wait_for()
    page.wait_for_timeout(400)
    assert violations(page) == []
