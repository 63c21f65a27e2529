"""Benchmarks: ratios against a named peer, measured in the same run. Never part of a pass or fail.

./x bench              list them
./x bench confusion    run one (--json: one JSON object)
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def confusion():
    """Our confusion matrix against torchmetrics, 8 megapixels of 19 classes."""
    import numpy as np
    import torch
    from torchmetrics.functional.classification import multiclass_confusion_matrix

    from townscape.core import confusion as ours

    rng = np.random.default_rng(0)
    truth = rng.integers(0, 19, (2048, 4096), dtype=np.uint8)
    prediction = rng.integers(0, 19, truth.shape, dtype=np.uint8)
    a, b = torch.from_numpy(truth.astype(np.int64)), torch.from_numpy(prediction.astype(np.int64))
    return compare(
        lambda: ours.confusion(truth, prediction, 19),
        lambda: multiclass_confusion_matrix(b, a, 19),
        peer="torchmetrics",
    )


def train_step():
    """A training step with freed memory kept, against glibc's default; each in its own process."""
    code = (
        "import sys, time, torch\n"
        "from townscape.core.memory import keep_freed_memory\n"
        "from townscape.models.network import build_network\n"
        "if sys.argv[1] == 'keep': keep_freed_memory()\n"
        "net = build_network('unet', 'tf_efficientnet_lite0', n_bands=3, n_classes=11).train()\n"
        "x = torch.rand(8, 3, 224, 320).contiguous(memory_format=torch.channels_last)\n"
        "y = torch.randint(0, 11, (8, 224, 320))\n"
        "def step():\n"
        "    torch.nn.functional.cross_entropy(net(x), y).backward()\n"
        "    net.zero_grad()\n"
        "step(); began = time.time(); step(); step(); print((time.time() - began) / 2)\n"
    )

    def seconds(how):
        done = subprocess.run([sys.executable, "-c", code, how], capture_output=True, text=True, check=True)
        return float(done.stdout)

    ours = [seconds("keep") for _ in range(2)]
    peer = [seconds("default") for _ in range(2)]
    return {"seconds": min(ours), "peer": "glibc's default", "ratio": round(min(ours) / min(peer), 3)}


def canvas(soak_s=0.0):
    """The label editor with 10 and 10,000 objects and on a mosaic of 30,000 × 30,000 pixels."""
    from canvas import measure

    return measure(HERE / "work" / "canvas", soak_s=soak_s)


def formats(only=()):
    """Label maps through our exchange formats and through Datumaro's: time and memory."""
    from formats import measure

    return measure(HERE / "work" / "formats", only)


def duplicates():
    """Finding copies on CamVid: recall by edit beside imagehash and cleanvision's rule, and speed."""
    from duplicates import measure

    return measure(HERE / "work" / "duplicates")


BENCHES = {
    "duplicates": duplicates,
    "formats": formats,
    "canvas": canvas,
    "confusion": confusion,
    "train-step": train_step,
}


def compare(ours, peer_call, *, peer, repeats=5):
    """Median seconds of ours, and ours as a share of the peer's."""

    def median(call):
        call()
        times = []
        for _ in range(repeats):
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    mine, other = median(ours), median(peer_call)
    return {"seconds": round(mine, 4), "peer": peer, "ratio": round(mine / other, 3)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", choices=sorted(BENCHES))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--soak", type=float, default=0, metavar="S", help="canvas: work on for S seconds")
    parser.add_argument("--only", default="", metavar="A,B", help="formats: these of them")
    arguments = parser.parse_args()
    if arguments.name is None:
        for name, bench in BENCHES.items():
            print(f"{name:12} {bench.__doc__}")
        return 0
    if arguments.soak and arguments.name != "canvas":
        parser.error("--soak belongs to canvas")
    if arguments.only and arguments.name != "formats":
        parser.error("--only belongs to formats")
    options = [arguments.soak] if arguments.soak else [arguments.only.split(",")] if arguments.only else []
    found = {"bench": arguments.name, **BENCHES[arguments.name](*options)}
    if arguments.json:
        print(json.dumps(found))
    elif "ratio" in found:
        print(f"{found['ratio']} of {found['peer']} ({found['seconds']} s)")
    else:
        print("\n".join(f"{name:24} {value}" for name, value in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
