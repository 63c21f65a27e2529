"""Things that can be made again, kept in the workspace's cache folder: `cache/<image id>/<digest>`,
so that everything made of an image can be found, and goes when the image does.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from townscape.workspace.folder import write_atomically


def kept(root: Path, image_id: str, made_of: str, make: Callable[[], bytes]) -> bytes:
    """What was made before of the same things, or is made now."""
    path = root / "cache" / image_id / hashlib.sha256(made_of.encode()).hexdigest()[:32]
    try:
        return path.read_bytes()
    except FileNotFoundError:
        content = make()
        write_atomically(path, content)
        return content
