"""What the routes under `/api/` use."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from townscape.server.context import Context
from townscape.server.cvat.errands import Errands
from townscape.server.cvat.frames import FrameLists
from townscape.server.cvat.inbox import Inbox
from townscape.server.cvat.labels import LabelBook
from townscape.server.cvat.tasks import Tasks
from townscape.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the application under `/api/`."""

    context: Context
    labels: LabelBook
    tasks: Tasks
    frames: FrameLists
    inbox: Inbox
    errands: Errands

    @property
    def workspace(self) -> Workspace:
        """The workspace that is served."""
        return self.context.workspace


def make_parts(context: Context) -> Parts:
    """The parts over one server's context."""
    workspace = context.workspace
    return Parts(
        context=context,
        labels=LabelBook(workspace),
        tasks=Tasks(workspace),
        frames=FrameLists(workspace),
        inbox=Inbox(workspace.folder.uploads),
        errands=Errands(workspace),
    )


def parts_of(request: Request) -> Parts:
    """The parts of the application that got a request."""
    return request.app.state.parts


def user_of(request: Request) -> str:
    """Who asks, as the gate found out; saves are signed with it."""
    return request.scope["townscape_user"]


def base_url(request: Request) -> str:
    """Address of the application, without a slash at its end."""
    return f"{request.url.scheme}://{request.headers['host']}/api"


InParts = Annotated[Parts, Depends(parts_of)]
User = Annotated[str, Depends(user_of)]
BaseUrl = Annotated[str, Depends(base_url)]
