"""What hands do on the canvas is what the label store holds, pixel by pixel."""

import zlib

import numpy as np

from townscape.core.labelmap import FIRST_OBJECT
from townscape.testing.rasterise import even_odd, pixels_on_the_way, swept_disc

SHAPE = (360, 480)
ROAD, TREE, CAR = 4, 6, 9
WAVE = [(40 + 12 * k, 180 + 60 * np.sin(k / 4)) for k in range(34)]
TRIANGLE = [(60, 40), (300, 70), (150, 260)]
HOLE = [(130, 90), (200, 100), (150, 160)]


def test_a_brush_paints_the_disc_swept_along_its_way(editor, site):
    editor.open(site.server.origin, site.image_ids["a"])
    editor.choose(ROAD)
    seen = editor.stroke(WAVE)
    editor.wait_until_saved()
    found = site.labels("a")
    assert np.array_equal(found == ROAD, swept_disc(SHAPE, seen, 20))
    assert set(np.unique(found)) == {0, ROAD}


def test_undo_and_redo_give_back_exactly_what_was(editor, site):
    editor.open(site.server.origin, site.image_ids["b"])
    editor.choose(ROAD)
    editor.stroke(WAVE)
    editor.wait_until_saved()
    first = site.labels("b")
    editor.choose(TREE)
    editor.stroke([(100, 100), (300, 260)])
    editor.wait_until_saved()
    second = site.labels("b")
    editor.press("Control+z")
    editor.wait_for_labels(lambda: np.array_equal(site.labels("b"), first), wanted=True)
    editor.press("Control+Shift+z")
    editor.wait_for_labels(lambda: np.array_equal(site.labels("b"), second), wanted=True)
    editor.press("Control+z", "Control+z")
    editor.wait_for_labels(lambda: site.labels("b").any(), wanted=False)


def test_a_polygon_with_a_hole_is_even_odd(editor, site):
    editor.open(site.server.origin, site.image_ids["c"])
    editor.choose(TREE)
    editor.press("p")
    outer = editor.click(TRIANGLE)
    editor.page.keyboard.press("Shift+Enter")
    inner = editor.click(HOLE)
    editor.page.keyboard.press("Enter")
    editor.wait_until_saved()
    assert np.array_equal(site.labels("c") == TREE, even_odd(SHAPE, [outer, inner]))


def test_a_polygon_closes_on_its_first_point_and_escape_throws_it_away(editor, site):
    editor.open(site.server.origin, site.image_ids["d"])
    editor.choose(TREE)
    editor.press("p")
    editor.click(TRIANGLE)
    editor.page.keyboard.press("Escape")
    seen = editor.click([*TRIANGLE, TRIANGLE[0]])
    editor.wait_until_saved()
    assert np.array_equal(site.labels("d") == TREE, even_odd(SHAPE, [seen[:3]]))


def test_locks_hold_and_fill_stays_within_its_region(editor, site):
    editor.open(site.server.origin, site.image_ids["e"])
    editor.choose(ROAD)
    wall = swept_disc(SHAPE, editor.stroke([(240, 0), (240, 360)]), 20)
    editor.page.get_by_label("Protect Road", exact=False).click()
    editor.choose(TREE)
    editor.stroke([(200, 180), (280, 180)])
    editor.press("f")
    editor.click([(20, 20)])
    editor.wait_until_saved()
    found = site.labels("e")
    assert np.array_equal(found == ROAD, wall)
    left = np.zeros(SHAPE, dtype=bool)
    left[:, :240] = True
    assert (found[left & ~wall] == TREE).all()
    assert (found[~left & ~wall] == 0).any()


def test_superpixels_are_painted_whole(editor, site):
    image_id = site.image_ids["f"]
    editor.open(site.server.origin, image_id)
    editor.choose(CAR)
    editor.press("s")
    seen = editor.stroke([(100, 100), (180, 130), (260, 120)])
    # The server works the superpixels out first; the stroke waits for them.
    editor.wait_for_labels(lambda: bool(site.labels("f").any()), wanted=True)
    editor.wait_until_saved()
    body = editor.page.request.get(f"{site.server.origin}/v1/images/{image_id}/superpixels/medium/0/0").body()
    regions = np.frombuffer(zlib.decompress(body), dtype="<u2").reshape(512, 512)[:360, :480]
    passed = {int(regions[row, column]) for column, row in pixels_on_the_way(seen)}
    assert len(passed) >= 3
    assert np.array_equal(site.labels("f") == CAR, np.isin(regions, list(passed)))


def test_fill_unlabelled_leaves_nothing_and_says_so(editor, site):
    editor.open(site.server.origin, site.image_ids["g"])
    editor.choose(ROAD)
    seen = editor.stroke(WAVE)
    editor.choose(TREE)
    editor.press("Shift+f")
    editor.wait_until_saved()
    found = site.labels("g")
    assert np.array_equal(found == TREE, ~swept_disc(SHAPE, seen, 20))
    assert editor.page.get_by_text("100.0\u202f% labelled").count() == 1


def test_each_group_of_strokes_is_an_object_of_its_own(editor, site):
    editor.open(site.server.origin, site.image_ids["h"])
    editor.choose(CAR)
    editor.press("o")
    first = editor.stroke([(60, 60), (100, 60)])
    editor.stroke([(100, 60), (100, 100)])
    editor.press("n")
    second = editor.stroke([(300, 200), (340, 200)])
    editor.wait_until_saved()
    found = site.labels("h")
    ids = sorted(set(np.unique(found)) - {0})
    assert ids == [FIRST_OBJECT, FIRST_OBJECT + 1]
    assert found[60, 60] == FIRST_OBJECT
    assert np.array_equal(found == FIRST_OBJECT + 1, swept_disc(SHAPE, second, 20))
    assert first


def test_views_change_what_is_seen_and_not_what_is_stored(editor, site):
    editor.open(site.server.origin, site.image_ids["h"])
    before = site.labels("h")
    seen = {}
    for view in ("Semantic", "Instance", "Panoptic"):
        editor.page.locator("label", has_text=view).click()
        assert editor.page.get_by_role("radio", name=view).is_checked()
        editor.page.wait_for_timeout(300)
        seen[view] = editor.page.locator(".ts-canvas").screenshot()
    assert len(set(seen.values())) == 3
    assert np.array_equal(site.labels("h"), before)
