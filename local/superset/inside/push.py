"""Run by Superset's Python: pushes a folder of the bundle with preset-cli, to Preset or to any Superset.

preset-cli takes passwords as options. Called from here they stay out of the process list.
"""

import os
import sys

from preset_cli.cli.main import preset_cli
from preset_cli.cli.superset.main import superset_cli


def main(folder: str) -> None:
    """Pushes; what goes where is in the environment."""
    workspace = os.environ["PRESET_WORKSPACE_URL"]
    sync = ["sync", "native", folder, "--overwrite", "--disable-jinja-templating"]
    sync += ["--db-password", f"{os.environ['DASHBOARDS_DATABASE_UUID']}={os.environ['DASHBOARDS_DATABASE_PASSWORD']}"]
    if user := os.environ.get("SUPERSET_ADMIN"):
        superset_cli(["--username", user, "--password", os.environ["SUPERSET_ADMIN_PASSWORD"], workspace, *sync])
    else:
        preset_cli(["--workspaces", workspace, "superset", *sync])


if __name__ == "__main__":
    main(sys.argv[1])
