"""Every format gives back every label map that hypothesis thinks of: some 800 examples of each variant."""

import re
import subprocess
import sys

from proofs.tools import ROOT, is_true


def prove(_bench):
    from townscape.formats.kinds import format_names, get_format, writable_names

    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-n", "2",
        "tests/formats/test_round_trips.py", "--hypothesis-profile", "thorough",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-300:]
    losses = {
        f"{name} {variant}": [[loss.what, loss.quote] for loss in get_format(name).LOSSES.get(variant, ())]
        for name in writable_names()
        for variant in get_format(name).VARIANTS
    }
    quoted = all(quote for told in losses.values() for _, quote in told)
    return {
        "checks": [
            is_true(
                "every variant of every format passes", done.returncode == 0, re.sub(r" in .*", "", last)
            ),
            is_true("what a format cannot hold is quoted from its specification", quoted),
        ],
        "formats": len(format_names()),
        "written": len(losses),
        "losses": {name: told for name, told in losses.items() if told},
    }
