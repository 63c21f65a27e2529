"""The user's cache folder: files that can be fetched again at any time."""

import os
import sys
from pathlib import Path


def cache_folder(name: str) -> Path:
    """The folder `name` in Townscape's cache.

    `TOWNSCAPE_CACHE` says where; otherwise the platform's usual place.
    """
    chosen = os.environ.get("TOWNSCAPE_CACHE")
    if chosen:
        return Path(chosen) / name
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "townscape" / name
