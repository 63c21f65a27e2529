"""Older workspaces are migrated after a backup; newer ones are refused politely."""

import sqlite3

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from PIL import Image as Pillow
from sqlalchemy import text

from townscape.core.errors import (
    NetworkFileSystem,
    NotAWorkspace,
    UsageError,
    WorkspaceError,
    WorkspaceTooNew,
)
from townscape.core.events import Report
from townscape.core.labelmap import LabelMap
from townscape.workspace import create_workspace, folder, migrate, open_workspace, tables
from townscape.workspace.folder import Folder
from townscape.workspace.maintenance import verify


def make_with_labels(tmp_path):
    Pillow.fromarray(np.zeros((60, 50, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    with create_workspace(tmp_path / "w", taxonomy="camvid") as workspace:
        image, _ = workspace.images.take_in(tmp_path / "a.png", name="a.png")
        annotation = workspace.labels.open(image, "camvid")
        workspace.labels.save_map(annotation.id, LabelMap(np.full((60, 50), 3, dtype=np.uint32)))
    return annotation.id


def make_older(root):
    """Turn the workspace's database into one of the first format: the tables that came later go."""
    connection = sqlite3.connect(root / "catalogue.db")
    later = (
        "indicators",
        "zones",
        "selection_windows",
        "selections",
        "people",
        "annotation_classes",
        "numbered",
        "redactions",
        "image_pairs",
        "features",
        "measures",
        "fingerprints",
        "source_entries",
        "sources",
    )
    for table in later:
        connection.execute(f"DROP TABLE {table}")
    for index in ("ix_images_name", "ix_images_replaces", "ix_annotations_taxonomy_layer_state"):
        connection.execute(f"DROP INDEX {index}")
    for table, column in (
        ("images", "removed_at"),
        ("images", "camera"),
        ("annotations", "labelled_px"),
        ("revisions", "active_s"),
    ):
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.commit()
    connection.close()


def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path):
    with create_workspace(tmp_path / "w") as workspace, workspace.database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), tables.metadata)
    assert differences == []


def test_a_fresh_first_format_differs_from_todays_only_by_what_came_later(tmp_path):
    root = tmp_path / "old"
    root.mkdir()
    migrate.upgrade(Folder(root), "0001")
    make_with_labels(tmp_path)
    make_older(tmp_path / "w")

    def columns(path):
        connection = sqlite3.connect(path / "catalogue.db")
        names = [
            r[0]
            for r in connection.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")
        ]
        found = {
            name: sorted(r[1] for r in connection.execute(f"PRAGMA table_info({name})")) for name in names
        }
        connection.close()
        return found

    assert columns(root) == columns(tmp_path / "w")


def test_opening_an_older_workspace_migrates_it_after_a_backup(tmp_path):
    annotation_id = make_with_labels(tmp_path)
    make_older(tmp_path / "w")
    with open_workspace(tmp_path / "w") as workspace:
        assert (workspace.labels.read(annotation_id).segments_hw == 3).all()
        assert workspace.insights.indicators() == []
        annotation = workspace.labels.get(annotation_id)
        assert annotation.labelled_px == 60 * 50
        assert workspace.browsing.class_use("camvid") == {3: (60 * 50, 1)}
        assert verify(workspace, Report()) == []
    backups = list((tmp_path / "w" / "backups").iterdir())
    assert len(backups) == 1
    assert backups[0].name.endswith("format-0001")
    connection = sqlite3.connect(backups[0] / "catalogue.db")
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert connection.execute("SELECT count(*) FROM revisions").fetchone() == (2,)
    connection.close()
    with open_workspace(tmp_path / "w"):
        assert len(list((tmp_path / "w" / "backups").iterdir())) == 1


def test_a_newer_workspace_is_refused_and_left_alone(tmp_path):
    make_with_labels(tmp_path)
    connection = sqlite3.connect(tmp_path / "w" / "catalogue.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(WorkspaceTooNew, match="format 9999") as caught:
        open_workspace(tmp_path / "w")
    assert "pip install --upgrade" in (caught.value.hint or "")
    assert migrate.format_of(Folder(tmp_path / "w")) == "9999"


def test_the_workspace_is_found_from_below(tmp_path):
    create_workspace(tmp_path / "w").close()
    below = tmp_path / "w" / "some" / "where"
    below.mkdir(parents=True)
    with open_workspace(below) as workspace:
        assert workspace.root == tmp_path / "w"
    with pytest.raises(NotAWorkspace, match="no workspace") as caught:
        open_workspace(tmp_path)
    assert "townscape new" in (caught.value.hint or "")


def test_names_with_spaces_and_other_letters_are_fine(tmp_path):
    root = tmp_path / "Straßen von São Paulo 東京"
    with create_workspace(root, taxonomy="cityscapes") as workspace:
        assert workspace.settings.name == root.name
    with open_workspace(root) as workspace:
        assert workspace.taxonomy().name == "cityscapes"


def test_a_folder_with_something_in_it_is_not_taken(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "thesis.doc").touch()
    with pytest.raises(UsageError, match="not empty"):
        create_workspace(tmp_path / "w")
    assert sorted(p.name for p in (tmp_path / "w").iterdir()) == ["thesis.doc"]
    create_workspace(tmp_path / "v").close()
    with pytest.raises(UsageError, match="workspace already"):
        create_workspace(tmp_path / "v")


def test_a_failed_beginning_leaves_nothing_behind(tmp_path, monkeypatch):
    def refuse(_root):
        raise NetworkFileSystem("no", hint="no")

    monkeypatch.setattr("townscape.workspace.workspace.refuse_network_file_system", refuse)
    with pytest.raises(NetworkFileSystem):
        create_workspace(tmp_path / "w")
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    ("kind", "refused"), [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("ext4", False)]
)
def test_network_file_systems_are_refused(tmp_path, monkeypatch, kind, refused):
    import psutil

    mounts = [psutil._ntuples.sdiskpart("/dev/a", "/", "ext4", "")]
    mounts.append(psutil._ntuples.sdiskpart("server:/x", str(tmp_path), kind, ""))
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounts)
    if not refused:
        folder.refuse_network_file_system(tmp_path / "w")
        return
    with pytest.raises(NetworkFileSystem, match=kind):
        folder.refuse_network_file_system(tmp_path / "w")


def test_a_broken_database_is_said_in_words(tmp_path):
    create_workspace(tmp_path / "w").close()
    (tmp_path / "w" / "catalogue.db").write_bytes(b"not a database at all, sorry" * 100)
    with pytest.raises(WorkspaceError, match="no Townscape catalogue"):
        open_workspace(tmp_path / "w")
    (tmp_path / "w" / "catalogue.db").unlink()
    with pytest.raises(WorkspaceError, match=r"has no catalogue\.db"):
        open_workspace(tmp_path / "w")


def test_settings_may_come_from_the_environment_and_mistakes_are_named(tmp_path, monkeypatch):
    create_workspace(tmp_path / "w").close()
    monkeypatch.setenv("TOWNSCAPE_PHOTO_MEGAPIXELS", "12")
    with open_workspace(tmp_path / "w") as workspace:
        assert workspace.settings.photo_megapixels == 12
    monkeypatch.delenv("TOWNSCAPE_PHOTO_MEGAPIXELS")
    settings = tmp_path / "w" / "workspace.toml"
    settings.write_text(settings.read_text().replace("150.0", '"huge"'))
    with pytest.raises(WorkspaceError, match="photo-megapixels"):
        open_workspace(tmp_path / "w")


def test_the_database_is_written_as_the_design_says(tmp_path):
    with create_workspace(tmp_path / "w") as workspace, workspace.database.read() as connection:
        found = {
            p: connection.execute(text(f"PRAGMA {p}")).scalar_one()
            for p in ("journal_mode", "synchronous", "wal_autocheckpoint", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "wal_autocheckpoint": 0, "foreign_keys": 1}
