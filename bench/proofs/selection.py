"""Selection: CamVid learned from 30 and 60 images, chosen by label-first against drawn at random, 3 seeds.

Every arm is what a user would do: choose among the 367 images of train, label only those, train for
five minutes (`TOWNSCAPE_SELECTION_MINUTES` says otherwise), score on the official val. The first training
says how many steps five minutes are on this machine, and all others make as many: a machine that is busy
for a while favours no arm. Ours is the same choice for every seed, so its spread is that of training
alone; random draws anew. Val is one short clip of a recording that train holds too: both arms have its
neighbours to choose from.

A finished training is kept; ended in the middle, the proof goes on with the next.
"""

import math
import os
import shutil
import statistics

from proofs.tools import is_true, real_data

SIZES = (30, 60)
SEEDS = (0, 1, 2)
MINUTES = float(os.environ.get("TOWNSCAPE_SELECTION_MINUTES", "5"))
T_975_4 = 2.776
"""97.5 % quantile of Student's t with 4 degrees of freedom: two arms of three."""


def prove(bench):
    data = real_data("camvid")
    pool = bench.folder / "pool"
    bench.step("pool", lambda: copy(data, bench.folder / "all", [p.name for p in images(data, "train")]))
    bench.step("new", lambda: bench.townscape("new", pool, "--taxonomy", "camvid"))
    bench.step("import", lambda: bench.townscape("import", "camvid", bench.folder / "all", cwd=pool))
    choices = {
        (n, seed): bench.step(f"choose {n} {seed}", lambda n=n, seed=seed: choose(bench, pool, n, seed))
        for n in SIZES
        for seed in SEEDS
    }
    rows, length = [], ("--minutes", MINUTES)
    for seed in SEEDS:
        for n in SIZES:
            for arm in ("ours", "random"):
                name = f"{arm} {n} seed {seed} {MINUTES:g} min"
                chosen = choices[n, seed][arm]
                how = ("--seed", seed, *length)
                found = bench.step(name, lambda c=chosen, h=how, m=name: learn(bench, data, c, h, m))
                rows.append({"arm": arm, "n": n, "seed": seed, **found})
                length = ("--steps", rows[0]["steps"])
    table = [summed_up(n, rows) for n in SIZES]
    for line in table:
        print(line["words"])
    return {
        "checks": [
            is_true(
                f"{len(rows)} trainings of {rows[0]['steps']} steps ({MINUTES:g} minutes of the first), "
                "each on exactly the images chosen",
                len(rows) == 12
                and all((row["images"], row["steps"]) == (row["n"], rows[0]["steps"]) for row in rows),
                "; ".join(line["words"] for line in table),
            )
        ],
        "minutes": MINUTES,
        "table": table,
        "choices": [
            {"n": n, "seed": seed, **{k: v for k, v in c.items() if k not in ("ours", "random")}}
            for (n, seed), c in choices.items()
        ],
        "trainings": rows,
    }


def images(data, part):
    return sorted((data / part).glob("*.png"))


def copy(data, folder, names, *, part="default"):
    """Some of train's images with their labels, in a folder in CamVid's layout."""
    for annot in ("", "annot"):
        target = folder / f"{part}{annot}"
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copyfile(data / f"train{annot}" / name, target / name)
    return len(names)


def choose(bench, pool, n, seed):
    """Names of n images chosen by ours and of n drawn at random, and how well both cover the pool."""
    words = ("curate", "label-first", "--count", n, "--seed", seed, "--include-labelled")
    made = bench.townscape(*words, cwd=pool)
    ours, drawn = (names_of(pool, selection) for selection in made["selections"])
    kept = ("n_copies", "n_alike", "strata", "chosen", "random")
    return {"coverage": {key: made[key] for key in kept}, "ours": ours, "random": drawn}


def names_of(pool, selection_id):
    from townscape.workspace import open_workspace

    with open_workspace(pool) as workspace:
        windows = workspace.selections.get(selection_id).windows
        found = workspace.images.get_many([w.image_id for w in windows])
    return [image.name.rsplit("/", 1)[-1] for image in found]


def learn(bench, data, names, how, label):
    """Label only these images (in a workspace of their own), train, score on val."""
    folder = bench.folder / label.replace(" ", "-")
    labelled, w = folder / "labelled", folder / "W"
    if not (w / "workspace.toml").exists():
        bench.townscape("new", w, "--taxonomy", "camvid")
    copy(data, labelled, names, part="train")
    for annot in ("", "annot"):
        shutil.copytree(data / f"val{annot}", labelled / f"val{annot}", dirs_exist_ok=True)
    bench.townscape("import", "camvid", labelled, cwd=w)
    trained = bench.townscape("train", *how, "--tune-share", 0, cwd=w)
    scores = bench.townscape("evaluate", "--split", "val", cwd=w)
    return {
        "images": trained["windows"].get("train", 0),
        "steps": trained["steps"],
        "mean_iou": scores["mean_iou"],
        "pixel_accuracy": scores["pixel_accuracy"],
        "train_seconds": trained["seconds"],
    }


def summed_up(n, rows):
    """Mean and standard deviation of both arms, their difference and its 95 % interval (Student's t)."""
    line = {"n": n}
    for score in ("mean_iou", "pixel_accuracy"):
        arms = {
            arm: [r[score] for r in rows if r["n"] == n and r["arm"] == arm] for arm in ("ours", "random")
        }
        means = {arm: statistics.mean(values) for arm, values in arms.items()}
        deviations = {arm: statistics.stdev(values) for arm, values in arms.items()}
        gain = means["ours"] - means["random"]
        half = T_975_4 * math.sqrt(sum(d * d for d in deviations.values()) / len(SEEDS))
        line[score] = {
            **{arm: {"mean": round(means[arm], 4), "sd": round(deviations[arm], 4)} for arm in arms},
            "gain": round(gain, 4),
            "low": round(gain - half, 4),
            "high": round(gain + half, 4),
        }
    iou = line["mean_iou"]
    holds = "better" if iou["low"] > 0 else "worse" if iou["high"] < 0 else "no difference shown"
    line["words"] = (
        f"n = {n}: mean IoU ours {iou['ours']['mean']:.3f} ± {iou['ours']['sd']:.3f}, "
        f"random {iou['random']['mean']:.3f} ± {iou['random']['sd']:.3f}; "
        f"gain {iou['gain']:+.3f} ({iou['low']:+.3f} to {iou['high']:+.3f}): {holds}"
    )
    return line
