"""Big XML files, one element at a time: where each one lies is found in one pass that keeps nothing.

A DOCTYPE is refused, so that there are no entities; only UTF-8 is read.
"""

import mmap
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from townscape.core.errors import InputError
from townscape.core.memory import forget_pages
from townscape.formats.codecs.json_stream import Span

_CHUNK = 1 << 18
_START_TAG = re.compile(rb"<(?:[^\"'>]|\"[^\"]*+\"|'[^']*+')*+>")
_UTF8 = ("utf-8", "utf8", "us-ascii", "ascii")
# What XML 1.0 has no place for, also not escaped.
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_VALUE = {**_TEXT, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_IN_TEXT, _IN_VALUE = str.maketrans(_TEXT), str.maketrans(_VALUE)


@dataclass(frozen=True, slots=True)
class Found:
    """An element of a file: its tag, its attributes and its parent's, and where it lies."""

    tag: str
    attributes: Mapping[str, str]
    parent: Mapping[str, str]
    span: Span


class XmlFile:
    """An XML file. Raises `InputError` naming the line where it is cut off or damaged."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.path, self.name = path, name or path.name

    def elements(self, *wanted: tuple[str, str]) -> Iterator[Found]:
        """Every element with a wanted (parent's tag, tag), as it ends. The file is read to its end."""
        try:
            with (
                self.path.open("rb") as stream,
                mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
            ):
                yield from self._walk(content, frozenset(wanted))
        except (OSError, ValueError) as error:  # an empty file cannot be mapped
            raise self._damaged(str(error)) from error

    def read(self, span: Span) -> ElementTree.Element:
        """The element of a span that `elements` gave."""
        return self.read_many([span])[0]

    def read_many(self, spans: list[Span]) -> list[ElementTree.Element]:
        """The elements of several spans."""
        found: list[ElementTree.Element] = []
        try:
            with self.path.open("rb") as stream:
                for span in spans:
                    stream.seek(span.start)
                    # Begins with its own tag, before which alone a DOCTYPE could stand.
                    found.append(ElementTree.fromstring(stream.read(span.end - span.start)))  # noqa: S314
        except (OSError, ElementTree.ParseError) as error:
            raise self._damaged(str(error)) from error
        return found

    def _walk(self, content: mmap.mmap, wanted: frozenset[tuple[str, str]]) -> Iterator[Found]:
        parser = expat.ParserCreate()
        above: list[tuple[str, dict[str, str]]] = [("", {})]
        begun: list[int] = []
        found: list[Found] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            if (above[-1][0], tag) in wanted:
                begun.append(parser.CurrentByteIndex)
            above.append((tag, attributes))

        def end(tag: str) -> None:
            _, attributes = above.pop()
            parent, of_parent = above[-1]
            if (parent, tag) not in wanted:
                return
            first, last = begun.pop(), parser.CurrentByteIndex
            opening = _START_TAG.match(content, first) if content[last - 2 : last] == b"/>" else None
            if opening is None or opening.end() != last:  # an empty element ends where its event is
                last = content.find(b">", last) + 1
            found.append(Found(tag, attributes, of_parent, Span(first, last)))

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.XmlDeclHandler = self._check_encoding
        try:
            for at in range(0, len(content), _CHUNK):
                parser.Parse(content[at : at + _CHUNK], at + _CHUNK >= len(content))
                yield from found
                found.clear()
                forget_pages(content, at, min(at + _CHUNK, len(content)))
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code) or "it cannot be parsed"
            raise self._damaged(f"{what} in line {error.lineno:,}") from error

    def _refuse_doctype(self, *_: Any) -> None:
        raise InputError(
            f"{self.name} has a DOCTYPE, which could name other files and is not read.",
            hint="remove the line that begins with <!DOCTYPE.",
        )

    def _check_encoding(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _UTF8:
            raise InputError(f"{self.name} is encoded as {encoding}.", hint="save it as UTF-8.")

    def _damaged(self, what: str) -> InputError:
        return InputError(
            f"{self.name} is no whole XML file: {what}.", hint="it may be cut off; export it again."
        )


def text(value: str) -> str:
    """`value` as the text of an element; what XML has no place for becomes �."""
    return _FORBIDDEN.sub("\ufffd", value).translate(_IN_TEXT)


def quoted(value: str) -> str:
    """`value` as the value of an attribute, with its quotes."""
    return '"' + _FORBIDDEN.sub("\ufffd", value).translate(_IN_VALUE) + '"'
