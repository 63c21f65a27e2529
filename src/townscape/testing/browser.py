"""Driving the web app in a real browser: the server as its own process, and the label editor's canvas.

Used by the browser tests, the canvas benchmark and the proofs; needs Playwright and a Chromium.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

Point = tuple[float, float]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """A Chromium on this machine; None: Playwright's own, if it is installed."""
    return os.environ.get("TOWNSCAPE_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


def launch(playwright: "Playwright", *flags: str) -> "Browser":
    """A headless Chromium with WebGL2 in software."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=[*_FLAGS, *flags])


class ServerProcess:
    """`townscape serve` in a process of its own."""

    def __init__(
        self, workspace: Path, *, port: int = 0, person: str = "Ana", browse: Sequence[Path] = ()
    ) -> None:
        self.workspace, self._person, self._browse = workspace, person, browse
        self.enter_url = ""
        self.token = ""
        """For programs that are no browsers."""
        self.port = port
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Start it, on the port that it had before."""
        command = [sys.executable, "-m", "townscape.cli.main", "serve", str(self.workspace), "--json"]
        command += ["--print-token"]
        command += ["--port", str(self.port), "--as", self._person]
        command += [word for folder in self._browse for word in ("--browse", str(folder))]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The server did not start.")
        told = json.loads(line)
        self.enter_url, self.token = told["url"], told["token"]
        self.port = int(self.enter_url.split(":")[2].split("/")[0])

    @property
    def origin(self) -> str:
        """Where it is, without a path."""
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self, browser: "Browser") -> Any:
        """What a browser that used the one-time link keeps: a `storage_state` for new contexts."""
        context = browser.new_context()
        context.new_page().goto(self.enter_url)
        state = context.storage_state()
        context.close()
        return state

    def kill(self) -> None:
        """Kill -9: nothing can be finished."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(timeout=20)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None


@dataclass(frozen=True, slots=True)
class Camera:
    """Screen = (image − origin) · scale, in CSS pixels of the canvas."""

    scale: float
    x: float
    y: float

    def image_point(self, screen: Point) -> Point:
        """The image point under a screen point."""
        return self.x + screen[0] / self.scale, self.y + screen[1] / self.scale

    def screen_point(self, image: Point) -> Point:
        """Where an image point is on the screen."""
        return (image[0] - self.x) * self.scale, (image[1] - self.y) * self.scale


class EditorPage:
    """The label editor in a page: what a person's hands do."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self._canvas: Any = page.locator(".ts-canvas canvas").last

    def open(self, origin: str, image_id: str, query: str = "") -> None:
        """Open an image and wait until it can be painted."""
        self.page.goto(f"{origin}/images/{image_id}{query}")
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Until the labels are here."""
        self.page.wait_for_selector(".ts-canvas[data-ready]", timeout=30_000)

    @property
    def camera(self) -> Camera:
        """Where the camera stands."""
        scale, x, y = map(float, self._canvas.get_attribute("data-camera").split())
        return Camera(scale, x, y)

    @property
    def corner(self) -> Point:
        """The canvas's top left in the page."""
        box = self._canvas.bounding_box()
        return box["x"], box["y"]

    def choose(self, class_number: int) -> None:
        """Choose a class."""
        self.page.locator(f'.ts-class[data-class="{class_number}"] [role=radio]').click()

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, with the canvas in focus."""
        self._canvas.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def stroke(self, image_points: Sequence[Point], *, hold: str | None = None) -> list[Point]:
        """Press, move and let go along image points; returns where the browser saw the pointer."""
        camera, corner = self.camera, self.corner
        seen: list[Point] = []
        mouse = self.page.mouse
        if hold is not None:
            self.page.keyboard.down(hold)
        for k, point in enumerate(image_points):
            x, y = (round(v) for v in camera.screen_point(point))
            mouse.move(corner[0] + x, corner[1] + y)
            if k == 0:
                mouse.down()
            seen.append(camera.image_point((x, y)))
        mouse.up()
        if hold is not None:
            self.page.keyboard.up(hold)
        return seen

    def click(self, image_points: Iterable[Point]) -> list[Point]:
        """Click on image points; returns where the browser saw the clicks."""
        camera, corner = self.camera, self.corner
        seen: list[Point] = []
        for point in image_points:
            x, y = (round(v) for v in camera.screen_point(point))
            self.page.mouse.move(corner[0] + x, corner[1] + y)
            self.page.mouse.down()
            self.page.mouse.up()
            seen.append(camera.image_point((x, y)))
        return seen

    def wait_until_saved(self, timeout_s: float = 20) -> None:
        """Until everything that was painted is acknowledged."""
        self.page.wait_for_selector('[data-sync="saved"]', timeout=timeout_s * 1000)

    def wait_for_labels(self, read: Any, wanted: Any, timeout_s: float = 20) -> None:
        """Until `read()` gives what is wanted; the last answer stands in the error."""
        ends = time.monotonic() + timeout_s
        while (found := read()) != wanted:
            if time.monotonic() > ends:
                raise AssertionError(f"found {found}, wanted {wanted}")
            time.sleep(0.1)
