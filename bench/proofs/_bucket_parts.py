"""What the proof of buckets is made of: made-up streets in a bucket, and a client that saves masks."""

import http.cookiejar
import json
import os
import shutil
import urllib.request

import numpy as np

from townscape.core.ids import new_id
from townscape.core.tiles import TILE_PX, pack
from townscape.server import wire

N_IMAGES = int(os.environ.get("TOWNSCAPE_PROOF_IMAGES", "5000"))
SHARES = {"copy": 0.04, "edited": 0.02, "dark": 0.02, "broken": 0.01, "empty": 0.005, "heic": 0.005}
SIZE = (320, 240)


def draw(folder):
    """Objects of every kind, in folders of 250; returns what is known of them."""
    import cv2

    shutil.rmtree(folder, ignore_errors=True)
    rng = np.random.default_rng(7)
    kinds = rng.choice(["own", *SHARES], N_IMAGES, p=[1 - sum(SHARES.values()), *SHARES.values()])
    kinds[:10] = "own"
    known = {kind: [] for kind in SHARES} | {"copy_of": {}}
    own = []
    for k, kind in enumerate(kinds):
        ending = "heic" if kind == "heic" else "jpg"
        name = f"street-{k // 250:02d}/{k:05d}.{ending}"
        path = folder / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "copy":
            known["copy_of"][name] = own[rng.integers(len(own))]
            shutil.copyfile(folder / "photos" / known["copy_of"][name], path)
        elif kind == "edited":
            picture = cv2.imread(str(folder / "photos" / own[rng.integers(len(own))]))
            cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 30])
        elif kind == "empty":
            path.write_bytes(b"")
        elif kind == "heic":
            path.write_bytes(b"\0\0\0\x18ftypheic" + rng.bytes(2000))
        else:
            picture = scene(rng) // (12 if kind == "dark" else 1)
            _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
            content = coded.tobytes()
            path.write_bytes(content[: len(content) // 2] if kind == "broken" else content)
            if kind == "own":
                own.append(name)
        if kind != "own":
            known[kind].append(name)
    return {**known, "bad": [*known["broken"], *known["empty"], *known["heic"]]}


def scene(rng):
    """A made-up street: sky, houses, road, a few things; no two are alike."""
    import cv2

    width, height = SIZE
    picture = np.empty((height, width, 3), np.uint8)
    horizon = int(rng.integers(70, 150))
    picture[:horizon] = rng.integers(120, 255, 3)
    picture[horizon:] = rng.integers(60, 130, 3)
    for _ in range(int(rng.integers(4, 9))):
        x, y = int(rng.integers(-20, width)), int(rng.integers(10, horizon + 20))
        right, bottom = x + int(rng.integers(25, 110)), int(rng.integers(horizon, horizon + 40))
        cv2.rectangle(picture, (x, y), (right, bottom), rng.integers(30, 230, 3).tolist(), -1)
    for _ in range(int(rng.integers(5, 14))):
        corners = rng.integers(0, (width, height), (4, 2)).astype(np.int32)
        size = int(rng.integers(8, 60))
        corners = corners[0] + (corners % size)
        cv2.fillPoly(picture, [corners], rng.integers(0, 255, 3).tolist())
    coarse = cv2.resize(
        rng.normal(0, 18, (30, 40, 3)).astype(np.float32), SIZE, interpolation=cv2.INTER_CUBIC
    )
    fine = rng.normal(0, 4, picture.shape)
    return np.clip(picture + coarse + fine, 0, 255).astype(np.uint8)


def mask(image, number):
    plane = np.zeros((image.height, image.width), np.uint32)
    plane[image.height // 3 :, 10:-10] = number
    return plane


class Client:
    """A signed-in client of the server."""

    def __init__(self, server):
        self._origin = server.origin
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        self._opener.open(server.enter_url, timeout=20).close()

    def post(self, path, content):
        request = urllib.request.Request(f"{self._origin}{path}", data=content, method="POST")
        request.add_header("Origin", self._origin)
        if path == "/v1/annotations":
            request.add_header("Content-Type", "application/json")
        with self._opener.open(request, timeout=20) as answer:
            return json.loads(answer.read())

    def save(self, image, *, number):
        """Save an image's mask; the revision that was acknowledged."""
        annotation = self.post("/v1/annotations", json.dumps({"image_id": image.id}).encode())
        plane = np.zeros((TILE_PX, TILE_PX), np.uint32)
        plane[: image.height, : image.width] = mask(image, number)
        packed = pack(plane)
        header = {
            "save_id": new_id(),
            "base_revision": annotation["revision"],
            "tiles": [[0, 0, len(packed)]],
        }
        answer = self.post(f"/v1/annotations/{annotation['id']}/saves", wire.join_packet(header, [packed]))
        return answer["revision"]
