"""Writes from the code: docs/reference (commands, class lists, formats), and the API for the web app.

./x docs            write
./x docs --check    say what is out of date, and fail
"""

import argparse
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page is out of date")
    arguments = parser.parse_args()
    pages = {
        "docs/reference/commands.md": commands_page(),
        "docs/reference/taxonomies.md": taxonomies_page(),
        "docs/reference/formats.md": formats_page(),
        "web/openapi.json": api_description(),
    }
    stale = [name for name, text in pages.items() if read(ROOT / name) != text]
    if arguments.check:
        for name in stale:
            print(f"{name} is out of date. Write it anew with ./x docs.")
        return 1 if stale else 0
    for name in stale:
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(pages[name], "utf-8")
        print(f"wrote {name}")
    return 0


def read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def api_description() -> str:
    """The server's API as OpenAPI: the web app's types are made of it."""
    from fastapi.openapi.utils import get_openapi

    from townscape.server.routes import all_routes

    described = get_openapi(title="Townscape", version="1", routes=all_routes().routes)
    return json.dumps(described, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def commands_page() -> str:
    """The help of every command, as people see it."""
    from townscape.cli.main import command_names

    parts = ["# Commands\n\nWritten by `./x docs` from the program's own help.\n"]
    commands = [(), *((name,) for name in command_names()), ("import", "mask-folder"), ("import", "camvid")]
    with ThreadPoolExecutor() as pool:
        texts = list(pool.map(lambda words: help_of(*words), commands))
    for words, text in zip(commands, texts, strict=True):
        parts.append(f"## {' '.join(('townscape', *words))}\n\n```\n{text}\n```\n")
    return "\n".join(parts)


def help_of(*words: str) -> str:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-m", "townscape.cli.main", *words, "--help"],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    return "\n".join(
        line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", done.stdout).strip().splitlines()
    )


def taxonomies_page() -> str:
    """The built-in class lists."""
    from townscape.core.taxonomy import builtin_names, read_taxonomy

    parts = ["# Built-in taxonomies\n\nWritten by `./x docs` from the class lists in the package.\n"]
    for name in builtin_names():
        taxonomy = read_taxonomy(name)
        rows = [
            f"| {c.number} | {c.key} | {c.name} | {c.kind} | `{c.color}` | {', '.join(c.traits)} |"
            for c in taxonomy.classes
        ]
        head = "| number | key | name | kind | colour | traits |\n|---|---|---|---|---|---|\n"
        parts.append(f"## {name}: {taxonomy.title}\n\n{taxonomy.source}\n\n{head}" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def formats_page() -> str:
    """The exchange formats: how each is read, written, and what it cannot hold."""
    from townscape.formats.kinds import format_names, get_format

    head = (
        "# Exchange formats\n\nWritten by `./x docs` from the files in `formats/kinds`. Every format gives "
        "back what was written, for every label map that the tests think of, but for what is listed "
        "under it. Objects keep their pixels and class; their numbers may change.\n"
    )
    parts = [head]
    for name in format_names():
        kind = get_format(name)
        about = (sys.modules[kind.__name__].__doc__ or "").strip()  # pyright: ignore[reportAttributeAccessIssue]
        lines = [f"## {name}: {kind.TITLE}", "", about, ""]
        lines.append(f"* Specification: {kind.SPEC}")
        lines.append(f"* Read by this rule: {kind.RULE}.")
        lines.append(f"* Written as: {', '.join(kind.VARIANTS) or 'nothing; it can only be read'}.")
        told: dict[tuple[str, str, str], list[str]] = {}
        for variant, losses in kind.LOSSES.items():
            for loss in losses:
                told.setdefault((loss.why, loss.quote, loss.source), []).append(variant)
        for (why, quote, source), variants in told.items():
            where = "" if len(variants) == len(kind.VARIANTS) else f" ({', '.join(variants)})"
            lines.append(f"* Not kept{where}: {why} “{quote}” ({source})")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
