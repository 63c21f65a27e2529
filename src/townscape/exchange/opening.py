"""Opening what is to be imported: unpacking, finding the format, reading its own card."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from townscape.core.errors import InputError, NothingToRead
from townscape.core.events import Report
from townscape.core.ids import new_id
from townscape.core.taxonomy import Taxonomy, parse_taxonomy
from townscape.exchange.onto import link_images, place
from townscape.exchange.options import ImportOptions
from townscape.formats import archive
from townscape.formats.files import Files
from townscape.formats.format import Format, Source
from townscape.formats.kinds import detect_one, get_format
from townscape.workspace import Workspace
from townscape.workspace.records import Image

CARD = "townscape.json"
"""The card that Townscape writes into every export."""


@dataclass(frozen=True)
class Card:
    """What an export says of itself."""

    format: str
    key_by_value: Mapping[str, str]
    """Value → class key, `ignore` or `unlabelled`."""
    taxonomy: Taxonomy | None = None


@dataclass(frozen=True)
class Opened:
    """A dataset, ready to be read."""

    name: str
    kind: Format
    reason: str
    """Why the files are taken for this format."""
    source: Source
    card: Card | None = None
    left_out: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    temporary: tuple[Path, ...] = ()
    """Folders that go after the import: what an archive was unpacked to, what a browser has sent.
    Images that lie there are copied."""
    onto: Mapping[Path, Image] | None = None
    """Where labels are put onto images that are here: the image behind each picture's file."""


def open_source(workspace: Workspace, options: ImportOptions, report: Report) -> Opened:
    """Open what an import names. Raises `NothingToRead` or `InputError` saying what is wrong."""
    path, left_out = options.path, list[tuple[str, str]]()
    temporary = _sent_folder(workspace, path)
    if not path.exists():
        raise NothingToRead(f"{path} does not exist.", hint="check the path; put quotes around spaces.")
    if archive.is_archive(path):
        report.info(f"Unpacking {path.name} …")
        unpacked = _unpacked_folder(workspace, path)
        temporary += (unpacked,)
        if not (unpacked / ".whole").exists():
            shutil.rmtree(unpacked, ignore_errors=True)
            left_out = archive.unpack(options.path, unpacked).left_out
            (unpacked / ".whole").touch()
        path = _only_folder(unpacked)
    links = workspace.folder.unpacked / f"onto-{report.run_id or new_id()}"
    onto = link_images(workspace, options.onto, links) if options.onto else None
    temporary += (links,) if onto is not None else ()
    files = Files.of(path, images=links if onto is not None else options.images, masks=options.masks)
    if not files.names and path.is_dir():
        raise NothingToRead(f"There is no file in {path}.", hint="check the folder's name.")
    if options.format == "auto":
        name, reason = (found := detect_one(files)).name, found.reason
    else:
        name, reason = options.format, "you said so"
    kind = get_format(name)
    source = kind.read(files)
    source = source if onto is None else place(source, onto, links)
    return Opened(name, kind, reason, source, _read_card(files), left_out, temporary, onto)


def discard_temporary(opened: Opened) -> None:
    """Delete what an archive was unpacked to and what a browser has sent; the images have been copied."""
    for folder in opened.temporary:
        shutil.rmtree(folder, ignore_errors=True)


def _sent_folder(workspace: Workspace, path: Path) -> tuple[Path, ...]:
    """The folder of the upload that a path lies in, if it does (see `server.sent_datasets`)."""
    uploads = workspace.folder.uploads.resolve()
    inside = path.resolve()
    if uploads not in inside.parents:
        return ()
    return (uploads / inside.relative_to(uploads).parts[0],)


def _unpacked_folder(workspace: Workspace, path: Path) -> Path:
    """Named after the archive's place and time, so that an interrupted import goes on with it."""
    status = path.stat()
    key = sha256(f"{path.resolve()}\0{status.st_size}\0{status.st_mtime_ns}".encode()).hexdigest()[:16]
    return workspace.folder.unpacked / key


def _only_folder(path: Path) -> Path:
    """The folder inside, if the archive holds nothing beside it."""
    inside = [p for p in path.iterdir() if not p.name.startswith(".") and p.name != "__MACOSX"]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else path


def _read_card(files: Files) -> Card | None:
    if files.only is not None or not files.has(CARD):
        return None
    try:
        content: Any = json.loads(files.read_text(CARD))
        values = {str(c["value"]): str(c["class"]) for c in content["classes"]}
        taxonomy = parse_taxonomy(content["taxonomy"], origin=CARD)
        return Card(str(content["format"]), values, taxonomy)
    except (InputError, ValueError, KeyError, TypeError):
        return None
