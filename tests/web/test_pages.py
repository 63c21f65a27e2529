"""Every page, light and dark: no violation that axe finds, nothing in the console, a small start."""

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.web.conftest import violations
from townscape.testing.browser import EditorPage

STATIC = Path(__file__).resolve().parents[2] / "src" / "townscape" / "server" / "static"
PAGES = (
    "/", "/collect", "/images", "/map", "/curate", "/curate/quality", "/curate/privacy",
    "/curate/label-first", "/curate/gaps", "/curate/nothing", "/taxonomy", "/import", "/import?look=gone",
    "/export", "/export?run=gone", "/train", "/evaluate", "/predict", "/insights", "/report", "/runs",
    "/nowhere",
)  # fmt: skip
INITIAL_KB = 250


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(new_page, site, scheme):
    page = new_page(color_scheme=scheme, bypass_csp=True)
    for path in PAGES:
        page.goto(site.server.origin + path)
        page.wait_for_load_state("networkidle")
        page.locator("h1").first.wait_for()
        assert page.locator("h1").count() == 1, path
        assert violations(page) == [], path
    page.said[:] = [line for line in page.said if "404" not in line]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_editor(new_page, site, scheme):
    editor = EditorPage(new_page(color_scheme=scheme, bypass_csp=True))
    editor.open(site.server.origin, site.image_ids["a"])
    editor.page.evaluate("() => { for (const d of document.querySelectorAll('details')) d.open = true; }")
    editor.page.wait_for_timeout(300)
    assert violations(editor.page) == []
    editor.press("Shift+?")
    editor.page.get_by_role("dialog").wait_for()
    editor.page.wait_for_timeout(400)
    assert violations(editor.page) == []
    editor.page.keyboard.press("Escape")
    editor.page.get_by_role("dialog").wait_for(state="detached")
    editor.page.keyboard.press("Control+k")
    editor.page.get_by_role("dialog").wait_for()
    editor.page.wait_for_timeout(400)
    assert violations(editor.page) == []


def test_the_policy_lets_the_app_run_and_nothing_else(page, site):
    page.goto(site.server.origin)
    page.get_by_role("heading", level=1).wait_for()
    ran = page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ranInline = true';
            document.head.append(script);
            return window.ranInline === true;
        }"""
    )
    assert not ran
    assert any("Content Security Policy" in line for line in page.said)
    page.said.clear()


def test_what_is_loaded_at_first_is_small():
    """Scripts that index.html names, and what they import without being asked."""
    index = (STATIC / "index.html").read_text("utf-8")
    first = re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', index)
    seen = set()
    waiting = list(first)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        code = (STATIC / name).read_text("utf-8")
        static_imports = re.findall(r'(?:from|import)\s*"\./([^"]+\.js)"', code)
        waiting += [f"assets/{found}" for found in static_imports]
    total = sum(len(gzip.compress((STATIC / name).read_bytes())) for name in seen)
    assert total <= INITIAL_KB * 1024, f"{total / 1024:.0f} kB gzipped in {len(seen)} files"


def test_every_action_of_the_editor_is_in_the_palette_and_the_help(editor, site):
    editor.open(site.server.origin, site.image_ids["a"])
    editor.press("Shift+?")
    shown = editor.page.get_by_role("dialog").inner_text()
    for title in (
        "Brush",
        "Fill unlabelled with the class",
        "Move the pointer left",
        "Submit and go to the next",
    ):
        assert title in shown
    editor.page.keyboard.press("Escape")
    editor.page.get_by_role("dialog").wait_for(state="detached")
    editor.page.keyboard.press("Control+k")
    editor.page.get_by_label("Find a command").last.fill("polygon")
    editor.page.get_by_role("option", name="Polygon", exact=False).first.wait_for()


def test_a_stroke_by_keyboard_alone(editor, site):
    editor.open(site.server.origin, site.image_ids["b"])
    editor.press("4", "t", "ArrowRight", "ArrowRight", "ArrowDown", "t")
    editor.wait_until_saved()
    found = site.labels("b")
    assert (found == 4).sum() > 1000


def test_dropped_files_become_images_and_others_are_refused(page, site, tmp_path):
    from PIL import Image as Pillow

    Pillow.new("RGB", (64, 48), "green").save(tmp_path / "park.png")
    (tmp_path / "notes.png").write_text("no picture at all")
    page.goto(f"{site.server.origin}/images")
    page.locator('input[type="file"]').first.set_input_files([tmp_path / "park.png", tmp_path / "notes.png"])
    page.get_by_text("1 refused").wait_for()
    page.get_by_text("notes.png", exact=False).first.wait_for()
    page.get_by_role("link").filter(has_text="park.png").first.wait_for()
    page.said[:] = [line for line in page.said if "422" not in line]


def test_a_taxonomy_is_changed_in_the_browser(page, site):
    page.goto(f"{site.server.origin}/taxonomy")
    page.get_by_role("button", name="Add a class", exact=False).click()
    page.get_by_role("dialog").get_by_label("Name").fill("Tram")
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("12 classes, version 2", exact=False).wait_for()
    answer = page.request.get(f"{site.server.origin}/v1/taxonomies/camvid").json()["taxonomy"]
    assert [c["name"] for c in answer["classes"]][-1] == "Tram"
    assert json.dumps(answer).count('"number": 12') == 1


def test_pages_load_without_a_network(new_page, site):
    page = new_page()
    page.goto(site.server.origin)
    page.get_by_role("heading", level=1).wait_for()
    page.evaluate("() => window.dispatchEvent(new Event('offline'))")
    page.get_by_role("link", name="Taxonomy").first.click()
    page.get_by_role("button", name="Add a class").wait_for()
    page.get_by_role("link", name="Images").first.click()
    page.get_by_role("link", name="a.png").first.wait_for()
