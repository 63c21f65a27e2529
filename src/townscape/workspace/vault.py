"""Originals of redacted images, apart from everything else: `vault/<SHA-256>`, for the owner only.

Nothing but undoing a redaction and `destroy` opens a file in here; no path of an image leads to it.
"""

import shutil
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from townscape.core.errors import InputError, NotFound
from townscape.workspace.blobs import MIN_AGE_S, sha256_of_file
from townscape.workspace.folder import Folder, atomic_file, sync_folder

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Vault:
    """The vault of a workspace."""

    folder: Folder

    def keep(self, source: Path, sha256: str) -> None:
        """Put a copy of a file here. Raises `InputError` if its content is not the one named."""
        shut_vault(self.folder, make=True)
        target = self._path(sha256)
        if not target.is_file():
            with source.open("rb") as stream, atomic_file(target) as out:
                shutil.copyfileobj(stream, out, _CHUNK)
            target.chmod(0o600)
        if sha256_of_file(target) != sha256:
            target.unlink()
            raise InputError(
                f"{source} is not what it was when it was taken in.", hint="`townscape verify` says more."
            )

    def path(self, sha256: str) -> Path:
        """Where an original lies; raises `NotFound` if it does not, or is damaged."""
        path = self._path(sha256)
        if not path.is_file():
            raise NotFound(
                "The original is not in the vault.", hint="it was destroyed, or this workspace was restored."
            )
        return path

    def remove(self, sha256: str) -> int | None:
        """Delete an original for good; returns its size, or None if it was not there."""
        path = self._path(sha256)
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return None
        sync_folder(self.folder.vault)
        return size

    def all_on_disk(self) -> Iterator[tuple[str, Path]]:
        """SHA-256 and path of every original; temporary files are left out."""
        if self.folder.vault.is_dir():
            for path in sorted(self.folder.vault.iterdir()):
                if not path.name.startswith(".part-"):
                    yield path.name, path

    def clean(self, wanted: Collection[str], *, min_age_s: float = MIN_AGE_S) -> tuple[int, int]:
        """Remove files that no redaction can be undone with and that are older than `min_age_s`.

        Returns the number of files and of bytes.
        """
        before = time.time() - min_age_s
        freed: list[int] = []
        for path in self.folder.vault.iterdir() if self.folder.vault.is_dir() else ():
            status = path.stat()
            if path.name not in wanted and status.st_mtime < before:
                freed.append(status.st_size)
                path.unlink()
        return len(freed), sum(freed)

    def _path(self, sha256: str) -> Path:
        return self.folder.vault / sha256


def shut_vault(folder: Folder, *, make: bool = False) -> None:
    """Let nobody but the owner into the vault (after a copy, say)."""
    if make:
        folder.vault.mkdir(mode=0o700, exist_ok=True)
    if folder.vault.is_dir():
        folder.vault.chmod(0o700)
