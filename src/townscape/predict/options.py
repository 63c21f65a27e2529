"""What `townscape predict` can be asked."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from townscape.core.options import Options
from townscape.core.splits import Part


class PredictOptions(Options):
    """Run a model on images, folders and rasters."""

    stage: ClassVar[str] = "predict"

    paths: tuple[Path, ...] = ()
    """Images and folders to predict; if none is named, every image of
    the workspace of the kind (photo or raster) that the model learned from."""
    out: Path | None = None
    """Folder for the files: class PNGs or GeoTIFFs, overlays, confidence and classes.json."""
    model: str | None = None
    """Model by name or id (the newest otherwise), or an .onnx file that Townscape wrote."""
    dataset: str | None = None
    """Predict the images of this dataset instead."""
    part: Part | None = None
    """With a dataset: only the images of this part."""
    engine: str = "onnxruntime"
    """What runs the network."""
    threads: int | None = Field(default=None, ge=1)
    """Processor threads (all by default)."""
    window: int = Field(default=768, ge=64)
    """Side of the windows in which large images are read, in pixels."""
    flip: bool = False
    """Average photos with their mirror image: a little better, twice as slow."""
    again: bool = False
    """Predict images again that have a prediction of this model already."""
    any_scale: bool = False
    """Enlarge rasters whose pixels are more than twice the size that the model learned from."""
