"""Making and opening workspaces."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from townscape.core.errors import UsageError, WorkspaceError
from townscape.core.ids import new_id
from townscape.core.taxonomy import Taxonomy, read_taxonomy
from townscape.workspace import migrate
from townscape.workspace.blobs import Blobs
from townscape.workspace.browsing import Browsing
from townscape.workspace.database import Database
from townscape.workspace.datasets import Datasets
from townscape.workspace.features import Features
from townscape.workspace.fingerprints import Fingerprints
from townscape.workspace.folder import Folder, find_folder, refuse_network_file_system
from townscape.workspace.images import Images
from townscape.workspace.label_history import LabelHistory
from townscape.workspace.labels import Labels
from townscape.workspace.measures import Measures
from townscape.workspace.numbered import NumberedRecords
from townscape.workspace.pairs import Pairs
from townscape.workspace.people import People
from townscape.workspace.redactions import Redactions
from townscape.workspace.remote import RemoteFiles
from townscape.workspace.results import Evaluations, Insights, Models, Predictions
from townscape.workspace.runs import Runs
from townscape.workspace.selections import Selections
from townscape.workspace.settings import Settings
from townscape.workspace.sources import Sources
from townscape.workspace.taxonomies import Taxonomies
from townscape.workspace.vault import Vault


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open workspace: its parts, each the only door to one kind of record.

    Close it (or use it in a `with` block) so that the write-ahead log is folded in.
    """

    folder: Folder
    settings: Settings
    database: Database
    blobs: Blobs
    taxonomies: Taxonomies
    images: Images
    remote: RemoteFiles
    labels: Labels
    history: LabelHistory
    people: People
    selections: Selections
    browsing: Browsing
    datasets: Datasets
    models: Models
    predictions: Predictions
    evaluations: Evaluations
    insights: Insights
    runs: Runs
    numbered: NumberedRecords
    sources: Sources
    fingerprints: Fingerprints
    pairs: Pairs
    measures: Measures
    features: Features
    redactions: Redactions
    vault: Vault

    @property
    def root(self) -> Path:
        """The folder's path."""
        return self.folder.root

    def taxonomy(self, name: str | None = None) -> Taxonomy:
        """A taxonomy by name; the workspace's default otherwise."""
        return self.taxonomies.get(name or self.settings.taxonomy)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def create_workspace(root: Path, *, taxonomy: str | Path = "land-cover", name: str = "") -> Workspace:
    """Make a workspace in a new or empty folder.

    `taxonomy` is the name of a built-in one or a file. Raises `UsageError` if the folder holds
    something already, and `NetworkFileSystem` where a database would not be safe.
    """
    root = root.expanduser().resolve()
    chosen = read_taxonomy(taxonomy)
    if (root / "workspace.toml").exists():
        raise UsageError(f"{root} is a workspace already.", hint="go into it and run `townscape`.")
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(f"{root} exists and is not empty.", hint="name a folder that does not exist yet.")
    is_new = not root.exists()
    root.mkdir(parents=True, exist_ok=True)
    try:
        refuse_network_file_system(root)
        folder = Folder(root)
        migrate.create_schema(folder)
        Settings(id=new_id(), name=name or root.name, taxonomy=chosen.name).write(folder.settings)
        workspace = open_workspace(root)
        workspace.taxonomies.put(chosen)
    except BaseException:
        if is_new:
            shutil.rmtree(root, ignore_errors=True)
        raise
    return workspace


def open_workspace(path: Path | str = ".") -> Workspace:
    """Open the workspace at a path or above it.

    A workspace of an older version is migrated first, after a backup. Raises `NotAWorkspace`,
    `WorkspaceTooNew` or `NetworkFileSystem`.
    """
    folder = find_folder(Path(path).expanduser())
    settings = Settings.read(folder.settings)
    if not folder.database.is_file():
        raise WorkspaceError(
            f"{folder.root} has no catalogue.db.", hint="bring it back with `townscape restore BACKUP DIR`."
        )
    refuse_network_file_system(folder.root)
    migrate.migrate_if_older(folder)
    database = Database(folder)
    blobs = Blobs(folder, database)
    taxonomies = Taxonomies(database)
    remote = RemoteFiles(folder, settings)
    images = Images(database, blobs, settings, remote)
    labels = Labels(database, taxonomies)
    return Workspace(
        folder=folder,
        settings=settings,
        database=database,
        blobs=blobs,
        taxonomies=taxonomies,
        images=images,
        remote=remote,
        labels=labels,
        history=LabelHistory(database, taxonomies),
        people=People(database),
        selections=Selections(database),
        browsing=Browsing(database),
        datasets=Datasets(database, images, labels),
        models=Models(database),
        predictions=Predictions(database),
        evaluations=Evaluations(database),
        insights=Insights(database),
        runs=Runs(database),
        numbered=NumberedRecords(database),
        sources=Sources(database),
        fingerprints=Fingerprints(database),
        pairs=Pairs(database),
        measures=Measures(database),
        features=Features(database),
        redactions=Redactions(database),
        vault=Vault(folder),
    )
