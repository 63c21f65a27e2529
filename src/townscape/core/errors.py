"""Every error that Townscape raises on purpose, in one tree.

    TownscapeError                    message + hint, both written for people
    ├── UsageError                    the command was asked wrongly (exit code 2)
    │   └── ExportQuestion            a format merges what is different here: a question
    ├── MissingExtra                  an optional part of Townscape is not installed
    ├── NotFound                      no such record in the workspace
    ├── InputError                    something is wrong with the user's files
    │   ├── UnreadableImage           truncated, not an image, or of a kind we cannot read
    │   ├── ImageTooLarge             more pixels than the workspace's limit
    │   ├── SizeMismatch              a mask and its image differ in size
    │   ├── UnmatchedLabels           colours or values that no class answers to: a question
    │   ├── SmearedMask               a mask that was stored as JPEG
    │   ├── MissingPair               an image without a mask, or a mask without an image
    │   ├── NothingToRead             an empty folder, an empty selection
    │   └── SourceGone                a source stopped answering: try again later, it goes on
    ├── LabelError                    a save that would break a rule of the label store
    ├── WorkspaceError                the workspace folder itself
    │   ├── NotAWorkspace
    │   ├── WorkspaceTooNew           made by a later Townscape
    │   ├── WorkspaceBusy             another process holds the writer lock
    │   ├── NetworkFileSystem         SQLite is not safe there
    │   └── StorageFull
    ├── DatasetError                  labels that cannot be split or learned from
    ├── ModelError                    a model file that cannot be used
    └── RunStopped                    a run that did not finish
        ├── RunFailed
        └── RunCancelled              (exit code 130)

The command line, HTTP and the web page show the same words: `message`, then `hint`.
"""

from typing import Any, ClassVar


class TownscapeError(Exception):
    """What happened (`message`) and what to do about it (`hint`)."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def code(self) -> str:
        """Stable machine name: the class's name in kebab case, as in `size-mismatch`."""
        name = type(self).__name__
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")

    @property
    def details(self) -> dict[str, Any]:
        """What a program needs beside the words, as plain values."""
        return {}

    def __str__(self) -> str:
        return f"{self.message}\nHint: {self.hint}" if self.hint else self.message


class UsageError(TownscapeError):
    """The command, call or option was used wrongly."""

    exit_code = 2


class MissingExtra(TownscapeError):
    """An optional part is needed; the hint names the extra to install."""

    def __init__(self, doing: str, *, extra: str) -> None:
        super().__init__(
            f"{doing} needs the '{extra}' extra, which is not installed here.",
            hint=f'run `pip install "townscape[{extra}]"`.',
        )
        self.extra = extra


class NotFound(TownscapeError):
    """No record of that name or id."""


class InputError(TownscapeError):
    """Something is wrong with a file or folder that the user gave."""


class UnreadableImage(InputError):
    """Truncated, damaged, not an image, or of a kind that cannot be read."""


class ImageTooLarge(InputError):
    """More pixels than may be decoded at once."""


class SizeMismatch(InputError):
    """A mask has another size than its image."""


class UnmatchedLabels(InputError):
    """Colours or values of a mask that match no class: a question to the user, never a guess.

    `found` lists every value with its pixel share; `unmatched` those without an answer.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        found: tuple[tuple[str, float], ...] = (),
        unmatched: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.found = found
        self.unmatched = unmatched


class ExportQuestion(UsageError):
    """A format has no place for something that the labels hold: the user says what becomes of it.

    `field` is the option that answers, `choices` what it may be.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, field: str = "", choices: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.field = field
        self.choices = choices

    @property
    def details(self) -> dict[str, Any]:
        return {"field": self.field, "choices": list(self.choices)}


class SmearedMask(InputError):
    """A mask stored with a lossy codec, so that its colours are no longer exact."""


class MissingPair(InputError):
    """Images without masks, or masks without images."""


class NothingToRead(InputError):
    """The folder or selection holds nothing that can be used."""


class SourceGone(InputError):
    """A whole source stopped answering (network, rights, a folder taken away): the run can be resumed."""


class LabelError(TownscapeError):
    """A save that would break a rule of the label store; nothing was written."""


class WorkspaceError(TownscapeError):
    """Something is wrong with the workspace folder."""


class NotAWorkspace(WorkspaceError):
    """No workspace here or above."""


class WorkspaceTooNew(WorkspaceError):
    """The workspace was made or migrated by a later version of Townscape."""


class WorkspaceBusy(WorkspaceError):
    """Another process held the writer lock for too long."""


class NetworkFileSystem(WorkspaceError):
    """The folder lies on a network file system, where SQLite can lose data."""


class StorageFull(WorkspaceError):
    """The disk is full; nothing half-written was kept."""


class DatasetError(TownscapeError):
    """Labels that cannot be split, or from which nothing can be learned."""


class ModelError(TownscapeError):
    """A model file that is damaged, unsafe or does not fit."""


class RunStopped(TownscapeError):
    """A run that ended before its end."""


class RunFailed(RunStopped):
    """The run ended with an error; its log says which."""


class RunCancelled(RunStopped):
    """Somebody cancelled the run."""

    exit_code = 130
