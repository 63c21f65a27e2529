"""Frames: the images of a task in their order, as files and in chunks."""

import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from townscape.core.errors import ImageTooLarge, NotFound
from townscape.core.spaces import Window
from townscape.server.context import Context
from townscape.server.cvat.tasks import Task
from townscape.server.recent import Recent
from townscape.workspace import Workspace
from townscape.workspace.records import Image
from townscape.workspace.stripping import bare

_CHUNK_FRAMES = 36
"""Frames of 1920 × 1080 in a chunk; fewer of larger ones."""
_MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "BMP": "image/bmp"}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: an image, or a window of it."""

    number: int
    image: Image
    window: Window

    @property
    def is_whole(self) -> bool:
        """Whether it is all of its image."""
        return self.window == self.image.whole

    @property
    def name(self) -> str:
        """The name of the file that it is given out as."""
        if self.is_whole:
            return self.image.name
        return f"{PurePosixPath(self.image.name).with_suffix('')}_x{self.window.x}_y{self.window.y}.png"


@dataclass(frozen=True, slots=True)
class FrameFile:
    """The bytes of a frame."""

    media_type: str
    content: bytes
    is_own: bool = False
    """Whether it is the image's own file, but for its metadata."""

    @property
    def suffix(self) -> str:
        """Ending of a file name, as `.png`."""
        return f".{self.media_type.rpartition('/')[2]}"


class FrameLists:
    """Frames by task. Selections are frozen, so lists can be kept."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lists = Recent[Sequence[Frame]](most=8)

    def of(self, task: Task) -> Sequence[Frame]:
        """Every frame of a task, in order."""
        selection = task.selection
        return () if selection is None else self._lists.get(selection.id, lambda: self._read(selection.id))

    def paintable(self, task: Task) -> Sequence[Frame]:
        """Every frame of a task. Raises `ImageTooLarge` if one is too large to be read at once."""
        frames, most = self.of(task), self._workspace.settings.photo_megapixels
        for frame in frames:
            if frame.window.area > most * 1e6:
                raise ImageTooLarge(
                    f"Frame {frame.number} ({frame.name}) has more than {most:g} megapixels.",
                    hint="select smaller windows of it in Townscape.",
                )
        return frames

    def get(self, task: Task, number: int) -> Frame:
        """One frame; raises `NotFound`."""
        frames = self.of(task)
        if not 0 <= number < len(frames):
            last = len(frames) - 1
            hint = f"they go from 0 to {last}." if frames else "its images have not come yet."
            raise NotFound(f"Task {task.number} has no frame {number}.", hint=hint)
        return frames[number]

    def _read(self, selection_id: str) -> Sequence[Frame]:
        windows = self._workspace.selections.get(selection_id).windows
        images = self._workspace.images.get_many([w.image_id for w in windows])
        return [Frame(k, i, w.window) for k, (i, w) in enumerate(zip(images, windows, strict=True))]


def frame_file(context: Context, frame: Frame, *, quality: int | None) -> FrameFile:
    """A frame's own file, where that can be shown as it is; else a PNG. With `quality` a JPEG."""
    window = frame.window
    area = [window.x, window.y, window.width, window.height]
    done = context.work_on(frame.image, "frame", area=area, quality=quality)
    if done.facts.get("as_is"):
        return FrameFile(_MEDIA[done.facts["format"]], _without_metadata(context, frame), is_own=True)
    return FrameFile("image/png" if quality is None else "image/jpeg", done.content)


def _without_metadata(context: Context, frame: Frame) -> bytes:
    """The image's own file without EXIF, GPS and the like; its pixels are untouched."""
    return bare(context.workspace.images.path(frame.image), is_raster=False).content


def usual_chunk_size(image: Image) -> int:
    """Frames in a chunk, where the client did not say, by the first image's size."""
    return max(2, min(_CHUNK_FRAMES, _CHUNK_FRAMES * 1920 * 1080 // max(1, image.whole.area)))


def write_chunk(context: Context, frames: Sequence[Frame], folder: Path, *, quality: int | None) -> Path:
    """A .zip of frames in their order, in a new file in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix="chunk-", suffix=".zip", delete=False) as stream:
        try:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
                for frame in frames:
                    file = frame_file(context, frame, quality=quality)
                    archive.writestr(f"{frame.number:06d}{file.suffix}", file.content)
        except BaseException:
            Path(stream.name).unlink(missing_ok=True)
            raise
    return Path(stream.name)
