"""The workspace: one folder with settings, catalogue, label store, blobs, models and reports.

The only room that knows SQL and the folder's layout. Several processes may use one workspace
at once; see `database` for how writers take turns.
"""

from townscape.workspace.workspace import Workspace, create_workspace, open_workspace

__all__ = ["Workspace", "create_workspace", "open_workspace"]
