"""What the tests of collecting share: a workspace, and pictures to collect."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image as Pillow
from tests.collect.cloud import buckets, line, quick_retries, server  # noqa: F401 - fixtures

from townscape.collect import CollectOptions, run
from townscape.core.events import Message, Report
from townscape.workspace import create_workspace


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w") as opened:
        yield opened


def picture(path, *, mode="RGB", size=(64, 48), seed=0, **options):
    """A picture of noise in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Pillow.fromarray(noise).convert(mode).save(path, **options)
    return path


def collect(workspace, *paths, run_id=None, report=None, **options):
    """Collect from paths (and `addresses`), in this process."""
    asked = CollectOptions.parse({"paths": paths, **options})
    return run(workspace, asked, report or Report(run_id=run_id))


def heard():
    """A report with the messages that it was told."""
    told = []
    report = Report(lambda event: told.append(event.text) if isinstance(event, Message) else None)
    return SimpleNamespace(report=report, told=told)


def names(workspace):
    """Names of the images in the lists."""
    return [image.name for image in workspace.images.find()]


def states(workspace):
    """Key → state of every entry of every source."""
    sources = workspace.sources
    return {e.key: e.state for source in sources.find() for e in sources.entries(source.id)}
