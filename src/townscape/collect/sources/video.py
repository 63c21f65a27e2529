"""Frames of a video: by interval, by scene, or once the picture has changed enough."""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.collect import mp4
from townscape.collect.frames import EVERY_S, FrameChooser
from townscape.collect.options import CollectOptions, is_address
from townscape.collect.source import Entry
from townscape.core.errors import InputError, NothingToRead, SourceGone
from townscape.core.ids import new_id
from townscape.workspace import Workspace
from townscape.workspace.folder import storage_errors
from townscape.workspace.images import source_version
from townscape.workspace.records import Image

TITLE = "Frames of a video"
EXAMPLE = "drive.mp4"
PRIORITY = 10

SUFFIXES = (
    ".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".mts", ".m2ts", ".3gp", ".wmv"
)  # fmt: skip
_JPEG_QUALITY = 95
_SAME_S = 0.0005
"""Times are kept in whole milliseconds."""


def knows(address: str) -> str | None:
    """Files that end like a video."""
    is_its = not is_address(address) and Path(address).suffix.lower() in SUFFIXES
    return "its name ends like a video's" if is_its and not Path(address).is_dir() else None


def open(address: str, *, options: CollectOptions, workspace: Workspace) -> "VideoSource":  # noqa: A001
    """Raises `NothingToRead` if there is no such file, `InputError` if no frame of it can be read."""
    path = Path(address).expanduser().resolve()
    if not path.is_file():
        raise NothingToRead(f"{path} does not exist.", hint="check the path; put quotes around spaces.")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty (0 bytes).", hint="copy it again.")
    return VideoSource(path, options, workspace)


class VideoSource:
    """The chosen frames of a video, by their times.

    It is decoded from its beginning, once to choose and once to take, because jumping to a time is
    not exact where the rate varies.
    """

    def __init__(self, path: Path, options: CollectOptions, workspace: Workspace) -> None:
        self._path, self._options = path, options
        self._version = source_version(path)
        self._created_at = mp4.created_at(path)
        self._place = workspace.folder.unpacked
        self._frames: Iterator[tuple[float, Decoder]] | None = None
        self._at = -1.0
        self._decoder = Decoder(path)
        self.address = f"{path}#{_choice(options)}"

    def entries(self, after: str | None) -> Iterator[Entry]:
        options = self._options
        chooser = FrameChooser(options.every_s, options.scene, options.moved)
        last = 0.0
        with contextlib.closing(Decoder(self._path)) as decoder:
            for at, frame in decoder.frames():
                last = at
                if not chooser.is_due(at):
                    continue
                try:
                    if chooser.needs_pixels and not chooser.keeps(frame.gray()):
                        continue
                except InputError:
                    yield self._rest(at, decoder.duration_s)
                    return
                if after is None or _key(at) > after:
                    yield self._entry(at)
            if decoder.is_cut_off(last):
                yield self._rest(last, decoder.duration_s)

    def take(self, workspace: Workspace, entry: Entry, *, run_id: str | None) -> tuple[Image, bool]:
        source = f"{self._path}#t={entry.key.lstrip('0').rjust(5, '0')}"
        known = workspace.images.find_version(source, entry.version)
        if known is not None:
            return known, False
        self._check()
        pixels = self._pixels_at(entry.sequence_s or 0.0)
        suffix = ".png" if self._options.lossless else ".jpg"
        file = self._place / f"frame-{new_id()}{suffix}"
        try:
            self._write(file, pixels)
            return workspace.images.take_in(
                file,
                name=entry.name,
                move=True,
                sequence=entry.sequence,
                sequence_s=entry.sequence_s,
                place=self._options.place,
                camera=self._options.camera,
                run_id=run_id,
                facts=self._facts(pixels, entry.sequence_s or 0.0),
                source=source,
                version=entry.version,
            )
        finally:
            file.unlink(missing_ok=True)

    def close(self) -> None:
        self._decoder.close()

    def _entry(self, at: float) -> Entry:
        suffix = ".png" if self._options.lossless else ".jpg"
        return Entry(
            key=_key(at),
            name=f"{self._path.name}/{_key(at)}{suffix}",
            size=0,
            version=self._version,
            sequence=self._path.name,
            sequence_s=round(at, 3),
        )

    def _rest(self, last: float, duration_s: float) -> Entry:
        reason = f"{self._path} can be read up to {last:.2f} of {duration_s:.2f} s; it may be cut off."
        name = f"{self._path.name} after {last:.2f} s"
        return Entry(key=f"{_key(last)}+", name=name, size=0, version=self._version, reason=reason)

    def _check(self) -> None:
        try:
            is_same = source_version(self._path) == self._version
        except OSError as error:
            raise SourceGone(f"{self._path} cannot be reached any more.", hint="bring it back") from error
        if not is_same:
            raise InputError(f"{self._path} changed while it was read.", hint="collect it again.")

    def _pixels_at(self, at: float) -> NDArray[np.uint8]:
        """Height × width × 3, blue first, upright. Decodes forwards; earlier times begin anew."""
        if self._frames is None or at <= self._at:
            self._decoder.close()
            self._decoder = Decoder(self._path)
            self._frames = self._decoder.frames()
        for found, decoder in self._frames:
            self._at = found
            if found >= at - _SAME_S:
                return decoder.pixels()
        self._frames = None
        raise InputError(f"{self._path} has no frame at {at:.3f} s any more.", hint="collect it again.")

    def _write(self, file: Path, pixels: NDArray[np.uint8]) -> None:
        quality = () if file.suffix == ".png" else (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY)
        is_done, content = cv2.imencode(file.suffix, pixels, quality)
        if not is_done:
            raise InputError(f"A frame of {self._path} cannot be stored as {file.suffix[1:].upper()}.")
        with storage_errors():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.tobytes())

    def _facts(self, pixels: NDArray[np.uint8], at: float) -> dict[str, Any]:
        height, width = pixels.shape[:2]
        began = self._created_at
        return {
            "kind": "photo",
            "width": width,
            "height": height,
            "bands": ("red", "green", "blue"),
            "dtype": "uint8",
            "captured_at": None if began is None else began + at,
        }


class Decoder:
    """A video, read forwards. Raises `InputError` if no frame can be read."""

    def __init__(self, path: Path) -> None:
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise InputError(
                f"{path} cannot be read as a video.",
                hint="it may be cut off before its index, or of a kind that FFmpeg does not know; "
                "play it, and export it again.",
            )
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._step_s = 1 / rate if rate and math.isfinite(rate) and 0.1 < rate < 1000 else 0.04
        n_frames = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.duration_s = max(0.0, n_frames * self._step_s) if math.isfinite(n_frames) else 0.0
        """What the header says; 0 where it does not."""

    def frames(self) -> Iterator[tuple[float, "Decoder"]]:
        """The time of each frame in seconds, ever later; its pixels are there until the next one.

        The time is the frame's own, so a variable rate is kept; where a file has none, the rate counts.
        """
        last = -self._step_s
        while self._capture.grab():
            at = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            at = round(at if at > last and math.isfinite(at) else last + self._step_s, 3)
            last = at
            yield max(0.0, at), self

    def pixels(self) -> NDArray[np.uint8]:
        """The frame's pixels, height × width × 3, blue first, turned as the camera was held."""
        is_there, pixels = self._capture.retrieve()
        if not is_there:
            raise InputError("A frame of the video cannot be decoded.", hint="play it, and export it again.")
        return np.asarray(pixels, np.uint8)

    def gray(self) -> NDArray[np.uint8]:
        """The same in grey, height × width."""
        return np.asarray(cv2.cvtColor(self.pixels(), cv2.COLOR_BGR2GRAY), np.uint8)

    def is_cut_off(self, last: float) -> bool:
        """Whether the frames end long before the duration that the header says."""
        return self.duration_s - last > max(1.0, 0.05 * self.duration_s)

    def close(self) -> None:
        """Let go of the file."""
        self._capture.release()


def _choice(options: CollectOptions) -> str:
    """How frames are chosen: another choice of the same video is another source."""
    chosen = [f"every={options.every_s:g}s"] if options.every_s is not None else []
    chosen += ["scene"] if options.scene else []
    chosen += [f"moved={options.moved}"] if options.moved is not None else []
    return "&".join(chosen) or f"every={EVERY_S:g}s"


def _key(at: float) -> str:
    """Seconds with leading zeros, so that keys are in the order of time."""
    return f"{at:010.3f}"
