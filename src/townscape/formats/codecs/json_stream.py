"""Big JSON files, one element at a time.

A COCO file of a million annotations is one object with a few arrays. Its top level is walked once,
over the mapped file; elements are parsed when they are asked for. Where an element ends is told by
parsing it as well, if it is short: `json` is written in C, and quicker at that than any pattern.
"""

import json
import mmap
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from townscape.core.errors import InputError
from townscape.core.memory import forget_pages

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_INSIDE = rb'[^{}\[\]"]++|' + _STRING
_ARRAY = rb"\[(?:" + _INSIDE + rb")*+\]"
_ARRAYS = rb"\[(?:" + _INSIDE + rb"|" + _ARRAY + rb")*+\]"
_FLAT = rb"\{(?:" + _INSIDE + rb"|" + _ARRAYS + rb")*+\}"
_DEEP = rb"\{(?:" + _INSIDE + rb"|" + _ARRAYS + rb"|" + _FLAT + rb")*+\}"
_SHALLOW_VALUE = re.compile(rb"|".join((_DEEP, _ARRAYS, _STRING, rb'[^{}\[\]",\s]++')), re.DOTALL)
"""A value of at most a few levels, in one step; deeper ones are walked token by token."""
_TOKEN = re.compile(_STRING + rb"|[{}\[\]]", re.DOTALL)
_SPACES = re.compile(rb"[ \t\r\n]*+")
_WINDOW = 1 << 16
_DECODER = json.JSONDecoder()


class Span(NamedTuple):
    """Where a value lies in its file, in bytes."""

    start: int
    end: int


class _Content:
    """A mapped file: where its values end, and the one that was parsed last to find that out."""

    def __init__(self, mapped: mmap.mmap) -> None:
        self.mapped = mapped
        self._text, self._start = "", 0
        self._last: tuple[Span, Any] | None = None

    def mark(self, at: int) -> bytes:
        """The byte at a place; nothing behind the end."""
        return self.mapped[at : at + 1]

    def piece(self, span: Span) -> bytes:
        """The bytes of a span."""
        return self.mapped[span.start : span.end]

    def after_spaces(self, at: int) -> int:
        """The first place from `at` on that is no white space."""
        found = _SPACES.match(self.mapped, at)
        return at if found is None else found.end()

    def value_of(self, span: Span) -> tuple[bool, Any]:
        """Whether the value of a span was parsed to find its end, and the value."""
        if self._last is None or self._last[0] != span:
            return False, None
        return True, self._last[1]

    def end_of_value(self, at: int) -> int | None:
        """Where the value that begins at a place ends; None if it does not."""
        if (end := self._parsed_to(at)) is not None:
            return end
        found = _SHALLOW_VALUE.match(self.mapped, at)
        if found is not None:
            return found.end()
        depth = 0
        for token in _TOKEN.finditer(self.mapped, at):
            mark = token[0][:1]
            depth += (mark in b"{[") - (mark in b"}]")
            if depth == 0:
                return token.end()
        return None

    def _parsed_to(self, at: int) -> int | None:
        """The end of a short value, found by parsing it; in the next 64 KB where these do not reach it."""
        for is_again in (False, True):
            if is_again or not self._start <= at < self._start + len(self._text):
                forget_pages(self.mapped, min(self._start, at), at)
                self._start = at
                # One letter a byte, so that places are bytes; what is no ASCII is parsed again.
                self._text = self.mapped[at : at + _WINDOW].decode("latin-1")
            begin = at - self._start
            try:
                value, end = _DECODER.raw_decode(self._text, begin)
            except (ValueError, RecursionError):
                continue
            if end < len(self._text) or self._start + end == len(self.mapped):
                span = Span(at, self._start + end)
                self._last = (span, value) if self._text[begin:end].isascii() else None
                return span.end
        return None


class JsonFile:
    """A JSON file whose top level is an object (or an array: then it has the key "").

    Raises `InputError` for a file that is cut off or is no JSON; values are checked when parsed.
    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.path, self.name = path, name or path.name

    def spans(self, *keys: str) -> Iterator[tuple[str, Span]]:
        """Each element of the arrays under `keys`, in the order of the file, with its key.

        A value that is no array comes as one span.
        """
        with self._mapped() as content:
            yield from self._walk(content, set(keys))

    def spans_within(self, span: Span, *keys: str) -> Iterator[tuple[str, Span]]:
        """Like `spans`, inside the object at `span`; without keys every member. Nothing for other values."""
        with self._mapped() as content:
            if content.mark(span.start) == b"{":
                yield from self._members(content, span.start, set(keys) or None)

    def elements(self, key: str) -> Iterator[Any]:
        """The parsed elements of the array under `key`."""
        with self._mapped() as content:
            for _, span in self._walk(content, {key}):
                yield self._parse(content.piece(span))

    def raw(self, *keys: str) -> Iterator[tuple[str, Span, bytes]]:
        """Like `spans`, with each element's bytes."""
        with self._mapped() as content:
            for key, span in self._walk(content, set(keys)):
                yield key, span, content.piece(span)

    def parse(self, content: bytes) -> Any:
        """The value of an element's bytes."""
        return self._parse(content)

    def parsed(self, *keys: str) -> Iterator[tuple[str, Span, Any]]:
        """Like `spans`, with each element parsed."""
        with self._mapped() as content:
            for key, span in self._walk(content, set(keys)):
                is_known, value = content.value_of(span)
                yield key, span, value if is_known else self._parse(content.piece(span))

    def keys(self) -> list[str]:
        """The keys of the top level, in order; a file with a large array is walked to its end."""
        with self._mapped() as content:
            found: dict[str, None] = {}
            for key, _ in self._walk(content, None):
                found.setdefault(key)
            return list(found)

    def read(self, span: Span) -> Any:
        """The parsed value of a span."""
        with self.path.open("rb", buffering=0) as stream:
            stream.seek(span.start)
            return self._parse(stream.read(span.end - span.start))

    def read_many(self, spans: list[Span]) -> list[Any]:
        """The parsed values of several spans."""
        with self.path.open("rb") as stream:
            found: list[Any] = []
            for span in spans:
                stream.seek(span.start)
                found.append(self._parse(stream.read(span.end - span.start)))
            return found

    def _parse(self, content: bytes) -> Any:
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, what: str) -> InputError:
        return InputError(
            f"{self.name} is no whole JSON file: {what}.", hint="it may be cut off; export it again."
        )

    @contextmanager
    def _mapped(self) -> Generator[_Content]:
        try:
            with (
                self.path.open("rb") as stream,
                mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            ):
                yield _Content(mapped)
        except (OSError, ValueError) as error:  # an empty file cannot be mapped
            raise self._damaged(str(error)) from error

    def _walk(self, content: _Content, wanted: set[str] | None) -> Iterator[tuple[str, Span]]:
        at = content.after_spaces(0)
        opening = content.mark(at)
        if opening == b"[":
            at = yield from self._elements(content, at, "", is_wanted=wanted is None or "" in wanted)
        elif opening == b"{":
            at = yield from self._members(content, at, wanted)
        else:
            raise self._damaged("it begins with neither { nor [")
        if content.after_spaces(at) != len(content.mapped):
            raise self._damaged(f"something follows its end at byte {at:,}")

    def _members(
        self, content: _Content, at: int, wanted: set[str] | None
    ) -> Generator[tuple[str, Span], None, int]:
        at = content.after_spaces(at + 1)
        if content.mark(at) == b"}":
            return at + 1
        while True:
            end = self._end_of_value(content, at)
            key = str(self._parse(content.piece(Span(at, end))))
            at = content.after_spaces(self._expect(content, end, b":"))
            is_wanted = wanted is None or key in wanted
            if is_wanted and content.mark(at) == b"[":
                at = yield from self._elements(content, at, key, is_wanted=True)
            else:
                end = self._end_of_value(content, at)
                if is_wanted:
                    yield key, Span(at, end)
                at = end
            at = content.after_spaces(at)
            if content.mark(at) == b"}":
                return at + 1
            at = content.after_spaces(self._expect(content, at, b","))

    def _elements(
        self, content: _Content, at: int, key: str, *, is_wanted: bool
    ) -> Generator[tuple[str, Span], None, int]:
        at = content.after_spaces(at + 1)
        if content.mark(at) == b"]":
            return at + 1
        while True:
            end = self._end_of_value(content, at)
            if is_wanted:
                yield key, Span(at, end)
            at = content.after_spaces(end)
            mark = content.mark(at)
            if mark == b"]":
                return at + 1
            at = content.after_spaces(self._expect(content, at, b","))

    def _end_of_value(self, content: _Content, at: int) -> int:
        end = content.end_of_value(at)
        if end is None:
            raise self._damaged(f"the value at byte {at:,} has no end")
        return end

    def _expect(self, content: _Content, at: int, mark: bytes) -> int:
        at = content.after_spaces(at)
        if content.mark(at) != mark:
            raise self._damaged(f"there should be a {mark.decode()} at byte {at:,}")
        return at + 1
