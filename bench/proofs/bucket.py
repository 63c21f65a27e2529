"""A bucket of 5,000 images: collected, curated, labelled, sent back, all of it killed; none lost.

The bucket is a folder behind a real `rclone serve s3`; a smaller part goes to moto, which knows
conditional puts. The S3 server, the Townscape server and the runs are killed with -9 in the middle.
TOWNSCAPE_PROOF_IMAGES makes the bucket smaller while working on this.
"""

import hashlib
import json
import os
import shutil
import signal
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from proofs._bucket_parts import N_IMAGES, Client, draw, mask
from proofs.tools import at_least, is_true
from townscape import engine
from townscape.collect import CollectOptions
from townscape.core.errors import RunStopped, TownscapeError
from townscape.core.events import Finished, Progress
from townscape.exchange import ExportOptions
from townscape.testing.browser import ServerProcess
from townscape.testing.buckets import free_port, moto_server, rclone_server
from townscape.workspace import open_workspace

N_SAMPLE = N_IMAGES // 20
N_LABELLED = min(300, N_IMAGES // 5)
CITY = "s3://city/photos"


def prove(bench):
    drawn = bench.step("bucket", lambda: draw(bench.folder / "buckets" / "city"))
    w = bench.folder / "W"
    bench.step("new", lambda: bench.townscape("new", w, "--taxonomy", "land-cover"))
    with bucket_server(bench) as server:
        sampled = bench.step("sample", lambda: bench.townscape("collect", CITY, "--sample", N_SAMPLE, cwd=w))
        collected = bench.step("collect", lambda: collect(w, server))
        again = bench.step("collect again", lambda: bench.townscape("collect", CITY, cwd=w))
        account = bench.step("account", lambda: account_for(w, bench.folder / "buckets", drawn))
        duplicates = bench.step("duplicates", lambda: curate(bench, w, "duplicates", "--remove-copies"))
        quality = bench.step("quality", lambda: curate(bench, w, "quality"))
        first = bench.step("label first", lambda: curate(bench, w, "label-first", "--count", N_LABELLED))
        labelled = bench.step("labels", lambda: label(w, first))
        sent = bench.step("export", lambda: export_killed(w, "s3://city/labels/first", bench.folder / "out"))
        arrived = bench.step("arrived", lambda: look_at(bench.folder / "buckets/city/labels/first", w))
    conditional = bench.step("moto", lambda: send_to_moto(bench, w))
    removed = duplicates.get("removed", 0)
    good = N_IMAGES - len(drawn["bad"])
    return {
        "checks": [
            is_true(f"{N_IMAGES} objects listed", collected["found"] == N_IMAGES, collected["found"]),
            is_true("a sample was taken first", sampled["added"] == N_SAMPLE, sampled["added"]),
            is_true("killed while listing and while taking", collected["kills"] >= 3, collected["killed_at"]),
            is_true("every object is taken or rejected with its reason", not account["missing"], account),
            is_true("none is an image twice", account["twice"] == 0, account["twice"]),
            is_true(
                "every image has the bytes of its object", account["other_bytes"] == 0, account["images"]
            ),
            is_true(
                "what is good is taken, what is bad rejected", account["taken"] == good, account["taken"]
            ),
            is_true("collecting again takes nothing", again["added"] == 0, again["added"]),
            curated("duplicates found: every exact copy", duplicates, lambda d: d["missed_copies"] == 0),
            curated("the dark images are among the bad ones", quality, lambda q: q["dark_found"] >= 0.95),
            curated("images chosen to label first", first, lambda f: f["n_chosen"] == N_LABELLED),
            is_true("no acknowledged save is lost", not labelled["lost"], labelled),
            at_least("labelled images", labelled["n"], N_LABELLED),
            is_true("the export was killed while sending and went on", sent["kills"] >= 1, sent),
            is_true("every labelled image is back in the bucket", arrived["same"] == N_LABELLED, arrived),
            is_true("conditional puts: nothing overwritten, all arrived", conditional["holds"], conditional),
        ],
        "images_per_s": collected["images_per_s"],
        "removed_copies": removed,
        "collected": collected,
        "sent": sent,
    }


def curated(what, result, holds):
    """A check on a way to curate; a way that is not there does not hold."""
    if "fault" in result:
        return is_true(what, False, result["fault"])
    return is_true(what, holds(result), {k: v for k, v in result.items() if not isinstance(v, (list, dict))})


@contextmanager
def bucket_server(bench):
    """rclone over the buckets, on a port that stays the same; its client's environment is set."""
    server = Rclone(bench.folder / "buckets")
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Rclone:
    """The S3 server, which can be stopped and started again."""

    def __init__(self, folder):
        self.folder, self.port, self._running = folder, free_port(), None

    def start(self):
        self._running = rclone_server(self.folder, port=self.port)
        os.environ.update(self._running.__enter__().environment)

    def stop(self):
        if self._running is not None:
            self._running.__exit__(None, None, None)
            self._running = None


# Collecting, through kills


def collect(w, server):
    """One run of collect that is killed three times, once by losing the bucket's server."""
    began = time.monotonic()
    with open_workspace(w) as workspace:
        run = engine.start(workspace, CollectOptions(addresses=(CITY,)), now=True)
    killed_at = []
    waits = [("listing", 1), ("collecting", N_IMAGES // 10), ("collecting", N_IMAGES // 4)]
    for part, at_least_done in waits:
        killed_at.append(kill_when(w, run.id, part, at_least_done))
        resume(w, run.id)
    lost_at = wait_for(w, run.id, "collecting", N_IMAGES // 10)
    server.stop()
    failure = end_of(w, run.id)
    server.start()
    resume(w, run.id)
    result = end_of(w, run.id)
    seconds = time.monotonic() - began
    return {
        **{k: result[k] for k in ("found", "added", "known", "n_rejected", "gone")},
        "kills": sum(at is not None for at in killed_at),
        "killed_at": killed_at,
        "bucket_lost_at": lost_at,
        "said_then": failure["message"],
        "seconds": round(seconds, 1),
        "images_per_s": round(result["added"] / seconds, 1),
    }


def kill_when(w, run_id, part, done):
    """Kill -9 a run's process once a part has come so far; how far it was, None if it ended before."""
    at = wait_for(w, run_id, part, done)
    with open_workspace(w) as workspace:
        run = workspace.runs.get(run_id)
        if run.is_over:
            return None
        os.kill(run.process_id, signal.SIGKILL)
    return f"{part} {at}"


def wait_for(w, run_id, part, done):
    with open_workspace(w) as workspace:
        try:
            for event in engine.follow(workspace, run_id):
                is_it = isinstance(event, Progress) and event.part.startswith(part)
                if is_it and event.done >= done and workspace.runs.get(run_id).state == "running":
                    return event.done
        except RunStopped:
            pass
    return None


def resume(w, run_id):
    with open_workspace(w) as workspace:
        while not workspace.runs.get(run_id).is_over:
            engine.refresh(workspace)
            time.sleep(0.2)
        if workspace.runs.get(run_id).state != "done":
            engine.resume(workspace, run_id, now=True)


def end_of(w, run_id):
    """What a run ended with: its result, or its error."""
    with open_workspace(w) as workspace:
        try:
            for event in engine.follow(workspace, run_id):
                if isinstance(event, Finished):
                    return event.result
        except TownscapeError as error:
            return {"message": error.message}
        run = workspace.runs.get(run_id)
        return run.result or run.error


def account_for(w, buckets, drawn):
    """Every object beside what the catalogue says of it."""
    objects = {
        p.relative_to(buckets / "city").as_posix(): p for p in (buckets / "city" / "photos").rglob("*.*")
    }
    with open_workspace(w) as workspace:
        (source,) = workspace.sources.find()
        entries = {entry.key: entry for entry in workspace.sources.entries(source.id)}
        images = workspace.images.find()
        by_source = {}
        for image in images:
            by_source.setdefault(image.source, []).append(image)
    other = sum(
        hashlib.sha256(path.read_bytes()).hexdigest() != by_source[f"s3://city/{key}"][0].content_sha256
        for key, path in objects.items()
        if f"s3://city/{key}" in by_source
    )
    states = {key: entries[key].state for key in objects if key in entries}
    return {
        "objects": len(objects),
        "missing": [key for key in objects if states.get(key) not in ("taken", "rejected")][:5],
        "without_reason": sum(e.state == "rejected" and not e.reason for e in entries.values()),
        "wrongly_rejected": sorted(
            key for key, state in states.items()
            if state == "rejected" and key.removeprefix("photos/") not in drawn["bad"]
        )[:5],
        "taken": sum(state == "taken" for state in states.values()),
        "rejected": sum(state == "rejected" for state in states.values()),
        "images": len(images),
        "twice": sum(len(found) > 1 for found in by_source.values()) + (len(entries) != len(objects)),
        "other_bytes": other,
    }  # fmt: skip


# Curating


def curate(bench, w, name, *words):
    """What a way to curate answers, with what is known of the bucket beside it."""
    from townscape.curate import kind_names

    if name not in kind_names():
        return {"fault": f"there is no `townscape curate {name}` yet"}
    result = bench.townscape("curate", name, *words, cwd=w)
    drawn = json.loads((bench.folder / "steps" / "bucket.json").read_text("utf-8"))
    if name == "duplicates":
        return {**result, **copies_in(w, drawn)}
    if name == "quality":
        return {**result, "dark_found": dark_in(w, drawn)}
    return result


def copies_in(w, drawn):
    """Whether every exact copy is paired with its original or another copy, and what was taken out."""
    with open_workspace(w) as workspace:
        images = workspace.images.find(current_only=False)
        left = {image.content_sha256: [] for image in images}
        for image in workspace.images.find():
            left[image.content_sha256].append(image.name)
    return {
        "missed_copies": sum(len(names) > 1 for names in left.values()),
        "removed": len(images) - sum(len(names) for names in left.values()),
        "exact_copies": len(drawn["copy_of"]),
    }


def dark_in(w, drawn):
    """Share of the dark images that some quality selection holds."""
    with open_workspace(w) as workspace:
        dark = {i.id for i in workspace.images.find() if i.name in set(drawn["dark"])}
        selected = set()
        for selection in workspace.selections.find():
            selected |= {window.image_id for window in workspace.selections.get(selection.id).windows}
    return round(len(dark & selected) / max(1, len(dark)), 3)


# Labelling, with the server killed


def label(w, first):
    """Masks for the chosen images over HTTP, the server killed with -9 and started again in the middle."""
    with open_workspace(w) as workspace:
        if "fault" in first:
            images = workspace.images.find()[:N_LABELLED]
        else:
            chosen = workspace.selections.get(first["chosen"]["selection_id"]).windows
            images = workspace.images.get_many([window.image_id for window in chosen])
    server = ServerProcess(w)
    kills, acknowledged = 0, {}
    dying = threading.Thread()
    client = Client(server)
    for k, image in enumerate(images):
        if k in (len(images) // 3, 2 * len(images) // 3):
            dying = threading.Thread(target=server.kill)
            dying.start()
        while image.id not in acknowledged:
            try:
                acknowledged[image.id] = client.save(image, number=1 + k % 5)
            except urllib.error.HTTPError:
                raise
            except OSError:
                dying.join()
                kills += 1
                server.start()
                client = Client(server)
    server.stop()
    lost = []
    with open_workspace(w) as workspace:
        for k, image in enumerate(images):
            annotation = workspace.labels.open(image, "land-cover")
            plane = workspace.labels.read(annotation.id).segments_hw
            if annotation.head < acknowledged[image.id] or not np.array_equal(plane, mask(image, 1 + k % 5)):
                lost.append(image.id)
    return {"n": len(acknowledged), "kills": kills, "lost": lost[:5]}


# Sending back


def export_killed(w, address, out):
    """An export that is killed with -9 while it sends, and resumed."""
    shutil.rmtree(out, ignore_errors=True)
    options = ExportOptions(format="mask-folder", out=out, send_to=address, unlabelled="ignore")
    with open_workspace(w) as workspace:
        run = engine.start(workspace, options, now=True)
    killed = kill_when(w, run.id, "sending", 1)
    resume(w, run.id)
    result = end_of(w, run.id)
    return {"kills": int(killed is not None), "killed_at": killed, **result.get("sent", result)}


def look_at(folder, w):
    """What lies in the bucket now, beside the list that was sent with it and the labels."""
    manifest = json.loads((folder / "townscape-export.json").read_text("utf-8"))
    wrong = [
        entry["name"] for entry in manifest["files"]
        if hashlib.sha256((folder / entry["name"]).read_bytes()).hexdigest() != entry["sha256"]
    ]  # fmt: skip
    extra = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    extra -= {entry["name"] for entry in manifest["files"]} | {"townscape-export.json"}
    with open_workspace(w) as workspace:
        names = {
            workspace.images.get(a.image_id).stem
            for a in workspace.labels.find(taxonomy="land-cover")
            if a.labelled_px
        }
    masks = {Path(entry["name"]).stem for entry in manifest["files"] if entry["name"].endswith(".png")}
    return {
        "files": len(manifest["files"]),
        "wrong": wrong,
        "extra": sorted(extra),
        "same": len(names & masks),
    }


def send_to_moto(bench, w):
    """A selection sent to moto: killed and resumed, then refused where it lies already."""
    with moto_server() as server:
        os.environ.update(server.environment)
        for bucket in ("city",):
            request = urllib.request.Request(f"{server.endpoint}/{bucket}", method="PUT")
            urllib.request.urlopen(request, timeout=20).close()
        out = bench.folder / "moto-out"
        with open_workspace(w) as workspace:
            bucket = workspace.remote.bucket("s3", "city")
            bucket.create("taken/data_card.md", b"somebody else's")
        sent = export_killed(w, "s3://city/labels", out)
        with open_workspace(w) as workspace:
            bucket = workspace.remote.bucket("s3", "city")
            there = {listed.key for listed in bucket.list("labels")}
            local = {f"labels/{p.relative_to(out).as_posix()}" for p in out.rglob("*") if p.is_file()}
            is_refused = not bucket.create("labels/data_card.md", b"other")
        bench.townscape(
            "export", "mask-folder", "s3://city/taken", "--unlabelled", "ignore", cwd=w, fails=True
        )
        with open_workspace(w) as workspace:
            kept = workspace.remote.bucket("s3", "city").find("taken/data_card.md").size
    holds = there == local | {"labels/townscape-export.json"} and is_refused and kept == 15
    return {
        "holds": holds,
        "kills": sent["kills"],
        "files": len(there),
    }
