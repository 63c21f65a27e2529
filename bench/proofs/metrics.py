"""Metrics equal cityscapesscripts to 1e-9, and torchmetrics where definitions agree."""

import subprocess
import sys

from proofs.tools import ROOT, is_true


def prove(_bench):
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "tests/core/test_confusion.py",
        "tests/core/test_boundary_and_calibration.py", "--hypothesis-profile", "thorough",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-300:]
    page = ROOT / "docs" / "explanation" / "metrics.md"
    return {
        "checks": [
            is_true("the comparison tests pass with 2,000 examples each", done.returncode == 0, last),
            is_true(
                "a page says where libraries differ and why", page.is_file(), str(page.relative_to(ROOT))
            ),
        ]
    }
