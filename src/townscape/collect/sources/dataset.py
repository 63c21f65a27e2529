"""An open dataset by name, fetched from its official place once its licence was accepted."""

from collections.abc import Iterator

from townscape.collect.open_datasets import OpenDataset, check_licence, fetch, get_open_dataset
from townscape.collect.options import CollectOptions
from townscape.collect.source import Entry
from townscape.collect.sources.archive import ArchiveSource
from townscape.core.errors import InputError
from townscape.core.events import Report
from townscape.workspace import Workspace
from townscape.workspace.records import Image
from townscape.workspace.remote.web import Web

TITLE = "Open dataset"
EXAMPLE = "dataset:kitti-semantics"
PRIORITY = 10

_SCHEME = "dataset:"


def knows(address: str) -> str | None:
    """`dataset:NAME`."""
    return "it begins with dataset:" if address.startswith(_SCHEME) else None


def open(address: str, *, options: CollectOptions, workspace: Workspace) -> "DatasetSource":  # noqa: A001
    """Raises `UsageError` for a name that there is not, and shows a licence that was not accepted."""
    dataset = get_open_dataset(address.removeprefix(_SCHEME))
    check_licence(dataset, options.accept_licence)
    return DatasetSource(dataset, options, workspace)


class DatasetSource:
    """The images of a dataset's archive, without its labels: those come in with `townscape import`."""

    def __init__(self, dataset: OpenDataset, options: CollectOptions, workspace: Workspace) -> None:
        self.address = f"{_SCHEME}{dataset.name}"
        self.remarks: list[str] = []
        self._dataset, self._options, self._workspace = dataset, options, workspace
        self._archive: ArchiveSource | None = None

    def prepare(self, report: Report) -> None:
        settings = self._workspace.settings
        web = Web(allow_private=settings.allow_private_hosts)
        path, self.remarks = fetch(self._dataset, web, report, mirror=settings.datasets_mirror)
        self._archive = ArchiveSource(
            path, self._options, self._workspace, address=self.address, only=self._dataset.images
        )
        self._archive.prepare(report)

    def entries(self, after: str | None) -> Iterator[Entry]:
        return self._prepared.entries(after)

    def take(self, workspace: Workspace, entry: Entry, *, run_id: str | None) -> tuple[Image, bool]:
        return self._prepared.take(workspace, entry, run_id=run_id)

    def close(self) -> None:
        if self._archive is not None:
            self._archive.close()

    @property
    def _prepared(self) -> ArchiveSource:
        if self._archive is None:
            raise InputError(f"{self.address} was not fetched.", hint="collect it again.")
        return self._archive
