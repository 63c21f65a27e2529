"""100,000 images: saves do not wait for the import, filters answer at once, the grid scrolls."""

import shutil
import statistics
import subprocess
import sys
import threading
import time

import numpy as np

from proofs.tools import at_least, at_most
from townscape.core.ids import new_id
from townscape.core.tiles import pack
from townscape.server import wire
from townscape.testing.browser import ServerProcess, launch
from townscape.workspace import create_workspace, open_workspace

N_IMAGES = 100_000
PER_FOLDER = 2_000


def prove(bench):
    bench.step("pictures", lambda: draw(bench.folder / "pictures"))
    waits = bench.step("import", lambda: save_while_importing(bench.folder))
    answers = bench.step("filters", lambda: filters(bench.folder))
    slowest = max(answers["ms"].values())
    return {
        "checks": [
            at_least("images", answers["images"], N_IMAGES),
            at_least("saves during the import", waits["n"], 100),
            at_most("longest wait of a save in seconds", waits["longest_s"], 0.5),
            at_most("slowest filter in milliseconds", slowest, 300),
        ],
        "waits": waits,
        "filters_ms": answers["ms"],
        "targets": [at_most("frame p95 while scrolling in milliseconds", answers["frame_p95_ms"], 33)],
    }


def draw(folder):
    """100,000 small PNGs, each another."""
    import cv2

    shutil.rmtree(folder, ignore_errors=True)
    for k in range(N_IMAGES):
        place = folder / f"{k // PER_FOLDER:03d}"
        if k % PER_FOLDER == 0:
            place.mkdir(parents=True)
        picture = np.full((48, 64, 3), (k % 251, k // 251 % 251, k // 63_001), dtype=np.uint8)
        cv2.imwrite(str(place / f"{k:06d}.png"), picture)
    return N_IMAGES


def save_while_importing(folder):
    """Autosaves over HTTP into one image while `townscape collect` takes the pictures in."""
    from fastapi.testclient import TestClient

    from townscape.server.app import create_app

    root = folder / "w"
    shutil.rmtree(root, ignore_errors=True)
    with create_workspace(root, taxonomy="camvid") as workspace:
        first = next((folder / "pictures" / "000").glob("*.png"))
        image, _ = workspace.images.take_in(first, name="first.png")
        app = create_app(workspace, hosts=["here"])
        client = TestClient(app, base_url="http://here", headers={"origin": "http://here"})
        client.get(f"/enter?token={app.state.context.doorkeeper.new_token()}")
        annotation = client.post("/v1/annotations", json={"image_id": image.id}).json()
        command = [sys.executable, "-m", "townscape.cli.main", "collect", str(folder / "pictures"), "--json"]
        importing = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
        ended = threading.Event()
        threading.Thread(target=lambda: (importing.wait(), ended.set()), daemon=True).start()
        waits, revision = [], annotation["revision"]
        began_import = time.monotonic()
        while not ended.is_set():
            plane = np.full((512, 512), 1 + len(waits) % 9, dtype=np.uint32)
            packed = pack(plane)
            header = {"save_id": new_id(), "base_revision": revision, "tiles": [[0, 0, len(packed)]]}
            began = time.perf_counter()
            answer = client.post(
                f"/v1/annotations/{annotation['id']}/saves", content=wire.join_packet(header, [packed])
            )
            waits.append(time.perf_counter() - began)
            revision = answer.json()["revision"]
            time.sleep(0.25)
        import_s = time.monotonic() - began_import
        app.state.context.pixels.close()
    if importing.returncode:
        raise SystemExit(f"collect ended with {importing.returncode}")
    return {
        "n": len(waits),
        "longest_s": round(max(waits), 3),
        "median_s": round(statistics.median(waits), 4),
        "import_s": round(import_s, 1),
    }


def filters(folder):
    """What the grid asks for, over HTTP; and frames while it is scrolled."""
    from playwright.sync_api import sync_playwright

    label_some(folder / "w")
    server = ServerProcess(folder / "w")
    queries = {
        "all": "", "text": "text=0421", "state": "state=draft", "unlabelled": "state=unlabelled",
        "class": "class_number=4", "two classes": "class_number=4&class_number=9", "source": "sequence=007",
        "far down": "offset=90000", "below share": "below_share=0.5", "state and text": "state=draft&text=99",
    }  # fmt: skip
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_context(viewport={"width": 1600, "height": 900}).new_page()
            page.goto(server.enter_url)
            took, total = {}, 0
            for name, query in queries.items():
                times = []
                for _ in range(5):
                    began = time.perf_counter()
                    answer = page.request.get(f"{server.origin}/v1/images?{query}").json()
                    times.append(1000 * (time.perf_counter() - began))
                took[name] = round(statistics.median(times), 1)
                total = max(total, answer["total"])
            frames = scroll(page, server.origin)
            browser.close()
    finally:
        server.stop()
    return {"ms": took, "images": total, "frame_p95_ms": round(float(np.percentile(frames, 95)), 1)}


def label_some(root):
    """A thousand images get labels, so that filters find something."""
    from townscape.core.labelmap import LabelMap

    with open_workspace(root) as workspace:
        for k, image in enumerate(workspace.images.find()[::100]):
            annotation = workspace.labels.open(image, "camvid")
            plane = np.full((image.height, image.width), (4, 9)[k % 2], dtype=np.uint32)
            workspace.labels.save_map(annotation.id, LabelMap(plane))


def scroll(page, origin):
    """Frame intervals over ten seconds of scrolling the grid."""
    page.goto(f"{origin}/images")
    page.locator("[data-grid] a").first.wait_for()
    page.evaluate(
        """() => {
            window.frames = []; let last = null;
            const tick = (now) => { if (last !== null) window.frames.push(now - last); last = now;
                                    requestAnimationFrame(tick); };
            requestAnimationFrame(tick);
        }"""
    )
    page.mouse.move(800, 500)
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        page.mouse.wheel(0, 240)
        page.wait_for_timeout(16)
    return page.evaluate("() => window.frames")
