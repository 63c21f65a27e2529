"""Servers die, tabs die, networks end: every stroke that was made is there afterwards."""

import contextlib

import numpy as np
from playwright.sync_api import Error

from townscape.testing.browser import EditorPage
from townscape.testing.rasterise import swept_disc
from townscape.workspace import open_workspace

SHAPE = (360, 480)
ROAD, TREE = 4, 6


def strokes(n):
    return [[(20 + 22 * k, 30), (20 + 22 * k, 330)] for k in range(n)]


def test_the_server_is_killed_while_somebody_paints(editor, site, page):
    editor.open(site.server.origin, site.image_ids["a"])
    editor.choose(ROAD)
    wanted = np.zeros(SHAPE, dtype=bool)
    for k, way in enumerate(strokes(12)):
        if k == 4:
            site.server.kill()
        if k == 8:
            site.server.start()
        wanted |= swept_disc(SHAPE, editor.stroke(way), 20)
    editor.wait_until_saved(timeout_s=30)
    assert np.array_equal(site.labels("a") == ROAD, wanted)
    expected = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING")
    page.said[:] = [line for line in page.said if not line.endswith(expected)]


def test_the_tab_dies_and_the_next_one_saves_what_it_left(site, browser):
    """The journal is in the browser's profile: another page of the same browser finds it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, storage_state=site.cookies)
    page = context.new_page()
    editor = EditorPage(page)
    editor.open(site.server.origin, site.image_ids["b"])
    editor.choose(TREE)
    context.set_offline(True)
    wanted = np.zeros(SHAPE, dtype=bool)
    for way in strokes(6):
        wanted |= swept_disc(SHAPE, editor.stroke(way), 20)
    page.get_by_text("6 strokes kept here").wait_for()
    page.wait_for_timeout(500)  # the browser writes the last of them down
    page.on("crash", lambda _: None)
    with contextlib.suppress(Error):
        page.goto("chrome://crash")
    page.close()
    context.set_offline(False)
    again = EditorPage(context.new_page())
    again.page.wait_for_timeout(1500)  # the dead page's lock on its journal is let go
    again.page.goto(f"{site.server.origin}/images/{site.image_ids['b']}")
    again.page.get_by_text("6 strokes from a page that was closed were saved.").wait_for()
    assert np.array_equal(site.labels("b") == TREE, wanted)
    context.close()


def test_twenty_strokes_offline(editor, site, page):
    editor.open(site.server.origin, site.image_ids["c"])
    editor.choose(ROAD)
    page.context.set_offline(True)
    wanted = np.zeros(SHAPE, dtype=bool)
    for way in strokes(20):
        wanted |= swept_disc(SHAPE, editor.stroke(way), 20)
    page.get_by_text("20 strokes kept here").wait_for()
    page.context.set_offline(False)
    editor.wait_until_saved(timeout_s=30)
    assert np.array_equal(site.labels("c") == ROAD, wanted)
    page.said[:] = [line for line in page.said if "ERR_INTERNET_DISCONNECTED" not in line]


def test_strokes_of_two_people_arrive_at_each_other(new_page, site):
    one, other = EditorPage(new_page()), EditorPage(new_page())
    for editor, number in ((one, ROAD), (other, TREE)):
        editor.open(site.server.origin, site.image_ids["d"])
        editor.choose(number)
    mine = swept_disc(SHAPE, one.stroke([(60, 60), (60, 300)]), 20)
    theirs = swept_disc(SHAPE, other.stroke([(400, 60), (400, 300)]), 20)
    for editor in (one, other):
        editor.wait_until_saved()
    wanted = mine * ROAD + theirs * TREE
    assert np.array_equal(site.labels("d"), wanted)
    for editor in (one, other):
        editor.page.get_by_text("New strokes").wait_for()


def test_a_class_is_merged_while_somebody_paints_with_it(editor, site, page):
    editor.open(site.server.origin, site.image_ids["h"])
    editor.choose(11)
    merged = page.request.post(
        f"{site.server.origin}/v1/taxonomies/camvid/changes",
        data={"version": 1, "change": {"kind": "merge-class", "number": 11, "into": 10}},
        headers={"origin": site.server.origin},
    )
    assert merged.ok, merged.text()
    wanted = swept_disc(SHAPE, editor.stroke([(60, 60), (60, 300)]), 20)
    editor.wait_until_saved()
    page.get_by_text("Somebody changed the classes.").wait_for()
    with open_workspace(site.server.workspace) as workspace:
        labels = workspace.labels.read(site.annotation_id("h"))
        found = labels.class_numbers(workspace.taxonomies.get("camvid"))
    assert np.array_equal(found == 10, wanted)


def test_an_image_that_somebody_removed_is_said_to_be_gone(editor, site, page):
    editor.open(site.server.origin, site.image_ids["e"])
    page.request.post(
        f"{site.server.origin}/v1/images/removals",
        data={"image_ids": [site.image_ids["e"]]}, headers={"origin": site.server.origin},
    )  # fmt: skip
    page.reload()
    page.get_by_text("was removed from the workspace").wait_for()
    page.said[:] = [line for line in page.said if "404" not in line]


def test_a_session_that_ended_is_said_and_the_strokes_are_kept(site, browser):
    context = browser.new_context(viewport={"width": 1280, "height": 800}, storage_state=site.cookies)
    editor = EditorPage(context.new_page())
    editor.open(site.server.origin, site.image_ids["f"])
    editor.choose(ROAD)
    context.clear_cookies()
    wanted = swept_disc(SHAPE, editor.stroke([(60, 60), (60, 300)]), 20)
    editor.page.get_by_text("not signed in", exact=False).first.wait_for()
    site.server.kill()
    site.server.start()
    context.add_cookies(site.server.sign_in(browser)["cookies"])
    editor.page.get_by_role("button", name="Try again").click()
    editor.wait_until_saved()
    assert np.array_equal(site.labels("f") == ROAD, wanted)
    context.close()


def test_the_graphics_card_forgets_everything_and_no_stroke_is_lost(editor, site, page):
    editor.open(site.server.origin, site.image_ids["g"])
    editor.choose(ROAD)
    wanted = swept_disc(SHAPE, editor.stroke([(60, 60), (60, 300)]), 20)
    page.evaluate(
        """() => {
            const gl = document.querySelector('.ts-canvas canvas').getContext('webgl2');
            window.lost = gl.getExtension('WEBGL_lose_context');
            window.lost.loseContext();
        }"""
    )
    wanted |= swept_disc(SHAPE, editor.stroke([(200, 60), (200, 300)]), 20)
    page.evaluate("() => window.lost.restoreContext()")
    wanted |= swept_disc(SHAPE, editor.stroke([(300, 60), (300, 300)]), 20)
    editor.wait_until_saved()
    assert np.array_equal(site.labels("g") == ROAD, wanted)
    page.wait_for_timeout(300)
    shown = page.locator(".ts-canvas").screenshot()
    assert len(shown) > 20_000  # a picture, not a plain surface
