"""Running the server: a port on the loopback interface, a one-time link, an orderly end."""

import contextlib
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from townscape.core.errors import UsageError
from townscape.server.app import create_app
from townscape.workspace import Workspace

HOST = "127.0.0.1"
FIRST_PORT = 8420
_TRIED = 50


def serve(
    workspace: Workspace,
    *,
    port: int | None,
    on_ready: Callable[[str, str], None],
    browse: Sequence[Path] = (),
    person: str | None = None,
) -> None:
    """Serve a workspace until the process is told to end.

    `on_ready` gets the one-time link and the access token for programs once the server answers.
    Raises `UsageError` if the port is taken; without one, the first free port from 8420 on is used.
    """
    import uvicorn

    listener = _listen(port)
    chosen = listener.getsockname()[1]
    hosts = [f"{name}:{chosen}" for name in (HOST, "localhost")]
    app = create_app(workspace, hosts=hosts, browse=browse, person=person)
    token = app.state.context.doorkeeper.new_token()
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        lifespan="on",
    )

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            link = f"http://{HOST}:{chosen}/enter?token={token}"
            on_ready(link, app.state.context.passes.access_token)

    with contextlib.closing(listener), contextlib.suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listener])


def _listen(port: int | None) -> socket.socket:
    tried = [port] if port is not None else range(FIRST_PORT, FIRST_PORT + _TRIED)
    for number in tried:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, number))
        except OSError:
            listener.close()
            continue
        listener.listen(128)
        return listener
    what = f"Port {port} is" if port is not None else f"Ports {FIRST_PORT} to {FIRST_PORT + _TRIED - 1} are"
    raise UsageError(f"{what} in use.", hint="choose another with --port, or 0 for any free one.")
