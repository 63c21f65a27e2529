"""Curating in the browser, on real street pictures: copies, quality, what to label first, gaps."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageFilter

from tests.conftest import REAL_DATA
from tests.web.conftest import Site, violations
from townscape.core.labelmap import LabelMap
from townscape.testing.browser import ServerProcess
from townscape.workspace import create_workspace, open_workspace

FRAMES = ("0001TP_006690", "0001TP_008490", "0006R0_f00930", "0006R0_f02370", "0016E5_00390", "0016E5_05040")
COPIES = {"flipped.jpg", "smaller.jpg", "copy.jpg"}


def curate(site, *words):
    command = [sys.executable, "-m", "townscape.cli.main", "curate", *words]
    subprocess.run([*command, "--workspace", str(site.server.workspace)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory, browser):
    if not REAL_DATA.is_dir():
        pytest.skip(f"real data is not at {REAL_DATA}")
    folder = tmp_path_factory.mktemp("site")
    photos = folder / "photos"
    photos.mkdir()
    pictures = [Pillow.open(REAL_DATA / "camvid" / "train" / f"{name}.png").convert("RGB") for name in FRAMES]
    for name, picture in zip(FRAMES, pictures, strict=True):
        picture.save(photos / f"{name}.jpg", quality=92)
    pictures[0].transpose(Pillow.Transpose.FLIP_LEFT_RIGHT).save(photos / "flipped.jpg", quality=85)
    pictures[1].resize((320, 240)).save(photos / "smaller.jpg", quality=85)
    (photos / "copy.jpg").write_bytes((photos / f"{FRAMES[2]}.jpg").read_bytes())
    pictures[4].filter(ImageFilter.GaussianBlur(4)).crop((40, 40, 440, 320)).save(photos / "blurred.jpg")
    ids = {}
    with create_workspace(folder / "w", taxonomy="camvid") as workspace:
        for path in sorted(photos.iterdir()):
            image, _ = workspace.images.take_in(path, name=path.name)
            ids[path.name] = image.id
        annotation = workspace.labels.open(workspace.images.get(ids[f"{FRAMES[5]}.jpg"]), "camvid")
        workspace.labels.save_map(annotation.id, LabelMap(np.full((360, 480), 4, np.uint32)))
    server = ServerProcess(folder / "w")
    yield Site(server, ids, server.sign_in(browser))
    server.stop()


@pytest.fixture(scope="module")
def curated(site):
    """Everything was looked at once."""
    curate(site, "duplicates")
    curate(site, "quality")
    curate(site, "label-first", "--count", "3")
    curate(site, "similar", "--clusters", "2")
    curate(site, "gaps")
    return site


def listed(site):
    with open_workspace(site.server.workspace) as workspace:
        return {image.name for image in workspace.images.find()}


def go(page, site, tab):
    page.goto(f"{site.server.origin}/curate/{tab}")


def test_copies_are_searched_for_from_the_page(page, site):
    go(page, site, "duplicates")
    page.get_by_role("button", name="Find duplicates").click()
    page.get_by_role("dialog").get_by_role("button", name="Find them").click()
    page.get_by_role("group", name="Pairs").get_by_text("Same picture, flipped").wait_for(timeout=90_000)
    reasons = page.get_by_role("group", name="Pairs").get_by_role("button").all_inner_texts()
    assert {"Same file, byte by byte", "Same picture, flipped", "Same picture, at 67 % of its size"} <= set(
        reasons
    )


def brightness(page):
    """Mean grey value of what lies over each other, without the ground beside it."""
    shot = Pillow.open(io.BytesIO(page.locator(".ts-pair-laid > svg").screenshot())).convert("L")
    width, height = shot.size
    return np.array(shot.crop((width // 3, height // 4, 2 * width // 3, 3 * height // 4))).mean()


def test_a_flipped_copy_is_laid_exactly_over_its_original(page, curated):
    go(page, curated, "duplicates")
    page.get_by_role("group", name="Pairs").get_by_text("Same picture, flipped").click()
    page.get_by_text("Same picture, flipped", exact=True).nth(1).wait_for()
    page.keyboard.press("4")
    page.locator(".ts-pair-laid image").nth(1).wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    difference = brightness(page)
    page.keyboard.press("2")
    page.get_by_role("slider", name="How much of the first picture shows").wait_for()
    overlaid = brightness(page)
    page.keyboard.press("3")
    page.wait_for_timeout(300)
    shown = {
        page.locator(".ts-pair-laid figcaption").inner_text()
        for _ in range(8)
        if not page.wait_for_timeout(250)
    }
    assert difference < 8 < 20 < overlaid
    assert shown == {f"{FRAMES[0]}.jpg", "flipped.jpg"}


def test_a_picture_whose_file_cannot_be_read_is_crossed_out(page, curated):
    lost = curated.image_ids["flipped.jpg"]
    page.route(lambda url: lost in url and "1280" in url, lambda route: route.fulfill(status=404))
    go(page, curated, "duplicates")
    page.get_by_role("group", name="Pairs").get_by_text("Same picture, flipped").click()
    page.keyboard.press("1")
    page.get_by_role("img", name="flipped.jpg").get_by_text("The file of flipped.jpg").wait_for(
        state="attached"
    )
    assert page.locator(".ts-pair-sides image").count() == 1
    page.keyboard.press("2")
    page.locator(".ts-pair-laid .ts-crossed").wait_for(state="attached")
    page.said[:] = [line for line in page.said if "404" not in line]


def verdict(site, first, second):
    with open_workspace(site.server.workspace) as workspace:
        pair = workspace.pairs.get(site.image_ids[first], site.image_ids[second])
        return pair.verdict, pair.person


def test_a_pair_is_judged_by_key_and_the_judgement_is_taken_back(page, curated):
    go(page, curated, "duplicates")
    page.get_by_role("group", name="Pairs").get_by_text("Same picture, at 67 % of its size").click()
    heading = page.get_by_role("region", name="The pair")
    heading.get_by_text("Same picture, at 67 % of its size").wait_for()
    page.keyboard.press("d")
    page.get_by_text("different pictures.", exact=False).wait_for()
    assert verdict(curated, f"{FRAMES[1]}.jpg", "smaller.jpg") == ("different", "Ana")
    page.get_by_role("group", name="Pairs").get_by_text("Same picture, at 67 %").wait_for(state="detached")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("group", name="Pairs").get_by_text("Same picture, at 67 %").wait_for()
    assert verdict(curated, f"{FRAMES[1]}.jpg", "smaller.jpg") == (None, None)


def test_copies_are_left_out_and_come_back(page, curated):
    everything = listed(curated)
    go(page, curated, "duplicates")
    page.get_by_text("Groups", exact=True).click()
    page.get_by_label("Keep copy.jpg").check()
    page.get_by_role("button", name="Leave out 3 copies").click()
    page.get_by_text("3 images were taken out of the list", exact=False).wait_for()
    assert everything - listed(curated) == {"flipped.jpg", "smaller.jpg", f"{FRAMES[2]}.jpg"}
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Leave out 3 copies").wait_for()
    assert listed(curated) == everything


def test_a_threshold_is_set_by_eye_and_becomes_a_selection(page, curated):
    go(page, curated, "quality")
    page.get_by_role("button", name="Blur", exact=False).first.click()
    beyond = page.get_by_role("region", name="Beyond the threshold")
    beyond.get_by_text("blurred.jpg").wait_for()
    page.get_by_role("status").filter(has_text="1 of 10 images").wait_for()
    slider = page.get_by_role("slider", name="Blur: threshold")
    slider.focus()
    page.keyboard.press("Home")
    page.get_by_role("status").filter(has_text="10 of 10 images").wait_for()
    page.get_by_label("Blurred: at least").fill("0.45")
    page.get_by_role("status").filter(has_text="1 of 10 images").wait_for()
    page.get_by_role("button", name="Make a selection").click()
    page.get_by_text("Selection “Blurred” holds 1 images", exact=False).wait_for()
    with open_workspace(curated.server.workspace) as workspace:
        made = next(s for s in workspace.selections.find() if s.name == "Blurred" and s.author == "Ana")
        assert "0.45" in made.reason
        (window,) = workspace.selections.get(made.id).windows
    assert window.image_id == curated.image_ids["blurred.jpg"]
    page.get_by_role("button", name="Leave out").click()
    page.get_by_text("1 image was taken out of the list", exact=False).wait_for()
    assert "blurred.jpg" not in listed(curated)
    page.get_by_role("button", name="Undo").click()
    beyond.get_by_text("blurred.jpg").wait_for()


def test_the_basket_is_filled_anywhere_and_outlives_a_reload(page, curated):
    go(page, curated, "quality")
    page.get_by_role("button", name="blurred.jpg in the basket").first.click()
    go(page, curated, "scenes")
    page.locator(".ts-put").first.click()
    page.reload()
    page.get_by_role("button", name="Basket 2", exact=True).click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="blurred.jpg in the basket").click()
    drawer.get_by_text("1 image", exact=True).wait_for()
    drawer.get_by_role("button", name="Empty the basket").click()
    page.get_by_role("button", name="Undo").click()
    drawer.get_by_label("Name").fill("Odd ones")
    drawer.get_by_role("button", name="Keep 1 image").click()
    page.wait_for_url("**/images?selection=*")
    page.get_by_text("1 image", exact=True).wait_for()


def test_what_to_label_first_stands_beside_a_random_choice_and_leads_to_the_queue(page, curated):
    go(page, curated, "label-first")
    page.get_by_role("img", name="10 images, those that look alike near each other").wait_for()
    chosen = page.get_by_role("region", name="Chosen images")
    chosen.get_by_role("button", name="Show in the plane").nth(2).wait_for()
    assert page.get_by_text("random:", exact=False).count() == 2
    assert chosen.get_by_role("listitem").count() == 3
    page.get_by_role("button", name="Label them").click()
    page.wait_for_url("**/images/*?selection=*&queue=1")
    page.wait_for_selector(".ts-canvas[data-ready]", timeout=30_000)


def test_gaps_are_said_in_sentences(page, curated):
    go(page, curated, "gaps")
    missing = page.get_by_role("region", name="What is missing")
    missing.get_by_text("images do not say where they were taken", exact=False).wait_for()
    page.get_by_role("region", name="Classes").locator("svg").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tab", ["duplicates", "quality", "label-first", "scenes", "gaps"])
def test_axe_finds_nothing(new_page, curated, tab, scheme):
    page = new_page(color_scheme=scheme, bypass_csp=True)
    go(page, curated, tab)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)
    assert violations(page) == []
    if tab == "duplicates":
        for key in "2341":
            page.keyboard.press(key)
            page.wait_for_timeout(300)
            assert violations(page) == []
        page.get_by_text("Groups", exact=True).click()
        page.get_by_role("button", name="Leave out 3 copies").wait_for()
        page.wait_for_timeout(300)
        assert violations(page) == []
    if tab == "label-first":
        page.get_by_role("button", name="Choose again").click()
        page.get_by_role("dialog").get_by_role("button", name="Choose", exact=True).wait_for()
        page.wait_for_timeout(400)
        assert violations(page) == []
