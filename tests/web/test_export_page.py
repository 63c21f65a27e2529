"""The export in the browser: a format, a question where the format has one, and what was kept."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.web.conftest import Site, draw_picture, violations
from townscape.core.labelmap import IGNORE, LabelMap
from townscape.testing.browser import ServerProcess
from townscape.workspace import create_workspace


@pytest.fixture(scope="module")
def site(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("site")
    with create_workspace(folder / "city", taxonomy="camvid") as workspace:
        for k, name in enumerate("ab"):
            Pillow.fromarray(draw_picture(k, 120, 160)).save(folder / f"{name}.png")
            image, _ = workspace.images.take_in(folder / f"{name}.png", name=f"{name}.png")
            annotation = workspace.labels.open(image, "camvid")
            plane = np.full((120, 160), 4, np.uint32)
            plane[:30], plane[60:70], plane[100:] = 1, 0, IGNORE
            workspace.labels.save_map(annotation.id, LabelMap(plane))
    server = ServerProcess(folder / "city")
    yield Site(server, {}, server.sign_in(browser))
    server.stop()


def choose(page, site, title):
    page.goto(f"{site.server.origin}/export")
    page.get_by_label("Find a format").fill(title)
    page.get_by_role("radio", name=title).check()


def written(page):
    page.get_by_role("table", name="Classes as they were written").wait_for(timeout=60_000)


def test_what_a_format_has_no_place_for_is_asked_and_the_archive_is_downloaded(page, site):
    choose(page, site, "COCO instances")
    page.get_by_role("button", name="Rename, merge, leave out").click()
    page.get_by_label("Name under which Sky is written").fill("heaven")
    page.get_by_role("button", name="Export 2 images").click()
    page.get_by_text("COCO instances has no place for ignored pixels", exact=False).wait_for(timeout=60_000)
    assert page.get_by_role("button", name="Go on").is_disabled()
    page.reload()
    page.get_by_role("radio", name="Add a class called “ignore”").check()
    page.get_by_role("button", name="Go on").click()
    written(page)
    table = page.get_by_role("table", name="Classes as they were written")
    cells = table.get_by_role("row").filter(has_text="heaven").get_by_role("cell").all_inner_texts()
    assert [cell.replace("\u202f", "") for cell in cells] == ["heaven", "1", "9600", "100%"]
    assert page.get_by_text("Ignored pixels were written as a class called “ignore”").count() == 1
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "city-coco.zip"
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        assert {"townscape.json", "data_card.md"} <= set(archive.namelist())


def test_a_folder_says_where_it_lies_and_its_name_is_taken_once(page, site):
    for _ in range(2):
        choose(page, site, "PASCAL VOC")
        page.get_by_text("A folder", exact=True).click()
        page.get_by_label("Name", exact=True).fill("../voc")
        page.get_by_role("button", name="Export 2 images").click()
        page.wait_for_timeout(300)
        if page.get_by_role("alert").count():
            break
        written(page)
        out = site.server.workspace / "exports" / "_voc"
        assert page.get_by_text(str(out), exact=True).count() == 1
        assert (out / "SegmentationClass").is_dir()
    assert "There is an export called _voc already" in page.get_by_role("alert").inner_text()
    page.said[:] = [line for line in page.said if "409" not in line]
    page.goto(f"{site.server.origin}/export")
    page.get_by_role("link", name="_voc").click()
    written(page)


def test_outlines_can_be_simplified_and_what_it_costs_is_said(page, site):
    choose(page, site, "COCO instances")
    assert page.get_by_label("Simplify outlines").count() == 0
    page.get_by_text("polygons", exact=True).click()
    assert "give back every pixel" in page.locator("main").inner_text()
    page.get_by_label("Simplify outlines").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_way(new_page, site, scheme):
    page = new_page(color_scheme=scheme, bypass_csp=True)
    choose(page, site, "COCO instances")
    page.get_by_text("polygons", exact=True).click()
    page.get_by_role("button", name="Rename, merge, leave out").click()
    page.get_by_label("Leave out Sky").select_option(label="As ignore")
    page.wait_for_timeout(300)
    assert violations(page) == []
    page.get_by_label("Name", exact=True).fill(f"axe {scheme}")
    page.get_by_role("button", name="Export 2 images").click()
    page.get_by_role("radio", name="Write them as unlabelled").check(timeout=60_000)
    assert violations(page) == []
    page.get_by_role("button", name="Go on").click()
    written(page)
    page.wait_for_timeout(300)
    assert violations(page) == []
