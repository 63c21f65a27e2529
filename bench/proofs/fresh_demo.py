"""In a fresh clone, with a fresh home and no venv, `./x demo --no-open` ends well within ten minutes."""

import json
import os
import shutil
import subprocess
import time

from proofs.tools import ROOT, at_least, at_most


def prove(bench):
    measured = bench.step("demo", lambda: demo(bench.folder))
    last = measured["last_line"]
    shutil.rmtree(bench.folder / "clone", ignore_errors=True)
    return {
        "checks": [
            at_most("seconds, set-up included", measured["seconds"], 600),
            at_least("green_coverage", last["green_coverage"], 0.85),
            at_most("green_half_width", last["green_half_width"], 0.08),
            at_most("green_mae", last["green_mae"], 0.05),
        ],
        **measured,
    }


def demo(folder):
    clone, home = folder / "clone", folder / "home"
    for path in (clone, home):
        shutil.rmtree(path, ignore_errors=True)
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    began = time.monotonic()
    done = subprocess.run(
        ["./x", "demo", "--no-open"],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds = round(time.monotonic() - began, 1)
    return {"seconds": seconds, "last_line": json.loads(done.stdout.strip().splitlines()[-1])}
