"""Leakage: a random split of CamVid is refused with its pairs, one by group passes, the official warns."""

import re
import shutil
import sqlite3
from collections import defaultdict

from proofs.tools import is_true, real_data

FRAMES_PER_SECOND = 30
PAUSE_S = 3.0
_NAME = re.compile(r"(\w+?)_f?(\d+)\.png$")


def prove(bench):
    data = real_data("camvid")
    bench.step("pool", lambda: pool(data, bench.folder / "pooled"))
    bench.step("import pooled", lambda: bring_in(bench, bench.folder / "pooled", "pooled-w"))
    pooled, official = bench.folder / "pooled-w", bench.folder / "official-w"
    one_step = ("train", "--steps", 1, "--batch-size", 1)
    refused = bench.step(
        "random split", lambda: bench.townscape(*one_step, "--split-by", "image", cwd=pooled, fails=True)
    )
    by_group = bench.step("split by group", lambda: bench.townscape(*one_step, cwd=pooled))
    bench.step("import official", lambda: bring_in(bench, data, "official-w"))
    published = bench.step("official split", lambda: bench.townscape(*one_step, cwd=official))
    card = bench.step("card", lambda: bench.townscape("datasets", published["dataset_id"], cwd=official))
    message = refused["error"]["message"]
    pairs = [line.strip() for line in message.splitlines()[1:]]
    ours = torn_segments(pooled, by_group["dataset_id"])
    theirs = torn_segments(official, published["dataset_id"])
    warned = [w for w in card["warnings"] if "0016E5" in w]
    return {
        "checks": [
            is_true(
                "a random split is refused with the first ten pairs, by name, part and reason",
                len(pairs) == 10 and all(really_belong(line) for line in pairs),
                message.splitlines()[0],
            ),
            is_true(
                "a split by group shares no segment, counted anew from the frame numbers",
                by_group["windows"].get("val") and not ours["shared"],
                f"{ours['windows']} windows, {ours['segments']} segments, {len(ours['shared'])} shared",
            ),
            is_true(
                "the official split is kept: val has its 101 windows, and every window is marked official",
                card["official"] == sum(card["windows"].values()) and card["windows"]["val"] == 101,
                card["windows"],
            ),
            is_true(
                "its warning names the recording that both parts hold",
                theirs["shared"] and all("0016E5" in name for name in theirs["shared"]) and len(warned) == 1,
                warned,
            ),
        ],
        "refused": message,
        "hint": refused["error"]["hint"],
        "by_group": {**ours, "by_part": by_group["windows"]},
        "official": {**theirs, "warnings": card["warnings"]},
    }


def pool(data, folder):
    """CamVid's 468 labelled frames as one folder that says nothing of a split."""
    for part in ("train", "val"):
        for annot in ("", "annot"):
            target = folder / f"default{annot}"
            target.mkdir(parents=True, exist_ok=True)
            for path in sorted((data / f"{part}{annot}").glob("*.png")):
                shutil.copyfile(path, target / path.name)
    return len(list((folder / "default").iterdir()))


def bring_in(bench, folder, name):
    bench.townscape("new", bench.folder / name, "--taxonomy", "camvid")
    return bench.townscape("import", "camvid", folder, cwd=bench.folder / name)


def frame(name):
    sequence, number = _NAME.search(name).groups()
    return sequence, int(number) / FRAMES_PER_SECOND


def really_belong(line):
    """Whether the two frames of a line are of one recording, close to each other, in two parts."""
    first, second = re.findall(r"(\S+\.png) \((\w+)\)", line)
    (a, at_a), (b, at_b) = frame(first[0]), frame(second[0])
    return a == b and abs(at_a - at_b) <= PAUSE_S and first[1] != second[1] and a in line.split(": ")[1]


def torn_segments(workspace, dataset_id):
    """Segments of frames no more than three seconds apart that lie in several parts, from the names alone."""
    with sqlite3.connect(f"file:{workspace / 'catalogue.db'}?mode=ro", uri=True) as database:
        rows = database.execute(
            "select images.name, part from dataset_items join images on images.id = image_id"
            " where dataset_id = ?",
            (dataset_id,),
        ).fetchall()
        names = [name for (name,) in database.execute("select name from images")]
    segment_of, segment, last = {}, "", (None, 0.0)
    for sequence, at, name in sorted((*frame(name), name) for name in names):
        starts = sequence != last[0] or at - last[1] > PAUSE_S
        segment = f"{sequence} from {at:.0f} s" if starts else segment
        segment_of[name], last = segment, (sequence, at)
    parts = defaultdict(set)
    for name, part in rows:
        parts[segment_of[name]].add("train" if part == "tune" else part)
    shared = sorted(segment for segment, found in parts.items() if len(found) > 1)
    return {"windows": len(rows), "segments": len(parts), "shared": shared}
