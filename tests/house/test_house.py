"""The house in order: words, sizes, licences, docs that agree with the code."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
WEB_SOURCES = sorted(
    p for f in ("src", "tests") for p in (ROOT / "web" / f).rglob("*.ts*") if p.name != "schema.d.ts"
)
AVOIDED = ("project", "job", "task", "ontology", "experiment", "kpi", "checkpoint")
MAX_LINES = 410
"""House style: few files above 400 lines. A larger one is split, never allowed."""


def public_names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield node.name
            if not isinstance(node, ast.ClassDef):
                yield from (a.arg for a in (*node.args.args, *node.args.kwonlyargs))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def test_no_public_name_uses_a_word_that_means_something_else():
    found = []
    for path in SOURCES:
        if {"formats", "cvat"} & set(path.parts):
            continue
        for name in public_names(ast.parse(path.read_text("utf-8"))):
            words = re.split(r"_+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower())
            # `Camera.project` is the geometer's verb, not the manager's noun.
            is_verb = (path.name, name) == ("street_frame.py", "project")
            if (
                not name.startswith("_")
                and not is_verb
                and any(w.removesuffix("s") in AVOIDED for w in words)
            ):
                found.append(f"{path.relative_to(ROOT)}: {name}")
    assert not found, "GLOSSARY.md has one word for each thing; rename: " + ", ".join(found)


def test_no_exported_name_of_the_web_app_does_either():
    found = []
    for path in WEB_SOURCES:
        exported = r"^export (?:abstract )?(?:const|function|class|type|interface) (\w+)"
        for name in re.findall(exported, path.read_text("utf-8"), flags=re.MULTILINE):
            words = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().split("_")
            if any(w.removesuffix("s") in AVOIDED for w in words):
                found.append(f"{path.relative_to(ROOT)}: {name}")
    assert not found, "GLOSSARY.md has one word for each thing; rename: " + ", ".join(found)


def test_files_can_be_read_in_one_sitting():
    folders = ("src", "bench", "docs", "tests")
    work = ROOT / "bench" / "work"
    files = [p for f in folders for p in (ROOT / f).rglob("*.py") if not p.is_relative_to(work)]
    files += WEB_SOURCES
    long = [
        f"{p.relative_to(ROOT)} ({n})" for p in files if (n := len(p.read_text().splitlines())) > MAX_LINES
    ]
    assert not long, f"more than {MAX_LINES} lines: split by what changes together: {', '.join(long)}"


def test_no_room_is_called_after_nothing():
    bad = [p for p in SOURCES if p.stem in ("utils", "util", "common_utils", "helpers", "misc", "manager")]
    assert not bad, f"a file is named after what it holds: {bad}"


def required(names, seen):
    """Names of installed distributions that these need, all the way down."""
    for name in names:
        key = re.split(r"[ ;<>=!~\[(]", name, maxsplit=1)[0].lower().replace("_", "-")
        if key in seen:
            continue
        try:
            found = metadata.distribution(key)
        except metadata.PackageNotFoundError:
            continue
        seen[key] = found
        required([r for r in found.requires or () if "extra ==" not in r], seen)
    return seen


def test_dependencies_are_permissive():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*settings["dependencies"], *(d for e in settings["optional-dependencies"].values() for d in e)]
    refused = []
    for name, found in required(wanted, {}).items():
        about = found.metadata
        licence = about.get("License-Expression") or ""
        classifiers = [c for c in about.get_all("Classifier") or () if c.startswith("License")]
        text = " ".join([licence, *classifiers]) or (about.get("License") or "")[:200]
        is_gpl = re.search(r"\bA?GPL|GNU (Affero )?General Public", text) and not re.search(
            r"LGPL|Lesser|with GCC|-exception| OR ", text
        )
        if is_gpl:
            refused.append(f"{name}: {text}")
    assert not refused, f"GPL and AGPL cannot come in: {refused}"


def test_packages_of_the_web_app_are_permissive():
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text("utf-8"))
    fine = {
        "MIT",
        "BSD-3-Clause",
        "BSD-2-Clause",
        "ISC",
        "0BSD",
        "Unlicense",
        "Apache-2.0",
        "(MIT OR CC0-1.0)",
    }
    shipped = {place: p for place, p in lock["packages"].items() if place and not p.get("dev")}
    licences = {
        place: re.split(r"[ ()]+OR[ ()]+|[()]", p.get("license", "?")) for place, p in shipped.items()
    }
    refused = {place: names for place, names in licences.items() if not fine & set(names)}
    assert len(shipped) > 10
    assert not refused, f"the wheel carries their code; these licences are not known to be fine: {refused}"


def test_the_reference_pages_are_what_the_program_says():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-500:]


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_links_and_files_that_pages_name_exist(name):
    text = (ROOT / name).read_text("utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_word_of_the_glossary_is_explained_once():
    words = re.findall(r"^\| \*\*(.+?)\*\*", (ROOT / "GLOSSARY.md").read_text("utf-8"), flags=re.MULTILINE)
    assert len(words) == len(set(words)) > 30
    assert words == sorted(words, key=str.lower)
