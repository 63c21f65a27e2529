"""What the card of an exported dataset says of faces, plates and metadata."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from townscape.core.statistics import describe_misses
from townscape.exchange.choosing import Chosen
from townscape.workspace import Workspace
from townscape.workspace.redactions import COVERED

_REVERSIBLE = ("blur", "mosaic")
_METADATA = {
    "copy": "Place, time, thumbnails and text were taken out of every picture's file; pixels are untouched.",
    "link": "Pictures are links to the originals, with everything that those say of place and time.",
    "none": "The export holds no pictures.",
}


@dataclass(frozen=True, slots=True)
class PrivacyNotes:
    """Counts over the images of an export, and the newest audit of the workspace."""

    images: int
    covered: int
    destroyed: int
    clear: int
    reviewed: int
    """Covered or clear, and looked at by a person."""
    fills: dict[str, int]
    areas: dict[str, int]
    detectors: list[str]
    plates: dict[str, int]
    """What covers plates (`model`, `bands`, `nothing`) → images."""
    audit_looked_at: int
    audit_with_misses: int
    files: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """One sentence a line."""
        left = self.images - self.covered - self.clear
        if not self.covered and not self.clear:
            lines = ["Nobody looked for faces and plates in these pictures, or nothing was covered yet."]
        else:
            areas = ", ".join(f"{n} {kind}" for kind, n in self.areas.items()) or "none"
            by = ", ".join(self.detectors) or "people"
            lines = [
                f"Covered: {self.covered} of {self.images} images (areas: {areas}).",
                f"Nothing to cover: {self.clear}; not covered: {left}; originals gone: {self.destroyed}.",
                f"Found by {by}; {self.reviewed} images were looked at by people.",
                self._plates(),
                self._audit(),
            ]
        weak = sum(self.fills.get(fill, 0) for fill in _REVERSIBLE)
        if weak:
            lines.append(f"{weak} images are blurred or pixelated, which can be undone: they protect nobody.")
        return [*lines, _METADATA[self.files]]

    def _plates(self) -> str:
        told = {"model": "a plate model", "bands": "the lower part of vehicles", "nothing": "nothing"}
        found = ", ".join(f"{told.get(key, key)} in {n}" for key, n in self.plates.items()) or "nothing"
        return f"Number plates are covered by: {found}."

    def _audit(self) -> str:
        if not self.audit_looked_at:
            return "No audit was made: how many faces and plates were missed is not known."
        told = describe_misses(self.audit_with_misses, self.audit_looked_at)
        return f"Audit by people on images drawn at random: {told}."


def privacy_of(workspace: Workspace, chosen: Sequence[Chosen], files: str) -> PrivacyNotes:
    """The notes of the images that are exported; `files` is the option `images`."""
    ids = list(dict.fromkeys(c.image.id for c in chosen))
    known = workspace.redactions.find(image_ids=ids, current_only=False)
    covered = [r for r in known if r.state in COVERED]
    settled = [r for r in known if r.state in (*COVERED, "clear")]
    audit = workspace.redactions.newest_audit()
    count = workspace.redactions.audit_count(audit) if audit else None
    detectors = {str(d).partition(" by ")[0] for r in settled for d in r.how.get("detectors", ())}
    return PrivacyNotes(
        images=len(ids),
        covered=len(covered),
        destroyed=sum(r.state == "destroyed" for r in covered),
        clear=len(settled) - len(covered),
        reviewed=sum(r.reviewed_at is not None for r in settled),
        fills=_counted(str(r.how.get("fill")) for r in covered),
        areas=_counted(area.kind for r in covered for area in r.kept),
        detectors=sorted(detectors),
        plates=_counted(str(r.how.get("plates", "nothing")) for r in settled),
        audit_looked_at=count.looked_at if count else 0,
        audit_with_misses=count.with_misses if count else 0,
        files=files,
    )


def _counted(values: Any) -> dict[str, int]:
    return dict(sorted(Counter[str](values).items()))
