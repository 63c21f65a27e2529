"""Duplicates on CamVid: recall by edit beside other tools, false pairs, and speed.

Every edit of issue 5 is made of each frame that is drawn (fixed seeds), written to a file, read
back through the code that the stage uses, looked up among all frames, and verified. An original
counts as found by us if the pair is stored in the end; by a peer if its rule says so.

* `imagehash`: 64-bit pHash within 10 bits.
* `cleanvision`: equal 64-bit pHash (its rule for near duplicates, computed with imagehash).

"crop 5 %" takes 5 % off the width and off the height, at a random place. Negatives are all pairs
of frames from different recordings, and every edited frame against the other recordings.
"""

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).resolve().parent
CAMVID = HERE.parents[1] / "shared" / "data" / "camvid"
RADIUS, MOST, PEER_BITS = 84, 24, 10
N_HASHES = 100_000


# Edits: picture (BGR) and generator in, picture out


def crop(share):
    def cut(picture, rng):
        height, width = picture.shape[:2]
        h, w = round(height * (1 - share)), round(width * (1 - share))
        y, x = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1)
        return picture[y : y + h, x : x + w]

    return cut


def gray_and_noise(picture, rng):
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) + rng.normal(0, 8, picture.shape[:2])
    return cv2.cvtColor(gray.clip(0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)


def caption(picture, _rng):
    made = picture.copy()
    height = made.shape[0]
    bar = round(height * 0.12)
    made[-bar:] = 0
    cv2.putText(made, "City survey 2024-05-17", (10, height - bar // 3), 0, bar / 55, (255, 255, 255), 2)
    return made


def filled(picture, rng):
    made = picture.copy()
    height, width = made.shape[:2]
    for _ in range(4):
        h, w = int(height * rng.uniform(0.08, 0.16)), int(width * rng.uniform(0.08, 0.16))
        y, x = rng.integers(0, height - h), rng.integers(0, width - w)
        made[y : y + h, x : x + w] = made[y : y + h, x : x + w].mean(axis=(0, 1))
    return made


def turned(picture, _rng):
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 4, 1)
    return cv2.warpAffine(picture, turn, (width, height))


EDITS = {
    "jpeg q20": lambda picture, _rng: picture,  # the file's quality is the edit
    "resize 0.4": lambda p, _rng: cv2.resize(p, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA),
    "gamma 2": lambda p, _rng: (255 * (p / 255.0) ** 2).astype(np.uint8),
    "gray + noise": gray_and_noise,
    "flip": lambda p, _rng: np.ascontiguousarray(p[:, ::-1]),
    "caption bar": caption,
    "4 filled": filled,
    "crop 5 %": crop(0.05),
    "crop 10 %": crop(0.10),
    "crop 25 %": crop(0.25),
    "rotate 4°": turned,
}


# One frame, all edits: runs in several processes


def look_up(shared, index):
    """What each tool makes of every edit of one frame."""
    import imagehash
    from PIL import Image as Pillow

    from townscape.curate.duplicates.candidates import candidates
    from townscape.curate.duplicates.proving import Asked, prove
    from townscape.curate.duplicates.reading import HASH_SIDE, fingerprint

    frames, table, phashes = shared
    original = cv2.imread(str(frames[index].path))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, edit) in enumerate(EDITS.items()):
            ending, how = (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 20]) if name == "jpeg q20" else (".png", [])
            path = Path(folder) / f"{number}{ending}"
            picture = edit(original, np.random.default_rng([index, number]))
            cv2.imwrite(str(path), picture, how)
            query = wanted_of(path, image_id=f"edit {index} {name}")
            asked_table = table.with_one(fingerprint(HASH_SIDE, query).fingerprint)
            n = len(table)
            found = candidates(
                asked_table, [n], radius=RADIUS, crops=True, most=MOST, is_target=np.ones(n + 1, bool)
            )
            asked = tuple(Asked(frames[c.first], query, c.distance, c.flipped) for c in found)
            kinds = {}
            for answer in prove(None, asked):
                if answer.has_equal_pixels or answer.verified:
                    kind = "pixels" if answer.has_equal_pixels else answer.verified.kind
                    kinds[answer.asked.first.image_id] = kind
            peer = np.packbits(imagehash.phash(Pillow.open(path)).hash.ravel())
            far = np.bitwise_count(phashes ^ peer).sum(axis=1, dtype=int)
            rows.append(
                {
                    "edit": name,
                    "candidate": index in {c.first for c in found},
                    "kind": kinds.get(frames[index].image_id),
                    "false": sum(recording(i) != recording(frames[index].image_id) for i in kinds),
                    "imagehash": bool(far[index] <= PEER_BITS),
                    "cleanvision": bool(far[index] == 0),
                }
            )
    return rows


def wanted_of(path, *, image_id):
    from PIL import Image as Pillow

    from townscape.workspace.small_pictures import Wanted

    with Pillow.open(path) as header:
        width, height = header.size
    return Wanted(
        image_id=image_id,
        version=image_id,
        path=str(path),
        kind="photo",
        width=width,
        height=height,
        bands=("red", "green", "blue"),
        max_megapixels=150,
    )


def recording(image_id):
    return image_id.split("_", maxsplit=1)[0]


def table_of(frames):
    from townscape.core.image_hash import as_rows
    from townscape.curate.duplicates.reading import HASH_SIDE, fingerprint
    from townscape.workspace.fingerprints import HashTable

    made = [fingerprint(HASH_SIDE, frame).fingerprint.hashes for frame in frames]
    return HashTable(
        ids=[frame.image_id for frame in frames],
        whole=as_rows([m.whole for m in made]),
        flipped=as_rows([m.flipped for m in made]),
        crops=as_rows([m.crops for m in made]).reshape(len(made), -1, 32),
        is_flat=np.array([m.is_flat for m in made]),
        compared=[None] * len(made),
    )


def pair_frames(frames, table, phashes):
    """All pairs of unedited frames: false ones between recordings, and what is said inside one."""
    from townscape.core.pool import map_in_order
    from townscape.curate.duplicates.candidates import candidates
    from townscape.curate.duplicates.proving import Asked, prove

    n = len(frames)
    everything = np.ones(n, bool)
    found = candidates(table, range(n), radius=RADIUS, crops=True, most=n, is_target=everything)
    asked = [(Asked(frames[c.first], frames[c.second], c.distance, c.flipped),) for c in found]
    counts = {"copy": 0, "moment": 0, "pixels": 0}
    false = 0
    for (answer,) in map_in_order(prove, None, asked, n_items=len(asked)):
        kind = "pixels" if answer.has_equal_pixels else answer.verified and answer.verified.kind
        if kind:
            counts[kind] += 1
            first, second = answer.asked.first.image_id, answer.asked.second.image_id
            false += recording(first) != recording(second)
    recordings = np.array([recording(frame.image_id) for frame in frames])
    is_cross = np.triu(recordings[:, None] != recordings[None], 1)
    far = np.bitwise_count(phashes[:, None] ^ phashes[None]).sum(axis=-1, dtype=int)
    return {
        "cross_sequence_pairs": int(is_cross.sum()),
        "cross_sequence_candidates": sum(recordings[c.first] != recordings[c.second] for c in found),
        "ours": int(false),
        "imagehash": int((far[is_cross] <= PEER_BITS).sum()),
        "cleanvision": int((far[is_cross] == 0).sum()),
        "between_frames_of_one_recording": {**counts, "verified": len(asked)},
    }


# Speed


def large_jpegs(folder, n=16):
    """CamVid frames at 1920 × 1080 with noise, as JPEGs of about 400 KB: made, not real."""
    rng = np.random.default_rng(0)
    paths = []
    for source in camvid_files()[:: 468 // n][:n]:
        large = cv2.resize(cv2.imread(str(source)), (1920, 1080), interpolation=cv2.INTER_CUBIC)
        noisy = (large + rng.normal(0, 8, large.shape)).clip(0, 255).astype(np.uint8)
        path = folder / f"{source.stem}.jpg"
        cv2.imwrite(str(path), noisy, [cv2.IMWRITE_JPEG_QUALITY, 80])
        paths.append(path)
    return paths


def hash_speed(folder, rounds=5):
    """Images a second of one process, ours (all 45 hashes) and imagehash's one, by turns."""
    import imagehash
    from PIL import Image as Pillow

    from townscape.curate.duplicates.reading import HASH_SIDE, fingerprint

    cv2.setNumThreads(1)
    paths = large_jpegs(folder)
    wanted = [wanted_of(path, image_id=path.name) for path in paths]
    ours, peer = [], []
    for _ in range(rounds):
        began = time.process_time()
        for one in wanted:
            fingerprint(HASH_SIDE, one)
        ours.append(len(paths) / (time.process_time() - began))
        began = time.process_time()
        for path in paths:
            imagehash.phash(Pillow.open(path))
        peer.append(len(paths) / (time.process_time() - began))
    cv2.setNumThreads(-1)
    return {
        "hash_speedup": round(statistics.median(a / b for a, b in zip(ours, peer, strict=True)), 2),
        "hash_images_per_s": round(statistics.median(ours), 1),
        "imagehash_images_per_s": round(statistics.median(peer), 1),
        "mean_file_kb": round(statistics.mean(path.stat().st_size for path in paths) / 1024),
    }


def all_pairs():
    """All pairs within 31 bits among 100,000 hashes, with 1,000 planted ones that must be found."""
    from townscape.core.hash_search import pairs_within

    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (N_HASHES, 256), dtype=np.uint8)
    for k in range(1000):
        bits[2 * k + 1] = bits[2 * k]
        bits[2 * k + 1, rng.permutation(256)[: rng.integers(0, 32)]] ^= 1
    rows = np.packbits(bits, axis=1)
    del bits
    wall, cpu = time.perf_counter(), time.process_time()
    found = pairs_within(rows, 31)
    return {
        "all_pairs_100k_s": round(time.perf_counter() - wall, 2),
        "all_pairs_100k_cpu_s": round(time.process_time() - cpu, 2),
        "all_pairs_planted_found": int(
            sum(a % 2 == 0 and b == a + 1 for a, b in zip(found.first, found.second, strict=True))
        ),
    }


def add_one(folder):
    """One new image to a catalogue of 100,000: read, hashed, compared with all in every way, stored.

    The hashes are random, so nothing has to be verified; that costs some 20 ms for each candidate.
    """
    from sqlalchemy import insert

    from townscape.core.image_hash import ALGORITHM, n_crops
    from townscape.curate.duplicates.candidates import candidates
    from townscape.curate.duplicates.reading import HASH_SIDE, fingerprint
    from townscape.workspace import create_workspace, tables
    from townscape.workspace.records import Image

    rng = np.random.default_rng(0)
    paths = large_jpegs(folder, n=8)
    with create_workspace(folder / "workspace") as workspace:
        ids = [f"{k:036d}" for k in range(N_HASHES)]

        def image(image_id):
            return Image(
                id=image_id, kind="photo", name=image_id, source=image_id, source_version="1:1", blob=None,
                content_sha256=image_id, width=1920, height=1080, bands=("red", "green", "blue"),
                dtype="uint8",
            )  # fmt: skip

        # Filled in a few large transactions, which the stage never does, to save the bench's time.
        n_bytes = 32 * n_crops()
        for start in range(0, N_HASHES, 5000):
            some = ids[start : start + 5000]
            rows = [
                {
                    "image_id": i, "algorithm": ALGORITHM, "content_sha256": i, "hash": rng.bytes(32),
                    "flipped": rng.bytes(32), "crops": rng.bytes(n_bytes), "is_flat": False,
                    "created_at": 0.0,
                }
                for i in some
            ]  # fmt: skip
            with workspace.database.write() as connection:
                connection.execute(insert(tables.images), [image(i).to_row() for i in some])
                connection.execute(insert(tables.fingerprints), rows)
        began = time.perf_counter()
        table = workspace.fingerprints.table()
        load_s = time.perf_counter() - began
        wall, cpu, whole = [], [], []
        for path in paths:
            new = f"new {path.name}"
            workspace.images.put([image(new)])
            query = wanted_of(path, image_id=new)
            # The row that the index in memory gets; a copy of all of it, which no program would time.
            table = table.with_one(fingerprint(HASH_SIDE, query).fingerprint)
            how = {"radius": RADIUS, "most": MOST, "is_target": np.ones(len(table), bool)}
            began, began_cpu = time.perf_counter(), time.process_time()
            workspace.fingerprints.put([fingerprint(HASH_SIDE, query).fingerprint])
            candidates(table, [len(table) - 1], crops=True, **how)
            workspace.fingerprints.mark_compared([new], "bench")
            wall.append((time.perf_counter() - began) * 1000)
            cpu.append((time.process_time() - began_cpu) * 1000)
            began = time.process_time()
            candidates(table, [len(table) - 1], crops=False, **how)
            whole.append((time.process_time() - began) * 1000)
    return {
        "add_one_ms": round(statistics.median(wall), 1),
        "add_one_cpu_ms": round(statistics.median(cpu), 1),
        "search_without_crops_cpu_ms": round(statistics.median(whole), 1),
        "load_index_s": round(load_s, 2),
    }


def camvid_files():
    if not CAMVID.is_dir():
        raise SystemExit(f"The CamVid frames are not at {CAMVID}.")
    return sorted([*CAMVID.glob("train/*.png"), *CAMVID.glob("val/*.png")], key=lambda path: path.name)


def measure(work, n_queries=0):
    """The whole report; `n_queries` frames are edited (0: all of them)."""
    import imagehash
    from PIL import Image as Pillow

    from townscape.core.pool import map_in_order

    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    load = os.getloadavg()[0]
    speed = {**hash_speed(work), **all_pairs(), **add_one(work)}
    files = camvid_files()
    frames = [wanted_of(path, image_id=path.stem) for path in files]
    table = table_of(frames)
    phashes = np.stack([np.packbits(imagehash.phash(Pillow.open(path)).hash.ravel()) for path in files])
    false = pair_frames(frames, table, phashes)
    drawn = np.random.default_rng(0).permutation(len(frames))[: n_queries or len(frames)].tolist()
    shared = (frames, table, phashes)
    rows = [row for rows in map_in_order(look_up, shared, drawn, n_items=len(drawn)) for row in rows]
    shutil.rmtree(work, ignore_errors=True)
    recall = {}
    for name in EDITS:
        own = [row for row in rows if row["edit"] == name]

        def share(test, own=own):
            return round(sum(map(test, own)) / len(own), 4)

        recall[name] = {
            "ours": share(lambda row: row["kind"] is not None),
            "imagehash": share(lambda row: row["imagehash"]),
            "cleanvision": share(lambda row: row["cleanvision"]),
            "ours_candidates": share(lambda row: row["candidate"]),
            "ours_called_moment": share(lambda row: row["kind"] == "moment"),
        }
    false["edited_frames_with_other_recordings"] = sum(row["false"] for row in rows)
    return {
        "recall": recall,
        "false_pairs": false,
        **speed,
        "n_frames": len(frames),
        "n_queries_per_edit": len(drawn),
        "load_average_before": round(load, 1),
    }
