"""CamVid: 12 minutes of training give a mean IoU of 0.60 and a pixel accuracy of 0.88 on val."""

from proofs.tools import at_least, real_data


def prove(bench):
    data = real_data("camvid")
    w = bench.folder / "W"
    bench.step("new", lambda: bench.townscape("new", w, "--taxonomy", "camvid"))
    bench.step("import", lambda: bench.townscape("import", "camvid", data, cwd=w))
    trained = bench.step("train", lambda: bench.townscape("train", "--minutes", 12, cwd=w))
    scores = bench.step("evaluate", lambda: bench.townscape("evaluate", "--split", "val", cwd=w))
    return {
        "checks": [
            at_least("mean IoU", scores["mean_iou"], 0.60),
            at_least("pixel accuracy", scores["pixel_accuracy"], 0.88),
        ],
        "train_seconds": trained["seconds"],
        "train_wall_seconds": trained["wall_seconds"],
        "steps": trained["steps"],
        "windows": trained["windows"],
        "classes": scores["classes"],
    }
