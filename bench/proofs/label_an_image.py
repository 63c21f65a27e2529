"""A CamVid image labelled to 100 % by hand in a browser equals a numpy rasterisation, pixel for pixel."""

import shutil
import zlib

import numpy as np

from proofs.tools import at_least, is_true, real_data
from townscape.testing.browser import EditorPage, ServerProcess, launch
from townscape.testing.rasterise import even_odd, pixels_on_the_way, swept_disc
from townscape.workspace import create_workspace, open_workspace

SKY, BUILDING, ROAD, PAVEMENT, TREE, CAR = 1, 2, 4, 5, 6, 9
RADIUS = 20


def prove(bench):
    return bench.step("label", lambda: label(bench.folder))


def label(folder):
    from playwright.sync_api import sync_playwright

    shutil.rmtree(folder / "w", ignore_errors=True)
    photo = min((real_data("camvid") / "val").glob("*.png"))
    with create_workspace(folder / "w", taxonomy="camvid") as workspace:
        image, _ = workspace.images.take_in(photo, name=photo.name)
    server = ServerProcess(folder / "w")
    said = []
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
            page.on("pageerror", lambda error: said.append(str(error)))
            page.goto(server.enter_url)
            editor = EditorPage(page)
            editor.open(server.origin, image.id)
            wanted = paint(editor, server.origin, image)
            editor.wait_until_saved()
            share = page.get_by_text("% labelled", exact=False).inner_text()
            for view in ("Semantic", "Instance", "Panoptic"):
                page.locator("label", has_text=view).click()
                page.wait_for_timeout(500)
                page.screenshot(path=folder / f"{view.lower()}.png")
            browser.close()
    finally:
        server.stop()
    with open_workspace(folder / "w") as workspace:
        (annotation,) = workspace.labels.find(image_id=image.id)
        stored = workspace.labels.read(annotation.id)
        taxonomy = workspace.taxonomies.get("camvid")
    classes = np.unique(stored.class_numbers(taxonomy))
    return {
        "checks": [
            is_true("every pixel is what numpy says", np.array_equal(stored.segments_hw, wanted),
                    int((stored.segments_hw != wanted).sum())),
            is_true("every pixel is labelled, and the page says so", (wanted > 0).all(), share),
            at_least("classes on it", len(classes), 6),
            is_true("the console is silent", not said, said[:5]),
        ],
        "screenshots": [f"{view}.png" for view in ("semantic", "instance", "panoptic")],
    }  # fmt: skip


def paint(editor, origin, image):
    """Brush, polygon with a hole, superpixels in object mode, fill; the same in numpy."""
    shape = (image.height, image.width)
    height, width = shape
    wanted = np.zeros(shape, dtype=np.uint32)
    editor.choose(ROAD)
    across = [(width * t, height * (0.8 + 0.06 * np.sin(9 * t))) for t in np.linspace(0.02, 0.98, 40)]
    for shift in (0, 30, 60):
        wanted[
            swept_disc(shape, editor.stroke([(x, min(y + shift, height - 2)) for x, y in across]), RADIUS)
        ] = ROAD
    editor.choose(BUILDING)
    editor.press("p")
    outer = editor.click([(10, 10), (width * 0.4, 30), (width * 0.35, height * 0.6), (20, height * 0.7)])
    editor.page.keyboard.press("Shift+Enter")
    hole = editor.click([(60, 60), (120, 70), (100, 130)])
    editor.page.keyboard.press("Enter")
    wanted[even_odd(shape, [outer, hole])] = BUILDING
    editor.choose(CAR)
    editor.press("s", "o")
    for k, start in enumerate(((width * 0.5, height * 0.5), (width * 0.75, height * 0.55))):
        if k:
            editor.press("n")
        seen = editor.stroke([start, (start[0] + 40, start[1] + 12), (start[0] + 25, start[1] + 40)])
        body = editor.page.request.get(f"{origin}/v1/images/{image.id}/superpixels/medium/0/0").body()
        regions = np.frombuffer(zlib.decompress(body), dtype="<u2").reshape(512, 512)[:height, :width]
        passed = {int(regions[row, column]) for column, row in pixels_on_the_way(seen)}
        wanted[np.isin(regions, list(passed))] = 65_536 + k
    editor.press("o", "b")
    editor.choose(SKY)
    wanted[swept_disc(shape, editor.stroke([(width * 0.6, 40), (width * 0.9, 60)]), RADIUS)] = SKY
    editor.choose(PAVEMENT)
    seen = editor.stroke([(20, height - 30), (120, height - 60)])
    wanted[swept_disc(shape, seen, RADIUS)] = PAVEMENT
    editor.choose(TREE)
    editor.press("Shift+f")
    wanted[wanted == 0] = TREE
    return wanted
