"""What came of collecting, in numbers and words."""

from collections import Counter
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from townscape.workspace import Workspace
from townscape.workspace.sources import Source

MAX_LISTED = 200
"""Rejected files that the result lists; the catalogue has all of them."""


class SourceResult(BaseModel):
    """What was collected from one source."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    id: str
    kind: str
    address: str
    listed: int
    """Images that it has and that were not taken, as with `sample`."""
    taken: int
    rejected: int
    gone: int
    """Images that it had once and has no more."""


class CollectResult(BaseModel):
    """What was collected."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    found: int
    """Images that the sources have."""
    added: int
    """Images that are new in the workspace."""
    replaced: int
    """Of these, new versions of files that have changed."""
    known: int
    """Images that were there already, unchanged."""
    waiting: int
    """Images that were listed and not taken, as with `sample`."""
    gone: int
    """Images whose files are not in their source any more; the images stay."""
    n_rejected: int
    """How many files were left out."""
    rejected: list[dict[str, str]]
    """The first of them, each with its reason."""
    remarks: list[str]
    """What else is worth knowing."""
    sources: list[SourceResult]


@dataclass
class Outcome:
    """What a run has made up to now."""

    added: int = 0
    replaced: int = 0
    newly_gone: int = 0
    sources: list[Source] = field(default_factory=list[Source])
    doubts: Counter[str] = field(default_factory=Counter[str])
    remarks: list[str] = field(default_factory=list[str])

    def result(self, workspace: Workspace) -> CollectResult:
        """The numbers, with what the catalogue knows of the sources."""
        results: list[SourceResult] = []
        rejected: list[dict[str, str]] = []
        for source in self.sources:
            counts = workspace.sources.counts(source.id)
            results.append(SourceResult(id=source.id, kind=source.kind, address=source.address, **counts))
            left = workspace.sources.page(source.id, states=("rejected",), limit=MAX_LISTED - len(rejected))
            rejected += [{"file": entry.name, "reason": entry.reason or ""} for entry in left]
        taken = sum(r.taken for r in results)
        waiting = sum(r.listed for r in results)
        n_rejected = sum(r.rejected for r in results)
        return CollectResult(
            found=taken + waiting + n_rejected,
            added=self.added,
            replaced=self.replaced,
            known=max(0, taken - self.added),
            waiting=waiting,
            gone=self.newly_gone,
            n_rejected=n_rejected,
            rejected=rejected,
            remarks=[*self._doubts(), *self.remarks],
            sources=results,
        )

    def _doubts(self) -> list[str]:
        return [
            f"{count:,} {'image says' if count == 1 else 'images say'} {what}, which was left out."
            for what, count in sorted(self.doubts.items())
        ]
