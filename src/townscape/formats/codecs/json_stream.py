"""Big JSON files, one element at a time: where each one lies is found without building objects.

A COCO file of a million annotations is one object with a few arrays. Its top level is walked once,
over the mapped file; elements are parsed when they are asked for.
"""

import json
import mmap
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from townscape.core.errors import InputError

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


class Span(NamedTuple):
    """Where a value lies in its file, in bytes."""

    start: int
    end: int


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
            if content[span.start : span.start + 1] == b"{":
                yield from self._members(content, span.start, set(keys) or None)

    def elements(self, key: str) -> Iterator[Any]:
        """The parsed elements of the array under `key`."""
        with self._mapped() as content:
            for _, span in self._walk(content, {key}):
                yield self._parse(content[span.start : span.end])

    def raw(self, *keys: str) -> Iterator[tuple[str, Span, bytes]]:
        """Like `spans`, with each element's bytes."""
        with self._mapped() as content:
            for key, span in self._walk(content, set(keys)):
                yield key, span, content[span.start : span.end]

    def parse(self, content: bytes) -> Any:
        """The value of an element's bytes."""
        return self._parse(content)

    def parsed(self, *keys: str) -> Iterator[tuple[str, Span, Any]]:
        """Like `spans`, with each element parsed."""
        with self._mapped() as content:
            for key, span in self._walk(content, set(keys)):
                yield key, span, self._parse(content[span.start : span.end])

    def keys(self) -> list[str]:
        """The keys of the top level, in order; a file with a large array is walked to its end."""
        with self._mapped() as content:
            found: dict[str, None] = {}
            for key, _ in self._walk(content, None):
                found.setdefault(key)
            return list(found)

    def read(self, span: Span) -> Any:
        """The parsed value of a span."""
        with self.path.open("rb") as stream:
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
    def _mapped(self) -> Generator[mmap.mmap]:
        try:
            with (
                self.path.open("rb") as stream,
                mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
            ):
                yield content
        except (OSError, ValueError) as error:  # an empty file cannot be mapped
            raise self._damaged(str(error)) from error

    def _walk(self, content: mmap.mmap, wanted: set[str] | None) -> Iterator[tuple[str, Span]]:
        at = self._skip_spaces(content, 0)
        opening = content[at : at + 1]
        if opening == b"[":
            at = yield from self._elements(content, at, "", is_wanted=wanted is None or "" in wanted)
        elif opening == b"{":
            at = yield from self._members(content, at, wanted)
        else:
            raise self._damaged("it begins with neither { nor [")
        if self._skip_spaces(content, at) != len(content):
            raise self._damaged(f"something follows its end at byte {at:,}")

    def _members(
        self, content: mmap.mmap, at: int, wanted: set[str] | None
    ) -> Generator[tuple[str, Span], None, int]:
        at = self._skip_spaces(content, at + 1)
        if content[at : at + 1] == b"}":
            return at + 1
        while True:
            end = self._end_of_value(content, at)
            key = str(self._parse(content[at:end]))
            at = self._skip_spaces(content, self._expect(content, end, b":"))
            is_wanted = wanted is None or key in wanted
            if is_wanted and content[at : at + 1] == b"[":
                at = yield from self._elements(content, at, key, is_wanted=True)
            else:
                end = self._end_of_value(content, at)
                if is_wanted:
                    yield key, Span(at, end)
                at = end
            at = self._skip_spaces(content, at)
            if content[at : at + 1] == b"}":
                return at + 1
            at = self._skip_spaces(content, self._expect(content, at, b","))

    def _elements(
        self, content: mmap.mmap, at: int, key: str, *, is_wanted: bool
    ) -> Generator[tuple[str, Span], None, int]:
        at = self._skip_spaces(content, at + 1)
        if content[at : at + 1] == b"]":
            return at + 1
        while True:
            end = self._end_of_value(content, at)
            if is_wanted:
                yield key, Span(at, end)
            at = self._skip_spaces(content, end)
            mark = content[at : at + 1]
            if mark == b"]":
                return at + 1
            at = self._skip_spaces(content, self._expect(content, at, b","))

    def _end_of_value(self, content: mmap.mmap, at: int) -> int:
        found = _SHALLOW_VALUE.match(content, at)
        if found is not None:
            return found.end()
        depth = 0
        for token in _TOKEN.finditer(content, at):
            mark = token[0][:1]
            depth += (mark in b"{[") - (mark in b"}]")
            if depth == 0:
                return token.end()
        raise self._damaged(f"the value at byte {at:,} has no end")

    def _expect(self, content: mmap.mmap, at: int, mark: bytes) -> int:
        at = self._skip_spaces(content, at)
        if content[at : at + 1] != mark:
            raise self._damaged(f"there should be a {mark.decode()} at byte {at:,}")
        return at + 1

    @staticmethod
    def _skip_spaces(content: mmap.mmap, at: int) -> int:
        found = _SPACES.match(content, at)
        return at if found is None else found.end()
