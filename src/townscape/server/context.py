"""What every route may use: the workspace, the decoding processes, the listeners."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from townscape.core.errors import NotFound
from townscape.server.access import Doorkeeper
from townscape.server.folders import Folders
from townscape.server.live import Live
from townscape.server.passes import Passes
from townscape.server.pixels.pool import Done, PixelWorkers
from townscape.server.pixels.sources import Picture
from townscape.server.pixels.work import picture_of
from townscape.server.recent import Recent
from townscape.server.sent_datasets import SentDatasets
from townscape.server.uploads import Uploads
from townscape.workspace import Workspace
from townscape.workspace.prediction_files import PredictedWindow
from townscape.workspace.records import Image


@dataclass(frozen=True, slots=True)
class Context:
    """One server's parts."""

    workspace: Workspace
    pixels: PixelWorkers
    live: Live
    uploads: Uploads
    sent: SentDatasets
    folders: Folders
    doorkeeper: Doorkeeper
    passes: Passes
    decoded: Recent[PredictedWindow]
    """Predictions of photos, decoded."""
    preset_person: str | None

    def present_image(self, image_id: str) -> Image:
        """An image that is in the workspace's lists; raises `NotFound` for one that was removed."""
        image = self.workspace.images.get(image_id)
        if image.removed_at is not None:
            raise NotFound(
                f"{image.name} was removed from the workspace.", hint="bring it back from the list of images."
            )
        return image

    def work_on(self, image: Image, work: str, **arguments: object) -> Done:
        """Let a decoding process do something with an image."""
        picture = Picture(
            path=str(self.workspace.images.path(image)),
            version=image.version,
            kind=image.kind,
            width=image.width,
            height=image.height,
            bands=image.bands,
            max_megapixels=self.workspace.settings.photo_megapixels,
        )
        return self.pixels.run(work, {"picture": picture_of(picture), **arguments}, key=picture.path)


def context_of(request: Request) -> Context:
    """The context of the server that got a request."""
    return request.app.state.context


def person_of(
    request: Request, person: Annotated[str | None, Header(alias="x-townscape-person")] = None
) -> str | None:
    """The name of the person who asks, as their browser sends it (percent-encoded)."""
    from urllib.parse import unquote

    name = unquote(person).strip()[:80] if person else ""
    return name or context_of(request).preset_person


InContext = Annotated[Context, Depends(context_of)]
AskedBy = Annotated[str | None, Depends(person_of)]
