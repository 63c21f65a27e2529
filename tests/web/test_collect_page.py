"""Collecting in the browser: a folder, a video, what was left out, and looking again."""

import subprocess
import sys

import cv2
import pytest
from PIL import Image as Pillow

from tests.web.conftest import Site, draw_picture, violations
from townscape.testing.browser import ServerProcess
from townscape.workspace import create_workspace, open_workspace

N_EMPTY = 1200


@pytest.fixture(scope="module")
def site(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("site")
    create_workspace(folder / "w", taxonomy="camvid").close()
    photos = folder / "photos"
    photos.mkdir()
    for k, name in enumerate("abc"):
        Pillow.fromarray(draw_picture(k, 90, 120)).save(photos / f"{name}.png")
    (photos / "broken.png").write_bytes((photos / "a.png").read_bytes()[:300])
    many = folder / "many"
    many.mkdir()
    for k in range(N_EMPTY):
        (many / f"{k:04d}.jpg").touch()
    film = cv2.VideoWriter(str(folder / "drive.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (120, 90))
    for k in range(40):
        film.write(draw_picture(k // 10, 90, 120))
    film.release()
    server = ServerProcess(folder / "w", browse=[folder])
    yield Site(server, {"folder": str(folder)}, server.sign_in(browser))
    server.stop()


@pytest.fixture(scope="module")
def collected(site):
    """A source of which everything was left out."""
    command = [sys.executable, "-m", "townscape.cli.main", "collect", f"{site.image_ids['folder']}/many"]
    subprocess.run([*command, "--workspace", str(site.server.workspace)], check=True, capture_output=True)
    return site


def choose(page, site, name, *, is_file=False):
    page.goto(f"{site.server.origin}/collect")
    choose_in_picker(page, site, page.get_by_role("region", name="Add a source"), name, is_file=is_file)


def choose_in_picker(page, site, part, name, *, is_file=False):
    part.get_by_role("button", name="Choose on this computer").click()
    picker = page.get_by_role("dialog")
    picker.get_by_role("button", name=site.image_ids["folder"]).click()
    if is_file:
        row = picker.locator("div").filter(has=page.get_by_text(name, exact=True)).last
        row.get_by_role("button", name=name).click()
    else:
        picker.get_by_role("button", name=name, exact=True).click()
        picker.get_by_role("button", name=f"Choose {name}").click()
    picker.wait_for(state="detached")


def collect(page):
    page.get_by_role("button", name="Collect", exact=True).click()


def row_of(page, name):
    return page.get_by_role("table", name="Sources").get_by_role("row").filter(has_text=name)


def counts(row):
    return [cell.replace("\u202f", "") for cell in row.get_by_role("cell").all_inner_texts()[1:5]]


def images(site):
    with open_workspace(site.server.workspace) as workspace:
        return sorted(image.name for image in workspace.images.find())


def test_a_page_without_sources_says_what_there_is_to_collect_from(page, site):
    page.goto(f"{site.server.origin}/collect")
    page.get_by_text("No source yet").wait_for()
    page.get_by_text("Frames of a video").wait_for()
    assert page.get_by_role("button", name="Collect", exact=True).is_disabled()
    page.get_by_text("Choose where the images lie first").wait_for()


def test_a_folder_is_collected_and_looked_at_again(page, site):
    choose(page, site, "photos")
    collect(page)
    row = row_of(page, "photos")
    row.wait_for(timeout=30_000)
    row.get_by_role("button", name="1 left out").wait_for(timeout=30_000)
    assert counts(row) == ["3", "0", "0", "1"]
    assert images(site) == ["a.png", "b.png", "c.png"]
    row.get_by_role("button", name="1 left out").click()
    page.get_by_role("group", name="What was left out").get_by_text("broken.png is damaged").wait_for()
    photos = site.server.workspace.parent / "photos"
    Pillow.fromarray(draw_picture(9, 90, 120)).save(photos / "d.png")
    (photos / "b.png").unlink()
    row.get_by_role("button", name="Look again").click()
    page.get_by_text("1 new image,", exact=False).wait_for(timeout=30_000)
    for _ in range(50):  # the table is read anew after the run has ended
        if counts(row)[2] == "1":
            break
        page.wait_for_timeout(200)
    assert counts(row) == ["3", "0", "1", "1"]
    assert images(site) == ["a.png", "b.png", "c.png", "d.png"]


def test_a_folder_that_was_moved_is_found_again(page, site):
    before = site.server.workspace.parent / "moving"
    before.mkdir()
    for k in range(3):
        Pillow.fromarray(draw_picture(20 + k, 90, 120)).save(before / f"moved-{k}.png")
    choose(page, site, "moving")
    collect(page)
    row_of(page, "moving").wait_for(timeout=30_000)
    page.get_by_text("3 new images,", exact=False).wait_for(timeout=30_000)
    before.rename(before.with_name("moved here"))
    (before.with_name("moved here") / "moved-2.png").unlink()
    page.goto(f"{site.server.origin}/collect")
    page.get_by_text("There is nothing at this place any more").wait_for()
    assert row_of(page, "moving").get_by_role("button", name="Look again").count() == 0
    find = page.get_by_role("button", name="Find its images")
    assert find.is_disabled()
    choose_in_picker(page, site, page.get_by_role("table", name="Sources"), "moved here")
    find.click()
    page.get_by_text("2 of 3 missing images found again, 1 not.").wait_for(timeout=30_000)
    page.get_by_text("There is no moved-2.png below", exact=False).wait_for()
    row = row_of(page, "moved here")
    row.get_by_role("button", name="Look again").wait_for()
    with open_workspace(site.server.workspace) as workspace:
        found = [image for image in workspace.images.find() if image.name.startswith("moved-")]
        assert sum(workspace.images.path(i).is_file() for i in found if "moved-2" not in i.name) == 2
    page.goto(f"{site.server.origin}/images")
    page.locator("img.ts-missing").first.wait_for()
    page.said[:] = [line for line in page.said if "thumbnail" not in line and "Failed to load" not in line]


def test_frames_of_a_video_are_chosen_by_change(page, site):
    choose(page, site, "drive.avi", is_file=True)
    page.get_by_text("By change", exact=True).click()
    page.get_by_label("How much must have changed").fill("40")
    collect(page)
    row = row_of(page, "drive.avi")
    row.wait_for(timeout=30_000)
    page.get_by_text("4 new images", exact=False).wait_for(timeout=30_000)
    assert counts(row)[0] == "4"
    assert len([name for name in images(site) if name.startswith("drive")]) == 4


def test_twelve_hundred_reasons_are_a_list_of_which_only_a_part_exists(page, site):
    choose(page, site, "many")
    collect(page)
    row = row_of(page, "many")
    row.get_by_role("button", name=f"{N_EMPTY} left out").click(timeout=60_000)
    reasons = page.get_by_role("group", name="What was left out")
    reasons.get_by_text("0000.jpg", exact=True).wait_for()
    reasons.focus()
    for _ in range(60):
        page.keyboard.press("End")
        page.wait_for_timeout(150)
        if reasons.get_by_text(f"{N_EMPTY - 1:04d}.jpg", exact=True).count():
            break
    else:
        raise AssertionError("the last reason never came")
    assert reasons.get_by_role("listitem").count() < 60


def test_an_address_with_a_password_is_refused_in_words(page, site):
    page.goto(f"{site.server.origin}/collect")
    page.get_by_text("Elsewhere", exact=True).click()
    page.get_by_label("Address").fill("https://ana:secret@example.org/list.txt")
    collect(page)
    page.get_by_text("An address holds no password", exact=False).wait_for()
    page.get_by_label("Address").fill("dataset:nothing-of-that-name")
    page.get_by_label("I accept the licence of nothing-of-that-name").wait_for()
    collect(page)
    page.get_by_text("nothing-of-that-name", exact=False).last.wait_for(timeout=30_000)
    page.get_by_role("button", name="Go on with it").wait_for(timeout=30_000)
    page.said[:] = [line for line in page.said if "409" not in line]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_page, collected, scheme):
    page = new_page(color_scheme=scheme, bypass_csp=True)
    page.goto(f"{collected.server.origin}/collect")
    page.get_by_role("table", name="Sources").wait_for()
    page.get_by_role("button", name="More options").click()
    page.get_by_role("button", name=f"{N_EMPTY} left out").click()
    page.get_by_role("group", name="What was left out").wait_for()
    page.wait_for_timeout(300)
    assert violations(page) == []
