"""Pictures of the web: a text file with one address a line, or a single address."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from townscape.collect.fetching import Fetching, Remote, is_picture, reason_not_to_take
from townscape.collect.options import CollectOptions
from townscape.collect.source import Entry
from townscape.core.errors import InputError, NothingToRead, SourceGone, UsageError
from townscape.workspace import Workspace
from townscape.workspace.records import Image
from townscape.workspace.remote.addresses import has_secret, without_secrets
from townscape.workspace.remote.web import WebFacts

TITLE = "Pictures of the web"
EXAMPLE = "https://example.org/list.txt"
PRIORITY = 10

_LIST_ENDINGS = (".txt", ".lst", ".list", ".csv")
_AT_ONCE = 8
_MOST = 1_000_000


def knows(address: str) -> str | None:
    """Addresses that begin with http:// or https://."""
    is_its = address.lower().startswith(("http://", "https://"))
    return "it is an address of the web" if is_its else None


def open(address: str, *, options: CollectOptions, workspace: Workspace) -> "WebSource":  # noqa: A001
    """Reads the list. Raises `UsageError` for what holds a secret, `InputError` and `SourceGone`."""
    if has_secret(address):
        raise UsageError(
            f"{without_secrets(address)} comes with a password or a signature, which is not kept.",
            hint="use an address that needs none, or a bucket with credentials.",
        )
    return WebSource(address, options, workspace)


@dataclass(frozen=True, slots=True)
class _Line:
    """An address of the list, by which it is also called; with a reason it is not asked."""

    address: str
    reason: str | None = None


class WebSource:
    """The pictures that a list names."""

    def __init__(self, address: str, options: CollectOptions, workspace: Workspace) -> None:
        self.address = address
        self._web = workspace.remote.web
        self._quota_bytes = workspace.remote.cache.quota_bytes
        self._is_single = self._is_picture()
        self._lines = [_Line(address)] if self._is_single else self._read_list()
        self._fetching = Fetching(workspace, options)

    def entries(self, after: str | None) -> Iterator[Entry]:
        """Each address is asked for its size and version, several at a time."""
        rest = iter([line for line in self._lines if after is None or line.address > after])
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="asking") as pool:
            while some := list(islice(rest, 4 * _AT_ONCE)):
                yield from pool.map(self._entry, some)

    def expect(self, entries: Sequence[Entry]) -> None:
        self._fetching.expect([Remote(entry.key, entry.version) for entry in entries])

    def take(self, workspace: Workspace, entry: Entry, *, run_id: str | None) -> tuple[Image, bool]:  # noqa: ARG002
        try:
            return self._fetching.take(Remote(entry.key, entry.version), entry, run_id=run_id)
        except SourceGone as error:
            raise self._unless_all_gone(error) from error

    def close(self) -> None:
        self._fetching.close()

    def _is_picture(self) -> bool:
        path = urlsplit(self.address).path.lower()
        if path.endswith(_LIST_ENDINGS):
            return False
        return is_picture(path) or self._web.look(self.address).media_type.startswith("image/")

    def _read_list(self) -> list[_Line]:
        """The list's addresses in order, each once; they may be relative to the list's own."""
        lines: dict[str, _Line] = {}
        for text in self._web.text(self.address).splitlines():
            line = text.strip()
            if not line or line.startswith("#"):
                continue
            if len(lines) >= _MOST:
                raise InputError(
                    f"{self.address} has more than {_MOST:,} lines.", hint="cut it into several."
                )
            found = _line(self.address, line)
            lines[found.address] = found
        if not lines:
            raise NothingToRead(f"{self.address} names no address.", hint="it has one address a line.")
        return sorted(lines.values(), key=lambda found: found.address.encode())

    def _entry(self, line: _Line) -> Entry:
        if line.reason is not None:
            return Entry(key=line.address, name=line.address, size=0, version="", reason=line.reason)
        name = unquote(urlsplit(line.address).path).strip("/") or line.address
        facts, reason = WebFacts(0, "", None, ""), None
        try:
            facts = self._web.look(line.address)
            reason = reason_not_to_take(name, facts.size, quota_bytes=self._quota_bytes)
        except SourceGone as error:
            reason = self._unless_all_gone(error).message
        except InputError as error:
            reason = error.message
        return Entry(
            key=line.address,
            name=name,
            size=facts.size,
            version=facts.version,
            modified_at=facts.modified_at,
            sequence=PurePosixPath(name).parent.as_posix().strip(".") or None,
            reason=reason,
        )

    def _unless_all_gone(self, error: SourceGone) -> InputError:
        """An address that does not answer is left out; if the list does not answer either, all stops."""
        if self._is_single:
            raise error
        try:
            self._web.look(self.address)
        except SourceGone:
            raise
        except InputError:
            pass  # its host answers
        return InputError(error.message, hint=error.hint)


def _line(list_address: str, line: str) -> _Line:
    try:
        address = urljoin(list_address, line)
        urlsplit(address)
    except ValueError:
        return _Line(line, f"{line} is no address of the web.")
    shown = without_secrets(address)
    if has_secret(address):
        return _Line(shown, f"{shown} comes with a password or a signature, which is not kept.")
    if urlsplit(address).scheme not in ("http", "https"):
        return _Line(shown, f"{shown} is no address of the web.")
    return _Line(address.partition("#")[0])
