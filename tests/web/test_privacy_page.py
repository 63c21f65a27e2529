"""Looking over what is to be covered: drawn and taken away by mouse and keyboard, covered, audited."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.web.conftest import Site, draw_picture, violations
from townscape.testing.browser import ServerProcess
from townscape.workspace import create_workspace, open_workspace
from townscape.workspace.redactions import Area, Redaction

DOUBTS = {"a": 0.9, "b": 0.5, "c": 0.2, "d": 0.1}
FACE = Area(id="face", x=100, y=80, width=60, height=80, kind="face", score=0.4, by="centerface")


@pytest.fixture
def site(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("site")
    ids = {}
    with create_workspace(folder / "w", taxonomy="camvid") as workspace:
        for k, name in enumerate(DOUBTS):
            Pillow.fromarray(draw_picture(k)).save(folder / f"{name}.png")
            image, _ = workspace.images.take_in(folder / f"{name}.png", name=f"{name}.png", copy=True)
            ids[name] = image.id
            workspace.redactions.propose(
                [
                    Redaction(
                        image_id=image.id,
                        state="proposed",
                        areas=(FACE,),
                        doubt=DOUBTS[name],
                        how={"detectors": ["centerface"]},
                        original_sha256=image.content_sha256,
                    )
                ]
            )
    server = ServerProcess(folder / "w")
    yield Site(server, ids, server.sign_in(browser))
    server.stop()


def open_queue(page, site):
    page.goto(f"{site.server.origin}/curate/privacy")
    image(page, "a").wait_for()


def image(page, name):
    return page.get_by_role("region", name="The image").get_by_text(f"{name}.png", exact=True)


def stored(site, name):
    with open_workspace(site.server.workspace) as workspace:
        return workspace.redactions.get(site.image_ids[name])


def pixels(page, site, name):
    answer = page.request.get(f"{site.server.origin}/v1/images/{site.image_ids[name]}/tiles/0/0/0?at={name}")
    return np.array(Pillow.open(io.BytesIO(answer.body())).convert("RGB"))


def drag(page, start, end):
    """From one point of the picture to another, in its pixels."""
    corners = page.locator(".ts-areas").evaluate(
        """(svg, points) => points.map(([x, y]) => {
            const found = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
            return [found.x, found.y];
        })""",
        [start, end],
    )
    page.mouse.move(*corners[0])
    page.mouse.down()
    page.mouse.move(*corners[1], steps=4)
    page.mouse.up()


def test_an_area_is_drawn_by_mouse_and_the_most_doubtful_image_comes_first(page, site):
    open_queue(page, site)
    rows = page.get_by_role("group", name="Images").get_by_role("button").all_inner_texts()
    assert [row[0] for row in rows] == ["a", "b", "c", "d"]
    drag(page, (300, 200), (360, 260))
    page.get_by_role("list", name="Areas").get_by_text("Added by hand").wait_for()
    page.keyboard.press("Enter")
    image(page, "b").wait_for()
    found = stored(site, "a")
    assert (found.state, found.reviewer, found.doubt) == ("reviewed", "Ana", 0)
    face, drawn = found.areas
    assert face == FACE
    assert (drawn.kind, drawn.by, drawn.keep, drawn.score) == ("added", "Ana", True, None)
    assert np.abs(np.array([drawn.x, drawn.y, drawn.width, drawn.height]) - [300, 200, 60, 60]).max() <= 2
    assert page.get_by_role("group", name="Images").get_by_role("button").count() == 3


def test_an_area_is_added_moved_sized_and_taken_away_by_keyboard_alone(page, site):
    open_queue(page, site)
    page.keyboard.press("a")
    drawn = page.locator('.ts-fill[data-kind="added"]')
    drawn.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    box = [float(drawn.get_attribute(name)) for name in ("x", "y", "width", "height")]
    step = 480 * 0.005
    assert np.abs(np.array(box) - [210 + 2 * step, 158 + step, 60 + step, 45]).max() <= 1.5
    page.keyboard.press("Delete")
    drawn.wait_for(state="detached")
    face = page.locator('.ts-fill[data-kind="face"]')
    face.focus()
    page.keyboard.press("Space")
    assert face.get_attribute("aria-pressed") == "false"
    page.get_by_role("button", name="Reviewed, next").click()
    image(page, "b").wait_for()
    (kept,) = stored(site, "a").areas
    assert (kept.id, kept.keep) == ("face", False)


def test_steps_are_undone_and_what_is_left_unsaid_is_kept(page, site):
    open_queue(page, site)
    drag(page, (300, 200), (360, 260))
    drag(page, (20, 20), (60, 60))
    page.keyboard.press("z")
    assert page.locator('.ts-fill[data-kind="added"]').count() == 1
    page.get_by_role("group", name="Images").get_by_role("button").nth(2).click()
    page.get_by_text("The areas of a.png were kept", exact=False).wait_for()
    assert len(stored(site, "a").areas) == 2


def test_areas_are_covered_for_good_and_the_original_comes_back(page, site):
    open_queue(page, site)
    before = pixels(page, site, "a")
    page.get_by_role("button", name="Cover", exact=False).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Cover", exact=True).click()
    page.get_by_text("Covered 4", exact=True).wait_for(timeout=60_000)
    page.get_by_text("Covered 4", exact=True).click()
    image(page, "a").or_(image(page, "d")).first.wait_for()
    after = pixels(page, site, "a")
    inside = after[90:150, 110:150].reshape(-1, 3)
    assert inside.std(axis=0).max() < 6 < before[90:150, 110:150].reshape(-1, 3).std(axis=0).max()
    answer = page.request.get(f"{site.server.origin}/v1/redactions/{site.image_ids['a']}/original")
    assert answer.headers["cache-control"] == "no-store"
    page.get_by_text("Before", exact=True).click()
    page.locator('.ts-areas image[href$="/original"]').wait_for()
    page.get_by_role("button", name="Bring the original back").click()
    page.get_by_text("has its original back", exact=False).wait_for()
    page.get_by_text("Covered 3", exact=True).wait_for()
    page.get_by_text("Reviewed 1", exact=True).wait_for()


def test_an_audit_counts_what_was_missed(page, site):
    open_queue(page, site)
    page.get_by_role("button", name="Cover", exact=False).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Cover", exact=True).click()
    page.get_by_text("Covered 4", exact=True).wait_for(timeout=60_000)
    page.get_by_text("Audit", exact=True).click()
    page.get_by_label("Images", exact=True).fill("2")
    page.get_by_role("button", name="Draw at random").click()
    page.get_by_role("status").filter(has_text="nothing was looked at yet").wait_for(timeout=60_000)
    page.get_by_role("button", name="Nothing missed, next").click()
    page.get_by_role("status").filter(has_text="0 misses in 1 image").wait_for()
    page.wait_for_timeout(500)
    drag(page, (300, 200), (360, 260))
    page.get_by_role("button", name="1 missed, next").click()
    page.get_by_role("status").filter(has_text="1 miss in 2 images").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_page, site, scheme):
    page = new_page(color_scheme=scheme, bypass_csp=True)
    open_queue(page, site)
    page.keyboard.press("a")
    page.wait_for_timeout(400)
    assert violations(page) == []
    page.keyboard.press("n")
    page.keyboard.press("Space")
    page.wait_for_timeout(400)
    assert violations(page) == []
    page.get_by_text("Audit", exact=True).click()
    page.get_by_role("button", name="Draw at random").wait_for()
    page.wait_for_timeout(300)
    assert violations(page) == []
