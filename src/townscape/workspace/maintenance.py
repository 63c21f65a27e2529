"""Looking after a workspace: verify, backup, restore, clean, compact."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, exists, func, select, text, update

from townscape.core import tiles as tile_codec
from townscape.core.errors import NotAWorkspace, UsageError
from townscape.core.events import Report
from townscape.workspace import migrate, tables
from townscape.workspace.blobs import MIN_AGE_S, sha256_of_file
from townscape.workspace.folder import Folder, storage_errors
from townscape.workspace.vault import shut_vault
from townscape.workspace.workspace import Workspace, open_workspace

_COMPACT_EFFORT = 9


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `verify` saw. Orphans are untidy; everything else means lost data."""

    kind: str
    what: str
    is_harmless: bool


def verify(workspace: Workspace, report: Report) -> list[Finding]:
    """Re-hash everything and compare the catalogue with the folder; an empty list is health.

    Both kinds of orphan are listed: files without a row (harmless) and rows without a file.
    """
    findings: list[Finding] = []
    with workspace.database.read() as connection:
        answer = connection.execute(text("PRAGMA integrity_check")).scalars().all()
        if answer != ["ok"]:
            findings.append(Finding("database", "; ".join(map(str, answer[:3])), is_harmless=False))
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        findings += [Finding("missing row", f"{r[0]} refers to {r[2]}", is_harmless=False) for r in broken]
        findings += _gaps_in_history(connection)
    findings += _verify_blobs(workspace, report)
    findings += _verify_tiles(workspace, report)
    findings += _verify_models(workspace)
    findings += _verify_vault(workspace)
    return findings


def _gaps_in_history(connection: Connection) -> Iterator[Finding]:
    r, a = tables.revisions.c, tables.annotations.c
    query = (
        select(a.id, a.head, func.count(r.number), func.max(r.number))
        .join(tables.revisions, r.annotation_id == a.id, isouter=True)
        .group_by(a.id, a.head)
    )
    for annotation_id, head, count, highest in connection.execute(query):
        if count != head + 1 or highest != head:
            yield Finding("history", f"annotation {annotation_id} lacks revisions", is_harmless=False)


def _verify_blobs(workspace: Workspace, report: Report) -> Iterator[Finding]:
    registered = workspace.blobs.registered()
    on_disk = dict(workspace.blobs.all_on_disk())
    for sha256, path in report.track_of(on_disk.items(), "blobs", total=len(on_disk), unit="files"):
        if sha256 not in registered:
            yield Finding("file without a row", f"blob {sha256}", is_harmless=True)
        if sha256_of_file(path) != sha256:
            yield Finding("damaged file", f"blob {sha256}", is_harmless=False)
    used = workspace.blobs.referenced()
    for sha256 in sorted(registered.keys() - on_disk.keys()):
        yield Finding("row without a file", f"blob {sha256}", is_harmless=sha256 not in used)


def _verify_tiles(workspace: Workspace, report: Report) -> Iterator[Finding]:
    t = tables.tiles.c
    with workspace.database.read() as connection:
        total = connection.execute(select(func.count()).select_from(tables.tiles)).scalar_one()
        rows = connection.execute(select(t.sha256, t.packed, t.histogram))
        for sha256, packed, histogram in report.track_of(rows, "label tiles", total=total, unit="tiles"):
            try:
                tile = tile_codec.unpack(packed)
            except ValueError:
                yield Finding("damaged tile", sha256.hex(), is_harmless=False)
                continue
            if tile_codec.tile_hash(tile) != sha256:
                yield Finding("damaged tile", sha256.hex(), is_harmless=False)
            elif tile_codec.histogram(tile) != tile_codec.unpack_histogram(histogram):
                yield Finding("wrong tile histogram", sha256.hex(), is_harmless=False)


def _verify_models(workspace: Workspace) -> Iterator[Finding]:
    known: set[str] = set()
    for model in workspace.models.find():
        known.add(model.id)
        path = workspace.folder.model(model.id) / "model.onnx"
        if not path.is_file():
            yield Finding("row without a file", f"model {model.name}", is_harmless=False)
        elif sha256_of_file(path) != model.onnx_sha256:
            yield Finding("damaged file", f"model {model.name}", is_harmless=False)
    if workspace.folder.models.is_dir():
        for folder in sorted(workspace.folder.models.iterdir()):
            if folder.name not in known:
                yield Finding("file without a row", f"models/{folder.name}", is_harmless=True)


def _verify_vault(workspace: Workspace) -> Iterator[Finding]:
    wanted, on_disk = workspace.redactions.in_vault(), dict(workspace.vault.all_on_disk())
    for sha256, path in on_disk.items():
        if sha256 not in wanted:
            yield Finding("file without a row", f"original {sha256} in the vault", is_harmless=True)
        elif sha256_of_file(path) != sha256:
            yield Finding("damaged file", f"original {sha256} in the vault", is_harmless=False)
    for sha256 in sorted(wanted - on_disk.keys()):
        yield Finding("row without a file", f"original {sha256} in the vault", is_harmless=False)


def backup(workspace: Workspace, target: Path, report: Report) -> Path:
    """A copy of the whole workspace in a new folder, consistent while others go on working.

    Blobs are hard-linked where the target is on the same disk. Referenced images outside the
    workspace are not part of it. The copy appears under its name only when it is complete.
    """
    target = target.expanduser().resolve()
    if target.exists():
        raise UsageError(f"{target} exists already.", hint="name a folder that does not exist yet.")
    partial = target.with_name(f".{target.name}.part")
    if partial.exists():
        shutil.rmtree(partial)
    with storage_errors():
        copy = Folder(partial)
        partial.mkdir(parents=True)
        try:
            # The database first: blobs it names are older than it and are never changed.
            migrate.copy_database(workspace.folder, copy.database)
            shutil.copy2(workspace.folder.settings, copy.settings)
            kept = workspace.folder
            folders = (kept.blobs, kept.vault, kept.models, kept.reports)
            files = [p for folder in folders if folder.is_dir() for p in folder.rglob("*") if p.is_file()]
            for path in report.track(files, "files", unit="files"):
                if path.name.startswith(".part-"):
                    continue
                _link_or_copy(path, partial / path.relative_to(workspace.root))
            shut_vault(copy)
            partial.replace(target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return target


def restore(source: Path, target: Path, report: Report) -> list[Finding]:
    """Make a workspace from a backup in a new folder and verify it; returns what verify says."""
    source, target = source.expanduser().resolve(), target.expanduser().resolve()
    if not Folder(source).settings.is_file() or not Folder(source).database.is_file():
        raise NotAWorkspace(
            f"{source} is no backup of a workspace.", hint="name the folder that `backup` made."
        )
    if target.exists():
        raise UsageError(f"{target} exists already.", hint="name a folder that does not exist yet.")
    partial = target.with_name(f".{target.name}.part")
    if partial.exists():
        shutil.rmtree(partial)
    with storage_errors():
        try:
            for path in report.track([p for p in source.rglob("*") if p.is_file()], "files", unit="files"):
                copied = partial / path.relative_to(source)
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, copied)
            shut_vault(Folder(partial))
            partial.replace(target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    with open_workspace(target) as workspace:
        return verify(workspace, report)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What `clean` did."""

    blobs: int
    blob_bytes: int
    tiles: int
    repacked_tiles: int
    run_files: int
    run_bytes: int


def clean(workspace: Workspace, report: Report, *, min_age_s: float = MIN_AGE_S) -> Cleaned:
    """Remove what nothing uses and pack what is kept; no revision is ever removed."""
    blobs, blob_bytes = workspace.blobs.collect_garbage(min_age_s=min_age_s)
    vault_files, vault_bytes = workspace.vault.clean(workspace.redactions.in_vault(), min_age_s=min_age_s)
    blobs, blob_bytes = blobs + vault_files, blob_bytes + vault_bytes
    tiles, repacked = compact(workspace, report, min_age_s=min_age_s)
    run_files, run_bytes = _clean_runs(workspace)
    left_files, left_bytes = _clean_unpacked(workspace, min_age_s)
    run_files, run_bytes = run_files + left_files, run_bytes + left_bytes
    workspace.database.fold_wal()
    return Cleaned(blobs, blob_bytes, tiles, repacked, run_files, run_bytes)


def compact(workspace: Workspace, report: Report, *, min_age_s: float = MIN_AGE_S) -> tuple[int, int]:
    """Drop label tiles that no revision reaches (older than a day) and re-encode the rest smaller.

    Returns how many were dropped and re-encoded. Short transactions under the writer lock: a
    save waits for at most one of them.
    """
    t, used = tables.tiles.c, tables.revision_tiles.c
    unreachable = ~exists().where(used.sha256 == t.sha256) & (t.added_at < time.time() - min_age_s)
    with workspace.database.write() as connection:
        dropped = connection.execute(delete(tables.tiles).where(unreachable)).rowcount
    with workspace.database.read() as connection:
        query = select(t.sha256).where(t.effort < _COMPACT_EFFORT)
        waiting = list(connection.execute(query).scalars())

    def repack(connection: Connection, sha256: bytes) -> None:
        packed = connection.execute(select(t.packed).where(t.sha256 == sha256)).scalar_one_or_none()
        if packed is not None:
            smaller = tile_codec.pack(tile_codec.unpack(packed), effort=_COMPACT_EFFORT)
            values = {"packed": smaller, "effort": _COMPACT_EFFORT}
            connection.execute(update(tables.tiles).where(t.sha256 == sha256).values(values))

    tracked = report.track(waiting, "packing tiles", unit="tiles")
    return dropped, workspace.database.write_in_batches(tracked, repack)


def _clean_unpacked(workspace: Workspace, min_age_s: float) -> tuple[int, int]:
    """Remove what archives were unpacked to that were looked at and never imported."""
    removed = freed = 0
    folder = workspace.folder.unpacked
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.stat().st_mtime < time.time() - min_age_s:
            files = [p for p in entry.rglob("*") if p.is_file()]
            removed, freed = removed + len(files), freed + sum(p.stat().st_size for p in files)
            shutil.rmtree(entry, ignore_errors=True)
    return removed, freed


def _clean_runs(workspace: Workspace) -> tuple[int, int]:
    """Remove the resumable state of finished runs; their events and logs stay."""
    removed = freed = 0
    for run in workspace.runs.find(states=("done",)):
        state = workspace.folder.run(run.id) / "state"
        if state.is_dir():
            files = [p for p in state.rglob("*") if p.is_file()]
            removed += len(files)
            freed += sum(p.stat().st_size for p in files)
            shutil.rmtree(state)
    return removed, freed


def _link_or_copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == "":  # blobs never change, so a link is as good as a copy
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)
    else:
        shutil.copy2(source, target)
