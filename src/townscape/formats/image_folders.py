"""Images that lie in a folder of their own and share their names with the masks in another one."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from townscape.formats.files import Files
from townscape.formats.format import Picture


class ImageFolders:
    """Finds the image of a mask: never a mask, nor an image of the same name in another part's folder."""

    def __init__(self, files: Files, masks: Iterable[str]) -> None:
        """`masks` are all files that may be called as an image is, and are none."""
        self._files = files
        self._masks = frozenset(masks)
        self._folders = {name.rpartition("/")[0].lower() for name in files.names}

    def find(self, folder: str, stem: str) -> Path | None:
        """The image of that name in the folder; where there is no such folder, wherever it is."""
        found = self._files.find_image(f"{folder}/{stem}" if folder else stem)
        if found is None or self._is_mask(found):
            return None
        if self._files.images is None and folder.lower() in self._folders:
            place = found.parent.relative_to(self._files.root).as_posix().lower()
            return found if place.removeprefix(".") == folder.lower() else None
        return found

    def _is_mask(self, path: Path) -> bool:
        root = self._files.root
        return path.is_relative_to(root) and path.relative_to(root).as_posix() in self._masks


def images_without_labels(
    files: Files, pictures: Sequence[Picture], is_image: Callable[[str], bool]
) -> list[Picture]:
    """Pictures for images in the folders of those that were found, for which nothing was found.

    Folders in which no image has labels are left alone: a test set's. `is_image` says of a file's name
    in small letters whether it is an image and no mask.
    """
    taken = {p.image for p in pictures}
    folders = {image.parent for image in taken if image is not None}
    return [
        Picture(name, path, None)
        for name in files.image_names
        if folders and is_image(name.rpartition("/")[2].lower())
        if (path := files.image_path(name)).parent in folders and path not in taken
    ]
