"""The label editor's canvas in a real Chromium with WebGL in software; see `measure`."""

import json
import statistics
import time
from pathlib import Path

import numpy as np
import psutil

from townscape.core.labelmap import FIRST_OBJECT, LabelMap, ObjectRow
from townscape.testing.browser import EditorPage, ServerProcess, launch
from townscape.workspace import create_workspace

VIEWPORT = {"width": 1600, "height": 900}
PHOTO_PX = (1200, 1600)
RASTER_PX = 30_000
ROUNDS = 4
CAR = 9

# Times every pointer handler from its entry to its end: pixels are in the document by then.
WATCH = """
(() => {
  window.handled = [];
  window.frames = [];
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (kind, handler, options) {
    if ((kind !== 'pointermove' && kind !== 'pointerdown') || !(this instanceof HTMLCanvasElement)) {
      return add.call(this, kind, handler, options);
    }
    const timed = function (event) {
      const began = performance.now();
      handler.call(this, event);
      if (event.buttons === 1) window.handled.push(performance.now() - began);
    };
    return add.call(this, kind, timed, options);
  };
  let last = null;
  const onFrame = (now) => {
    if (last !== null) window.frames.push(now - last);
    last = now;
    requestAnimationFrame(onFrame);
  };
  requestAnimationFrame(onFrame);
})();
"""


def measure(folder: Path, *, soak_s: float = 0) -> dict[str, object]:
    """Times of painting and panning with 10 and with 10,000 objects and on a large mosaic.

    event: pointer handler, entry to end, while painting (brush radius 20 px); milliseconds.
    frame: interval between animation frames while panning, less that of a blank page.
    memory: proportional set size of renderer and GPU process, less that of about:blank.
    """
    from playwright.sync_api import sync_playwright

    ids = make_workspace(folder)
    server = ServerProcess(folder / "w")
    try:
        with sync_playwright() as playwright:
            # Clocks of a page that is isolated tick every 5 µs instead of every 100.
            browser = launch(playwright, "--enable-features=SharedArrayBuffer")
            context = browser.new_context(viewport=VIEWPORT)
            context.add_init_script(WATCH)
            page = context.new_page()
            page.goto("about:blank")
            blank_frames = frames_while_moving(page)
            blank_mb = memory_mb()
            page.goto(server.enter_url)
            editor = EditorPage(page)
            found = compare_objects(editor, server, ids)
            found |= on_the_raster(editor, server, ids["raster"])
            if soak_s:
                found |= {"soak_s": soak_s, "soak_strokes": soak(editor, soak_s)}
            found["browser_memory_mb"] = round(memory_mb() - blank_mb, 1)
            found["blank_frame_p95_ms"] = round(p95(blank_frames), 2)
            found["frame_p95_ms"] = round(found.pop("raw_frame_p95_ms") - p95(blank_frames), 2)
            browser.close()
    finally:
        server.stop()
    return found


def make_workspace(folder: Path) -> dict[str, str]:
    """A photo with 10 objects, one with 10,000, and a mosaic; made once."""
    known = folder / "ids.json"
    if known.is_file():
        return json.loads(known.read_text("utf-8"))
    import cv2

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    ids = {}
    with create_workspace(folder / "w", taxonomy="camvid") as workspace:
        for name, n in (("few", 10), ("many", 10_000)):
            small = rng.integers(0, 255, (30, 40, 3), dtype=np.uint8)
            photo = cv2.resize(small, PHOTO_PX[::-1], interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(folder / f"{name}.png"), photo)
            image, _ = workspace.images.take_in(folder / f"{name}.png", name=f"{name}.png")
            annotation = workspace.labels.open(image, "camvid")
            workspace.labels.save_map(annotation.id, grid_of_objects(n))
            ids[name] = image.id
        write_mosaic(folder / "mosaic.tif")
        image, _ = workspace.images.take_in(folder / "mosaic.tif", name="mosaic.tif")
        ids["raster"] = image.id
    known.write_text(json.dumps(ids), "utf-8")
    return ids


def grid_of_objects(n: int) -> LabelMap:
    """As many objects in a grid that covers the photo, each a square."""
    height, width = PHOTO_PX
    across = round((n * width / height) ** 0.5)
    side = width // across
    rows, columns = np.indices(PHOTO_PX)
    index = (rows // side) * across + columns // side
    is_inside = (rows % side < 0.8 * side) & (columns % side < 0.8 * side) & (index < n)
    segments = np.where(is_inside, FIRST_OBJECT + index, 0).astype(np.uint32)
    objects = {int(i): ObjectRow(int(i), CAR, {}) for i in np.unique(segments[segments > 0])}
    return LabelMap(segments, objects)


def write_mosaic(path: Path) -> None:
    """A tiled GeoTIFF of 30,000 × 30,000 pixels with overviews."""
    import cv2
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.transform import from_origin
    from rasterio.windows import Window

    small = np.random.default_rng(1).integers(40, 220, (64, 64, 3), dtype=np.uint8)
    tile = np.moveaxis(cv2.resize(small, (1500, 1500), interpolation=cv2.INTER_CUBIC), -1, 0)
    profile = {
        "driver": "GTiff", "width": RASTER_PX, "height": RASTER_PX, "count": 3, "dtype": "uint8",
        "crs": "EPSG:32640", "transform": from_origin(400_000, 2_800_000, 0.25, 0.25), "tiled": True,
        "blockxsize": 512, "blockysize": 512, "compress": "jpeg", "photometric": "ycbcr", "bigtiff": "yes",
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as out:
        for top in range(0, RASTER_PX, 1500):
            for left in range(0, RASTER_PX, 1500):
                out.write(tile, window=Window(left, top, 1500, 1500))
    with rasterio.open(path, "r+") as out:
        out.build_overviews([2, 4, 8, 16, 32, 64], Resampling.average)


def compare_objects(editor: EditorPage, server: ServerProcess, ids: dict[str, str]) -> dict[str, object]:
    """Painting and panning on both photos in turns, so that a slow moment meets both."""
    events: dict[str, list[float]] = {"few": [], "many": []}
    frames: dict[str, list[float]] = {"few": [], "many": []}
    for _ in range(ROUNDS):
        for name in ("few", "many"):
            editor.open(server.origin, ids[name])
            settle(editor)
            events[name] += paint(editor, seed=len(events[name]))
            editor.wait_until_saved()
            frames[name] += pan(editor)
    mean = {name: statistics.fmean(found) for name, found in events.items()}
    middle = {name: statistics.fmean(found) for name, found in frames.items()}
    return {
        "event_p95_ms": round(max(p95(found) for found in events.values()), 3),
        "event_mean_ms": {name: round(value, 4) for name, value in mean.items()},
        "frame_mean_ms": {name: round(value, 2) for name, value in middle.items()},
        "raw_frame_p95_ms": p95(frames["few"] + frames["many"]),
        "objects_ratio": round(max(mean["many"] / mean["few"], middle["many"] / middle["few"]), 3),
        "n_events": len(events["few"]) + len(events["many"]),
    }


def on_the_raster(editor: EditorPage, server: ServerProcess, image_id: str) -> dict[str, object]:
    """From the address to every tile on the screen, then painting at full size."""
    began = time.monotonic()
    editor.open(server.origin, image_id)
    settle(editor)
    first_paint_s = time.monotonic() - began
    editor.press("Shift+Digit0")
    settle(editor)
    events = paint(editor, seed=7)
    editor.wait_until_saved()
    return {"raster_first_paint_s": round(first_paint_s, 2), "raster_event_p95_ms": round(p95(events), 3)}


def soak(editor: EditorPage, seconds: float) -> int:
    """Paint, pan and zoom for that long; returns the strokes."""
    ends = time.monotonic() + seconds
    strokes = 0
    while time.monotonic() < ends:
        paint(editor, seed=strokes, moves=60)
        strokes += 1
        pan(editor, moves=60)
        if strokes % 5 == 0:
            editor.press("Minus", "Minus")
            settle(editor)
            editor.press("Equal", "Equal")
    editor.wait_until_saved()
    return strokes


def paint(editor: EditorPage, *, seed: int, moves: int = 200) -> list[float]:
    """One stroke over the canvas; how long each of its events took."""
    page = editor.page
    editor.press("b", "4")
    page.evaluate("() => { window.handled = [] }")
    x, y = editor.corner
    rng = np.random.default_rng(seed)
    at = rng.uniform(250, 450, 2)
    page.mouse.move(x + at[0], y + at[1])
    page.mouse.down()
    for k in range(moves):
        angle = k / 9 + seed
        at = np.clip(at + 14 * np.array([np.cos(angle), np.sin(angle * 0.7)]), 150, 700)
        page.mouse.move(x + at[0], y + at[1])
    page.mouse.up()
    return page.evaluate("() => window.handled")


def pan(editor: EditorPage, moves: int = 150) -> list[float]:
    """Move the picture about; the intervals between frames."""
    page = editor.page
    x, y = editor.corner
    page.keyboard.press("h")
    page.mouse.move(x + 500, y + 400)
    page.mouse.down()
    page.evaluate("() => { window.frames = [] }")
    for k in range(moves):
        page.mouse.move(x + 500 + 200 * np.sin(k / 12), y + 400 + 150 * np.sin(k / 17))
    found = page.evaluate("() => window.frames")
    page.mouse.move(x + 500, y + 400)
    page.mouse.up()
    return found


def frames_while_moving(page) -> list[float]:
    """The same movement over a blank page."""
    page.evaluate("() => { window.frames = [] }")
    for k in range(150):
        page.mouse.move(500 + 200 * np.sin(k / 12), 400 + 150 * np.sin(k / 17))
    return page.evaluate("() => window.frames")


def settle(editor: EditorPage) -> None:
    """Until every picture on the screen is here and drawn."""
    editor.page.wait_for_selector('.ts-canvas canvas[data-settled="true"]', timeout=60_000)


def memory_mb() -> float:
    """Proportional set size of this browser's renderer and GPU processes."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            words = process.cmdline()
            is_meant = any(w in ("--type=renderer", "--type=gpu-process") for w in words)
            if is_meant:
                total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 1e6


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return float(np.percentile(values, 95))
