"""`townscape serve`: the workspace in a browser."""

import webbrowser
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from townscape.cli.common import Common, CommonFlags, opened


def serve(
    workspace_folder: Path | None = None,
    /,
    *,
    port: int | None = None,
    as_: Annotated[str | None, Parameter(name="--as")] = None,
    browse: tuple[Path, ...] = (),
    no_open: Annotated[bool, Parameter(show_default=False)] = False,
    print_token: Annotated[bool, Parameter(show_default=False)] = False,
    common: CommonFlags = Common(),
) -> int:
    """Open a workspace in the browser: images, label editor, runs, results.

    Listens on this computer only. The link that is printed works once and lets one browser in,
    which is then remembered.

    Parameters
    ----------
    workspace_folder
        The workspace (found from the current folder upwards otherwise).
    port
        Port to listen on (the first free one from 8420 on; 0: any).
    as_
        Who labels in this browser; asked otherwise.
    browse
        Folders whose content may be chosen in the browser (your home folder and the one that the
        workspace lies in otherwise); may be repeated.
    no_open
        Do not open the browser.
    print_token
        Also print the access token for programs such as CVAT's client: the password of any user name
        there. It stays the same.
    """
    from townscape.cli.console import err, print_json, say
    from townscape.server.serving import serve as run_server

    chosen = Common(json=common.json, workspace=workspace_folder or common.workspace)
    with opened(chosen) as workspace:

        def on_ready(url: str, token: str) -> None:
            if common.json:
                told = {"url": url, "workspace": str(workspace.root)}
                print_json(told | ({"token": token} if print_token else {}))
            else:
                if print_token:
                    say(token)
                err.print(f"{workspace.settings.name} is open at {url}")
                err.print("The link works once. Ctrl-C ends the server; runs go on.")
            if not no_open and not common.json:
                webbrowser.open(url)

        roots = [path.expanduser() for path in browse] or [Path.home(), workspace.root.parent]
        run_server(workspace, port=port, on_ready=on_ready, browse=roots, person=as_)
    return 0
