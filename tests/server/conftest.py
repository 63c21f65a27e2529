"""A workspace with a few images, served to a client that is signed in."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image as Pillow

from townscape.server import wire
from townscape.server.app import create_app
from townscape.workspace import Workspace, create_workspace

HOST = "testserver"
ORIGIN = f"http://{HOST}"


@dataclass(frozen=True)
class Served:
    workspace: Workspace
    app: object
    client: TestClient

    def add_image(self, name="a.png", height=700, width=900, seed=0):
        """A picture of noise in the workspace; returns its record."""
        path = self.workspace.root.parent / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
        Pillow.fromarray(noise).save(path)
        image, _ = self.workspace.images.take_in(path, name=name)
        return image

    def open(self, image, **more):
        """Its annotation, as the page gets it."""
        answer = self.client.post("/v1/annotations", json={"image_id": image.id, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def save(self, annotation_id, header, planes=(), **more):
        """Send a packet; the answer."""
        from townscape.core.tiles import pack

        packed = [pack(plane) for _, plane in planes]
        listed = [[row, column, len(p)] for ((row, column), _), p in zip(planes, packed, strict=True)]
        body = wire.join_packet({"tiles": listed, **header}, packed)
        return self.client.post(f"/v1/annotations/{annotation_id}/saves", content=body, **more)


def sign_in(app, host=HOST):
    client = TestClient(app, base_url=f"http://{host}", headers={"origin": f"http://{host}"})
    token = app.state.context.doorkeeper.new_token()
    answer = client.get(f"/enter?token={token}", follow_redirects=False)
    assert answer.status_code == 303
    return client


@pytest.fixture
def served(tmp_path: Path):
    with create_workspace(tmp_path / "w", taxonomy="camvid") as workspace:
        app = create_app(workspace, hosts=[HOST], browse=[tmp_path])
        client = sign_in(app)
        yield Served(workspace, app, client)
        app.state.context.pixels.close()
