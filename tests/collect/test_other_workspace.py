"""Images of another workspace: referred to where they are referred to, copied where they are kept."""

import numpy as np
import pytest
from tests.collect.conftest import collect, picture

from townscape.collect.sources import kind_of
from townscape.core.errors import InputError, UsageError
from townscape.workspace import create_workspace


@pytest.fixture
def other(tmp_path):
    with create_workspace(tmp_path / "other") as opened:
        picture(tmp_path / "lent" / "a.png", seed=1)
        picture(tmp_path / "kept" / "b.png", seed=2)
        collect(opened, tmp_path / "lent", place="Elm", camera="Rig")
        collect(opened, tmp_path / "kept", copy_images=True)
    return tmp_path / "other"


def test_images_come_with_what_is_known_of_them(workspace, tmp_path, other):
    assert kind_of(str(other))[0] == "workspace"
    result = collect(workspace, other)
    assert (result.found, result.added) == (2, 2)
    a, b = workspace.images.find()
    assert (a.source, a.blob, a.place, a.camera, a.sequence) == (
        str(tmp_path / "lent" / "a.png"), None, "Elm", "Rig", "lent",
    )  # fmt: skip
    assert b.blob is not None
    (tmp_path / "kept" / "b.png").unlink()
    with create_workspace(tmp_path / "third") as third:
        collect(third, other, copy_images=True)
        assert [np.array_equal(third.images.read(i).values, workspace.images.read(j).values)
                for i, j in zip(third.images.find(), (a, b), strict=True)] == [True, True]  # fmt: skip
        assert all(i.blob for i in third.images.find())
    assert collect(workspace, other).known == 2


def test_a_workspace_does_not_collect_from_itself_nor_from_one_that_is_older(workspace, other):
    with pytest.raises(UsageError, match="itself"):
        collect(workspace, workspace.root)
    import sqlite3

    with sqlite3.connect(other / "catalogue.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0004'")
    with pytest.raises(InputError, match="older Townscape"):
        collect(workspace, other)
