"""A served workspace, asked by a program that has the access token."""

import io
import json
import shutil
import zipfile
from dataclasses import dataclass

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image as Pillow

from tests.server.conftest import HOST, ORIGIN, Served, sign_in
from townscape.server.app import create_app
from townscape.server.pixels.pool import PixelWorkers
from townscape.workspace import create_workspace, open_workspace

LABELS = [{"name": "Sky"}, {"name": "Road"}, {"name": "Car"}]


@dataclass(frozen=True)
class Asked:
    """The server under `/api/`."""

    served: Served
    client: TestClient

    @property
    def workspace(self):
        return self.served.workspace

    def get(self, path, **more):
        return self.client.get(f"/api/{path}", **more)

    def post(self, path, **more):
        return self.client.post(f"/api/{path}", **more)

    def create(self, name="Street", labels=LABELS, **more):
        """A task without images; its number."""
        answer = self.post("tasks", json={"name": name, "labels": labels, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def send(self, number, files, **said):
        """Send images and say that they are all there; the answer."""
        path = f"tasks/{number}/data/"
        assert self.post(path, headers={"Upload-Start": ""}).status_code == 202
        listed = {f"client_files[{k}]": (name, content) for k, (name, content) in enumerate(files)}
        answer = self.post(path, files=listed, headers={"Upload-Multiple": ""})
        assert answer.status_code == 200, answer.text
        return self.post(path, json={"image_quality": 70, **said}, headers={"Upload-Finish": ""})

    def wait(self, answer):
        """What became of a request."""
        assert answer.status_code == 202, answer.text
        for _ in range(10):
            told = self.get(f"requests/{answer.json()['rq_id']}").json()
            if told["status"] in ("finished", "failed"):
                return told
        raise AssertionError(told)

    def task(self, *, height=40, width=50, n=2, **more):
        """A task with images; its number."""
        number = self.create(**more)
        files = [(f"{k}.png", png(height, width, seed=k)) for k in range(n)]
        told = self.wait(self.send(number, files))
        assert told["status"] == "finished", told
        return number

    def labels(self, number):
        """Name → label of a task."""
        found = self.get("labels", params={"task_id": number, "page_size": 100}).json()
        return {label["name"]: label["id"] for label in found["results"]}

    def shapes(self, number):
        answer = self.get(f"tasks/{number}/annotations/")
        assert answer.status_code == 200, answer.text
        return answer.json()["shapes"]

    def change(self, number, action, shapes):
        path = f"/api/tasks/{number}/annotations/"
        return self.client.patch(path, params={"action": action}, json={"shapes": shapes})

    def annotation(self, number, frame=0):
        """The annotation behind a frame, or None."""
        image_id = self.windows(number)[frame].image_id
        found = self.workspace.labels.find(image_id=image_id)
        return found[0] if found else None

    def windows(self, number):
        key = self.workspace.numbered.get("task", number).key
        return self.workspace.selections.get(key).windows

    def plane(self, number, frame=0):
        """Segments of a frame, as they are stored."""
        return self.workspace.labels.read(self.annotation(number, frame).id).segments_hw

    def send_file(self, path, content, name, **asked):
        """Send one file in pieces, as CVAT's client does; the answer to the end."""
        assert self.post(path, params=asked, headers={"Upload-Start": ""}).status_code == 202
        import base64

        plain = base64.b64encode(name.encode()).decode()
        about = {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {plain}"}
        begun = self.post(path, headers={**about, "Tus-Resumable": "1.0.0"})
        assert begun.status_code == 201, begun.text
        place = begun.headers["location"].removeprefix(ORIGIN)
        for start in range(0, len(content), 40_000):
            piece = content[start : start + 40_000]
            done = self.client.patch(place, content=piece, headers={"Upload-Offset": str(start)})
            assert done.status_code == 204, done.text
        asked["filename"] = begun.headers["upload-filename"]
        return self.post(path, params=asked, headers={"Upload-Finish": ""})


def png(height=40, width=50, *, seed=0):
    """A picture of noise."""
    buffer = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    Pillow.fromarray(noise).save(buffer, format="PNG")
    return buffer.getvalue()


def zipped(files):
    """An archive of names and contents (bytes, text, or what becomes JSON)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes | str) else json.dumps(content))
    return buffer.getvalue()


def mask_points(mask):
    """A mask as CVAT's client encodes it."""
    ys, xs = mask.nonzero()
    left, top, right, bottom = int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max())
    flat = mask[top : bottom + 1, left : right + 1].reshape(-1)
    changes = (np.flatnonzero(flat[1:] != flat[:-1]) + 1).tolist()
    counts = np.diff([0, *changes, flat.size]).tolist()
    return [*([0] if flat[0] else []), *counts, left, top, right, bottom]


def box(height, width, top, left, bottom, right):
    """A mask that is a rectangle."""
    mask = np.zeros((height, width), dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


class _SharedWorkers(PixelWorkers):
    """Decoding processes that all tests share: starting them takes a second."""

    def close(self):
        """They end after the last test."""


@pytest.fixture(scope="session")
def shared_workers():
    workers = _SharedWorkers()
    yield workers
    PixelWorkers.close(workers)


@pytest.fixture(scope="session")
def empty_workspace(tmp_path_factory):
    """A workspace to be copied: making one takes a while."""
    folder = tmp_path_factory.mktemp("empty") / "w"
    create_workspace(folder, taxonomy="camvid").close()
    return folder


@pytest.fixture
def served(tmp_path, empty_workspace, monkeypatch, shared_workers):
    monkeypatch.setattr("townscape.server.app.PixelWorkers", lambda: shared_workers)
    shutil.copytree(empty_workspace, tmp_path / "w")
    with open_workspace(tmp_path / "w") as workspace:
        app = create_app(workspace, hosts=[HOST])
        yield Served(workspace, app, sign_in(app))


@pytest.fixture
def asked(served):
    token = served.app.state.context.passes.access_token
    headers = {"authorization": f"Bearer {token}"}
    return Asked(served, TestClient(served.app, base_url=ORIGIN, headers=headers))
