"""Two browsers paint one image for a minute, both creating objects: every stroke of both is in the result."""

import shutil
import time

import numpy as np

from proofs.tools import at_least, is_true
from townscape.core.tiles import TILE_PX
from townscape.testing.browser import EditorPage, ServerProcess, launch
from townscape.testing.rasterise import swept_disc
from townscape.workspace import create_workspace, open_workspace

SHAPE = (700, 1000)
CAR, PEDESTRIAN = 9, 10
RADIUS = 20


def prove(bench):
    return bench.step("paint", lambda: paint(bench.folder))


def paint(folder, seconds=60):
    import cv2
    from playwright.sync_api import sync_playwright

    shutil.rmtree(folder / "w", ignore_errors=True)
    cv2.imwrite(str(folder / "street.png"), np.full((*SHAPE, 3), 128, dtype=np.uint8))
    with create_workspace(folder / "w", taxonomy="camvid") as workspace:
        image, _ = workspace.images.take_in(folder / "street.png", name="street.png")
    server = ServerProcess(folder / "w")
    strokes = {"Ana": [], "Ben": []}
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            cookies = server.sign_in(browser)
            editors = {}
            for name, number in (("Ana", CAR), ("Ben", PEDESTRIAN)):
                context = browser.new_context(viewport={"width": 1280, "height": 800}, storage_state=cookies)
                editors[name] = EditorPage(context.new_page())
                editors[name].open(server.origin, image.id)
                editors[name].choose(number)
                editors[name].press("o")
            rng = np.random.default_rng(0)
            began = time.monotonic()
            while (passed := time.monotonic() - began) < seconds:
                # One of them is without a network at any time, so that both paint the same pixels unseen.
                for turn, editor in enumerate(editors.values()):
                    editor.page.context.set_offline(int(passed // 10) % 2 == turn)
                for name, editor in editors.items():
                    editor.press("n")
                    start = rng.uniform((60, 60), (SHAPE[1] - 60, SHAPE[0] - 60))
                    way = [tuple(np.clip(start + step, 30, np.array(SHAPE[::-1]) - 30)) for step in
                           np.cumsum(rng.uniform(-40, 40, (5, 2)), axis=0)]  # fmt: skip
                    strokes[name].append(editor.stroke(way))
            for editor in editors.values():
                editor.page.context.set_offline(False)
            for editor in editors.values():
                editor.wait_until_saved(timeout_s=60)
            browser.close()
    finally:
        server.stop()
    return judge(folder / "w", image.id, strokes)


def judge(root, image_id, strokes):
    """What the stored map must be: pixels of one painter alone hold that painter's last stroke there."""
    with open_workspace(root) as workspace:
        (annotation,) = workspace.labels.find(image_id=image_id)
        labels = workspace.labels.read(annotation.id)
        revisions = workspace.history.revisions(annotation.id)
        taxonomy = workspace.taxonomies.get("camvid")
    last = {}
    for name, ways in strokes.items():
        plane = np.zeros(SHAPE, dtype=np.int32)
        for k, way in enumerate(ways, start=1):
            plane[swept_disc(SHAPE, way, RADIUS)] = k
        last[name] = plane
    number_of = {"Ana": CAR, "Ben": PEDESTRIAN}
    classes = labels.class_numbers(taxonomy)
    ana, ben = last["Ana"] > 0, last["Ben"] > 0
    only = {"Ana": ana & ~ben, "Ben": ben & ~ana}
    wrong = {name: int((classes[only[name]] != number_of[name]).sum()) for name in only}
    outside = int((classes[~ana & ~ben] != 0).sum())
    both = int((~np.isin(classes[ana & ben], (CAR, PEDESTRIAN))).sum())
    groups = {name: groups_differ(labels.segments_hw, last[name], only[name]) for name in only}
    conflicts = [c for r in revisions for c in r.answer.get("conflicts", [])]
    stray = [c for c in conflicts if shared_pixels(ana & ben, c) < c[2]]
    return {
        "checks": [
            at_least("strokes", sum(map(len, strokes.values())), 60),
            is_true(
                "pixels that one painter alone painted hold that painter's class",
                not any(wrong.values()),
                wrong,
            ),
            is_true("nothing else is painted", outside == 0, outside),
            is_true("pixels of both hold one of the two", both == 0, both),
            is_true("each stroke is an object of its own", not any(groups.values()), groups),
            at_least("conflicts that the server told", len(conflicts), 1),
            is_true(
                "conflicts only where both painted", not stray, {"conflicts": len(conflicts), "stray": stray}
            ),
        ],
        "strokes": {name: len(ways) for name, ways in strokes.items()},
        "revisions": len(revisions),
    }


def shared_pixels(both, conflict):
    """Pixels that both painted inside the box of a conflict (row, column, pixels, box in its tile)."""
    row, column, _, (x0, y0, x1, y1) = conflict
    top, left = row * TILE_PX, column * TILE_PX
    return int(both[top + y0 : top + y1, left + x0 : left + x1].sum())


def groups_differ(segments, last, where):
    """Strokes whose own pixels carry more than one object, or an object that another stroke carries."""
    seen = {}
    mixed = 0
    for k in range(1, int(last.max()) + 1):
        ids = set(np.unique(segments[where & (last == k)]).tolist())
        mixed += len(ids) > 1
        for one in ids:
            mixed += seen.setdefault(one, k) != k
    return mixed
