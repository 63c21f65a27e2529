"""The import in the browser: where, look, import; what does not fit is found and resolved there."""

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.conftest import REAL_DATA
from tests.web.conftest import Site, violations
from townscape.core.labelmap import IGNORE
from townscape.testing.browser import ServerProcess
from townscape.workspace import create_workspace, open_workspace

DUBAI = {
    "#8429f6": "Bare ground",
    "#3c1098": "Building",
    "#fedd3a": "Grass",
    "#6ec1e4": "Road",
    "#e2a929": "Water",
    "#000000": "Ignore",
}
"""What the colours of the masks mean; classes.json lists other ones."""


@pytest.fixture(scope="module")
def site(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("site")
    create_workspace(folder / "w", taxonomy="land-cover").close()
    roots = [folder, *([REAL_DATA] if REAL_DATA.is_dir() else [])]
    server = ServerProcess(folder / "w", browse=roots)
    yield Site(server, {}, server.sign_in(browser))
    server.stop()


def colored(top, bottom, height=120, width=160):
    mask = np.zeros((height, width, 3), np.uint8)
    mask[: height // 2], mask[height // 2 :] = top, bottom
    return mask


@pytest.fixture
def faulty(tmp_path):
    """Four pictures: a stray colour in the first, a mask that is too small, one that is missing."""
    folder = tmp_path / "faulty"
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    building, road = (181, 68, 58), (95, 101, 112)
    for k in range(4):
        noise = np.random.default_rng(k).integers(0, 255, (120, 160, 3), dtype=np.uint8)
        Pillow.fromarray(noise).save(folder / f"images/p{k}.png")
        mask = colored(building, road)
        if k == 0:
            mask[3, 3] = (180, 66, 59)
        if k != 3:
            Pillow.fromarray(mask[:80] if k == 2 else mask).save(folder / f"masks/p{k}.png")
    return folder


def send(page, site, folder):
    page.goto(f"{site.server.origin}/import")
    page.locator("input[type=file][webkitdirectory]").set_input_files(folder)


def looked(page):
    page.get_by_role("heading", name="What the values mean").wait_for(timeout=60_000)


def imported(page):
    page.get_by_text("is imported").wait_for(timeout=60_000)


def pixels_by_class(site, names=None):
    """Pixels of each class key (or ignore, unlabelled) over all images, or those whose names are given."""
    total = {}
    with open_workspace(site.server.workspace) as workspace:
        for annotation in workspace.labels.find():
            if names is not None and workspace.images.get(annotation.image_id).stem not in names:
                continue
            taxonomy = workspace.taxonomies.get(annotation.taxonomy)
            numbers, counts = np.unique(workspace.labels.read(annotation.id).segments_hw, return_counts=True)
            for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
                special = {0: "unlabelled", IGNORE: "ignore"}
                key = special.get(number) or taxonomy.get_class(number).key
                total[key] = total.get(key, 0) + count
    return total


def test_dubai_whose_list_of_classes_does_not_fit_its_masks(page, site, real_data):
    page.goto(f"{site.server.origin}/import")
    page.get_by_role("button", name="Choose on this computer").click()
    picker = page.get_by_role("dialog")
    picker.get_by_role("button", name=str(real_data.resolve())).click()
    picker.get_by_role("button", name="dubai").click()
    picker.get_by_role("button", name="Tile 8").click()
    picker.get_by_role("button", name="Choose Tile 8").click()
    page.get_by_role("button", name="Look at it").click()
    looked(page)
    assert page.get_by_text("Found out: masks has masks with the names").count() == 1
    assert page.get_by_text("classes.json lists 6 values, but only 1 of them (#9b9b9b)").count() == 1
    assert page.get_by_text("6 of 7 without a class").count() == 1
    assert page.get_by_role("button", name="Import 9 pictures").is_disabled()
    assert page.get_by_label("Class of #9b9b9b (Unlabeled)").input_value() == "unlabelled"
    address = page.url
    for value, name in DUBAI.items():
        page.get_by_label(f"Class of {value}", exact=False).select_option(label=name)
    page.get_by_text("Every value has an answer", exact=False).wait_for()
    page.reload()
    looked(page)
    assert page.url == address
    assert page.get_by_label("Class of #fedd3a").input_value() == "grass"
    page.get_by_role("button", name="Import 9 pictures").click()
    imported(page)
    found = pixels_by_class(site, {f"image_part_{k:03}" for k in range(1, 10)})
    assert found == expected_pixels(real_data / "dubai" / "Tile 8" / "masks")
    page.get_by_role("button", name="Open one in the editor").click()
    page.wait_for_selector(".ts-canvas[data-ready]", timeout=30_000)


def expected_pixels(masks):
    keys = {"Bare ground": "bare-ground", "Building": "building", "Grass": "grass", "Road": "road"}
    keys |= {"Water": "water", "Ignore": "ignore"}
    key_by_color = {color: keys[name] for color, name in DUBAI.items()} | {"#9b9b9b": "unlabelled"}
    total = {}
    for path in masks.iterdir():
        rgb = np.asarray(Pillow.open(path).convert("RGB")).reshape(-1, 3).astype(np.int64)
        codes, counts = np.unique(rgb @ (65536, 256, 1), return_counts=True)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            key = key_by_color[f"#{code:06x}"]
            total[key] = total.get(key, 0) + count
    return total


def test_faults_are_found_and_remedied_in_one_click_each(page, site, faulty):
    send(page, site, faulty)
    looked(page)
    assert page.get_by_text("1 value without a class").count() == 1
    page.get_by_text("2 files that cannot be used", exact=True).wait_for()
    page.get_by_role("button", name="Take stray colours for the nearest known one").first.click()
    page.get_by_text("near #b5443a").wait_for(timeout=60_000)
    assert page.get_by_role("button", name="Import 2 pictures").is_disabled()
    page.get_by_role("button", name="Import the rest").click()
    assert page.get_by_label("Leave out the 2 files").is_checked()
    page.get_by_role("button", name="Import 2 pictures").click()
    imported(page)
    assert page.get_by_text("2 files were left out").count() == 1
    assert pixels_by_class(site, {"p0", "p1"}) == {"building": 19_200, "road": 19_200}
    assert not list((site.server.workspace / "uploads").iterdir())


def test_a_new_taxonomy_is_made_of_the_classes_in_the_files(page, site, tmp_path):
    folder = tmp_path / "new"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    Pillow.new("RGB", (80, 60), "navy").save(folder / "images" / "quay.png")
    Pillow.fromarray(np.full((60, 80), 3, np.uint8)).save(folder / "masks" / "quay.png")
    (folder / "classes.json").write_text('[{"value": 3, "name": "Quay"}]')
    send(page, site, folder)
    looked(page)
    page.get_by_role("combobox", name="Taxonomy").click()
    page.get_by_role("option", name="A new one of these classes").click()
    page.get_by_label("Its name").fill("Harbour front")
    page.get_by_label("Its name").press("Enter")
    page.get_by_text("Made of the one class").wait_for(timeout=60_000)
    page.get_by_role("button", name="Import 1 picture").click()
    imported(page)
    assert pixels_by_class(site, {"quay"}) == {"quay": 4800}
    with open_workspace(site.server.workspace) as workspace:
        assert [c.name for c in workspace.taxonomies.get("harbour-front").classes] == ["Quay"]


def test_a_look_that_fails_says_why_and_leads_back(page, site, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("Dear city,")
    send(page, site, tmp_path / "letters")
    alert = page.get_by_role("alert")
    alert.wait_for(timeout=60_000)
    assert "letters looks like none of the formats" in alert.inner_text()
    assert str(site.server.workspace) not in alert.inner_text()
    page.get_by_role("link", name="Choose something else").click()
    page.get_by_role("button", name="Choose a folder …").wait_for()


def test_the_look_is_answered_with_the_keyboard_alone(page, site, faulty):
    send(page, site, faulty)
    looked(page)
    stray = page.get_by_label("Class of #b4423b")
    stray.focus()
    page.keyboard.type("Water")
    page.keyboard.press("Tab")
    assert stray.input_value() == "water"
    assert page.get_by_text("you said so").count() == 1
    page.get_by_label("Leave out the 2 files").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    focused = "document.activeElement.innerText"
    assert page.evaluate(focused) == "Import 2 pictures"
    page.keyboard.press("Enter")
    imported(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_way(new_page, site, faulty, scheme):
    page = new_page(color_scheme=scheme, bypass_csp=True)
    send(page, site, faulty)
    looked(page)
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
    page.get_by_label("Class of #b4423b").focus()
    page.get_by_label("Class of all values", exact=False).wait_for(state="detached")
    assert violations(page) == []
    page.get_by_role("button", name="Take stray colours").first.click()
    page.get_by_text("near #b5443a").wait_for(timeout=60_000)
    page.get_by_role("button", name="Import the rest").click()
    page.wait_for_timeout(300)
    assert violations(page) == []
    page.get_by_role("button", name="Import 2 pictures").click()
    imported(page)
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
