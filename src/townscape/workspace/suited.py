"""Which images a model is for: one that learned from rasters is not run on street photos."""

from townscape.workspace.records import Image, Model
from townscape.workspace.workspace import Workspace


def suited_images(workspace: Workspace, model: Model) -> list[Image]:
    """The workspace's images of the kinds that the model learned from.

    All images if nothing is known about that (a model from elsewhere), or if there is no image
    of those kinds.
    """
    images = workspace.images.find()
    if model.dataset_id is None:
        return images
    learned_from = {item.image_id for item in workspace.datasets.get(model.dataset_id).items}
    kinds = {image.kind for image in workspace.images.get_many(sorted(learned_from))}
    return [image for image in images if image.kind in kinds] or images
