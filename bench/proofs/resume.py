"""Training killed with -9 at a random step and resumed ends with bitwise the same weights."""

import hashlib
import os
import random
import shutil
import signal

from proofs.tools import is_true, real_data

EPOCHS = 1.5
PHOTOS = 40


def prove(bench):
    data = real_data("camvid")
    w = bench.folder / "W"
    bench.step("new", lambda: bench.townscape("new", w, "--taxonomy", "camvid"))
    bench.step("import", lambda: import_some(bench, data, w))
    whole = bench.step("uninterrupted", lambda: train(w, kill_at=None))
    kill_at = bench.step("draw", lambda: random.SystemRandom().randint(2, whole["steps"] - 2))
    killed = bench.step("killed and resumed", lambda: train(w, kill_at=kill_at))
    return {
        "checks": [
            is_true("the run was killed on its way", killed["killed_after_step"] is not None, killed),
            is_true("same weights", whole["sha256"] == killed["sha256"], [whole["sha256"], killed["sha256"]]),
        ],
        "steps": whole["steps"],
    }


def import_some(bench, data, w):
    """Every ninth of the training photos."""
    folder = bench.folder / "some"
    for kind in ("train", "trainannot"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for path in sorted((data / kind).glob("*.png"))[::9][:PHOTOS]:
            shutil.copy(path, folder / kind / path.name)
    maps = [word for k in range(11) for word in ("--map", f"{k}={CLASSES[k]}")]
    words = ("import", "mask-folder", folder / "train", folder / "trainannot", *maps, "--map", "11=ignore")
    return bench.townscape(*words, cwd=w)


CLASSES = (
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist",
)  # fmt: skip


def train(w, *, kill_at):
    from townscape import engine, open_workspace
    from townscape.core.errors import RunFailed
    from townscape.core.events import Finished, Progress
    from townscape.train.options import TrainOptions

    with open_workspace(w) as workspace:
        options = TrainOptions(epochs=EPOCHS, threads=1, batch_size=4, val_share=0.2, seed=5)
        run = engine.start(workspace, options, now=True)
        killed_after = None
        try:
            for event in engine.follow(workspace, run.id):
                is_step = isinstance(event, Progress) and event.part == "training"
                if is_step and kill_at is not None and killed_after is None and event.done >= kill_at:
                    os.kill(workspace.runs.get(run.id).process_id, signal.SIGKILL)
                    killed_after = event.done
                if isinstance(event, Finished):
                    result = event.result
        except RunFailed:
            engine.resume(workspace, run.id, now=True)
            for event in engine.follow(workspace, run.id):
                if isinstance(event, Finished):
                    result = event.result
        weights = workspace.folder.models / result["model_id"] / "weights.safetensors"
        return {
            "sha256": tensors_sha256(weights),
            "steps": result["steps"],
            "killed_after_step": killed_after,
        }


def tensors_sha256(path):
    """Of names, shapes and bytes of every tensor, without the card that says when it was made."""
    from safetensors.numpy import load_file

    digest = hashlib.sha256()
    for name, values in sorted(load_file(path).items()):
        digest.update(f"{name}{values.shape}{values.dtype}".encode() + values.tobytes())
    return digest.hexdigest()
