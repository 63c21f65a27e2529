"""What proofs share: a folder, steps that are done once, and the command line."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"


@dataclass(frozen=True)
class Bench:
    """Where a proof works; what it has finished is kept in `steps/`."""

    folder: Path

    def step(self, name, do):
        """The result of a part, computed once (JSON values only)."""
        path = self.folder / "steps" / f"{name}.json"
        if path.exists():
            return json.loads(path.read_text("utf-8"))
        print(f"— {name}", file=sys.stderr, flush=True)
        result = do()
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(result), "utf-8")
        return result

    def townscape(self, *words, cwd=None, fails=False, python=sys.executable):
        """What a command prints with --json; stops here if it fails, unless it should."""
        command = [python, "-m", "townscape.cli.main", *map(str, words), "--json"]
        began = time.monotonic()
        done = subprocess.run(command, cwd=cwd or self.folder, stdout=subprocess.PIPE, text=True, check=False)
        if (done.returncode != 0) != fails:
            raise SystemExit(
                f"townscape {' '.join(map(str, words))} ended with {done.returncode}: {done.stdout}"
            )
        answer = json.loads(done.stdout) if done.stdout.strip() else {}
        return {**answer, "wall_seconds": round(time.monotonic() - began, 1)}


def real_data(name):
    """A folder of real data beside the repository; stops if it is not there."""
    path = Path(os.environ.get("TOWNSCAPE_DATA", DATA)) / name
    if not path.is_dir():
        raise SystemExit(f"This proof needs {path}.")
    return path


def at_least(what, value, bound):
    return {"what": f"{what} ≥ {bound}", "measured": value, "holds": value is not None and value >= bound}


def at_most(what, value, bound):
    return {"what": f"{what} ≤ {bound}", "measured": value, "holds": value is not None and value <= bound}


def is_true(what, value, measured=None):
    return {"what": what, "measured": value if measured is None else measured, "holds": bool(value)}
