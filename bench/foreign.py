"""Venvs for packages that the project does not depend on: benchmarks and proofs measure against them."""

import os
import subprocess
import sys
from pathlib import Path


def foreign_python(folder: Path, *packages: str) -> Path:
    """The Python of a venv that has these packages; made in `folder` unless it is there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "packages.txt"
    wanted = "\n".join(packages)
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return python
    print(f"— a venv with {', '.join(packages)} in {folder}", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True, stdout=sys.stderr)
    stamp.write_text(wanted, "utf-8")
    return python
