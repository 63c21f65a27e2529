"""Runs the long proofs: each shows one promise at full size, on real data where it says so.

    ./x prove              list them, with what was measured last
    ./x prove camvid       run one; finished parts of an interrupted run are kept
    ./x prove camvid --restart

A proof is a file in bench/proofs: its docstring is the claim, `prove(bench)` measures and returns
its `checks` (see `proofs.tools`) and whatever else was measured, which goes to
bench/results/<name>.json.
"""

import argparse
import importlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from proofs.tools import Bench  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", help="which proof; all are listed without it")
    parser.add_argument("--restart", action="store_true", help="forget the finished parts")
    arguments = parser.parse_args()
    names = sorted(p.stem.replace("_", "-") for p in (HERE / "proofs").glob("[a-z]*.py") if p.stem != "tools")
    if arguments.name is None:
        for name in names:
            print(f"{name:18} {claim_of(name)}\n{'':18} {last_result(name)}")
        return 0
    if arguments.name not in names:
        print(f"There is no proof {arguments.name!r}; there are {', '.join(names)}.", file=sys.stderr)
        return 2
    return run(arguments.name, restart=arguments.restart)


def run(name: str, *, restart: bool) -> int:
    folder = HERE / "work" / name
    if restart:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    facts = load(name).prove(Bench(folder))
    result = {
        "proof": name,
        "claim": claim_of(name),
        "holds": all(check["holds"] for check in facts["checks"]),
        **facts,
        "seconds": round(time.monotonic() - began, 1),
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "commit": commit(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }
    (HERE / "results").mkdir(exist_ok=True)
    path = HERE / "results" / f"{name}.json"
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
    for check in result["checks"]:
        print(f"{'holds' if check['holds'] else 'FAILS'}  {check['what']}: {check['measured']}")
    print(json.dumps({"proof": name, "holds": result["holds"], "result": os.path.relpath(path)}))
    return 0 if result["holds"] else 1


def load(name: str):
    return importlib.import_module(f"proofs.{name.replace('-', '_')}")


def claim_of(name: str) -> str:
    return (load(name).__doc__ or "").strip().splitlines()[0]


def last_result(name: str) -> str:
    path = HERE / "results" / f"{name}.json"
    if not path.exists():
        return "not run yet"
    found = json.loads(path.read_text("utf-8"))
    return f"{'held' if found['holds'] else 'FAILED'} on {found['at']} in {found['seconds']:.0f} s"


def commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE, check=False
    )
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
