"""CVAT's own client from PyPI, unmodified, in an environment of its own.

It is made once in `.cache/cvat-client` and kept; it borrows torch from the environment of the tests.
TOWNSCAPE_CVAT_PYTHON names another Python that has the client.
"""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

VERSION = "2.80.0"
ROOT = Path(__file__).resolve().parents[3]
_FOLDER = ROOT / ".cache" / "cvat-client"
_INSTALL_S = 300


def find_or_install() -> Path:
    """A Python with cvat-sdk and cvat-cli; skips, with the reason, where they cannot be had."""
    given = os.environ.get("TOWNSCAPE_CVAT_PYTHON")
    if given:
        return Path(given)
    _FOLDER.parent.mkdir(exist_ok=True)
    python = _FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = _FOLDER / "townscape.txt", f"{VERSION}\n{sys.version}\n{sysconfig.get_path('purelib')}\n"
    with FileLock(f"{_FOLDER}.lock"):
        if stamp.is_file() and stamp.read_text() == wanted:
            return python
        venv.create(_FOLDER, clear=True, with_pip=False, symlinks=os.name != "nt")
        command = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
        command += ["install", "--quiet", "--no-input", f"cvat-sdk=={VERSION}", f"cvat-cli=={VERSION}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip(f"cvat-sdk was not installed within {_INSTALL_S} seconds")
        if done.returncode:
            pytest.skip(f"cvat-sdk {VERSION} cannot be installed: {done.stderr.strip()[-400:]}")
        (own,) = _FOLDER.glob("[Ll]ib/**/site-packages")
        (own / "townscape_tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
        stamp.write_text(wanted)
        return python


@dataclass(frozen=True)
class CvatClient:
    """cvat-cli and cvat-sdk as somebody uses them against a server."""

    python: Path
    origin: str
    token: str
    home: Path
    user: str = "ana"

    def cli(self, *words, by_token=False):
        """Run cvat-cli; what it prints."""
        command = [str(self.python), "-m", "cvat_cli", "--server-host", self.origin]
        command += [] if by_token else ["--auth", f"{self.user}:{self.token}"]
        done = self._run([*command, *map(str, words)], {"CVAT_ACCESS_TOKEN": self.token} if by_token else {})
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def sdk(self, script, *arguments):
        """Run a script with `client` of cvat-sdk signed in; what it gives to `tell`."""
        values = [self.origin, self.user, self.token, str(self.home), *map(str, arguments)]
        done = self._run([str(self.python), "-c", _PROLOGUE + script, *values], {})
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def _run(self, command, more):
        folders = {
            "XDG_CACHE_HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home),
            "HOME": str(self.home),
        }
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment | folders | more,
            cwd=self.home,
            check=False,
        )


_PROLOGUE = """
import json, sys
from pathlib import Path
import numpy as np
from cvat_sdk import models
from cvat_sdk.core.client import Client, Config
from cvat_sdk.core.proxies.annotations import AnnotationUpdateAction as Action
from cvat_sdk.masks import decode_mask, encode_mask
origin, user, token, home, *arguments = sys.argv[1:]
client = Client(origin, config=Config(status_check_period=0.2, cache_dir=Path(home) / "sdk"))
client.login((user, token))
def tell(**values):
    print(json.dumps(values))
"""
