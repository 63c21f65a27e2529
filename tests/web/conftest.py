"""A served workspace with a few pictures, and a Chromium that is let in."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.testing.browser import EditorPage, ServerProcess, launch
from townscape.workspace import create_workspace, open_workspace

NAMES = ("a", "b", "c", "d", "e", "f", "g", "h")


def violations(page):
    """What axe finds on a page, in a line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]


@dataclass
class Site:
    """A server and what it serves."""

    server: ServerProcess
    image_ids: dict[str, str]
    cookies: dict

    def labels(self, name):
        """The label map of an image as it is stored (height × width segment ids)."""
        with open_workspace(self.server.workspace) as workspace:
            (annotation,) = workspace.labels.find(image_id=self.image_ids[name])
            return workspace.labels.read(annotation.id).segments_hw

    def annotation_id(self, name):
        with open_workspace(self.server.workspace) as workspace:
            (annotation,) = workspace.labels.find(image_id=self.image_ids[name])
            return annotation.id


def draw_picture(seed, height=360, width=480):
    """A smooth picture with a few blobs, so that superpixels have something to follow."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (9, 12, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("site")
    with create_workspace(folder / "w", taxonomy="camvid") as workspace:
        ids = {}
        for k, name in enumerate(NAMES):
            Pillow.fromarray(draw_picture(k)).save(folder / f"{name}.png")
            image, _ = workspace.images.take_in(folder / f"{name}.png", name=f"{name}.png")
            ids[name] = image.id
    server = ServerProcess(folder / "w")
    yield Site(server, ids, server.sign_in(browser))
    server.stop()


@pytest.fixture
def new_page(browser, site):
    """Pages of browsers that are signed in; their consoles must stay silent."""
    contexts, said = [], []

    def make(**more):
        context = browser.new_context(
            viewport={"width": 1280, "height": 800}, storage_state=site.cookies, **more
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
        page.said = said
        return page

    yield make
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture
def page(new_page):
    return new_page()


@pytest.fixture
def editor(page):
    return EditorPage(page)
