"""Run by Superset's Python: pushes a folder of the bundle with preset-cli, to Preset or to any Superset.

preset-cli takes passwords as options. Called from here they stay out of the process list. Superset's goes by the
context: the option of click 8.4 takes a password that begins with "-" for an option of its own.
"""

import os
import sys

from preset_cli.auth.superset import UsernamePasswordAuth
from preset_cli.cli.main import preset_cli
from preset_cli.cli.superset.main import superset_cli
from yarl import URL


def main(folder: str) -> None:
    """Pushes; what goes where is in the environment."""
    workspace = os.environ["PRESET_WORKSPACE_URL"]
    sync = ["sync", "native", folder, "--overwrite", "--disable-jinja-templating"]
    sync += ["--db-password", f"{os.environ['DASHBOARDS_DATABASE_UUID']}={os.environ['DASHBOARDS_DATABASE_PASSWORD']}"]
    if user := os.environ.get("SUPERSET_ADMIN"):
        login = UsernamePasswordAuth(URL(workspace), user, os.environ["SUPERSET_ADMIN_PASSWORD"], "db")
        superset_cli([workspace, *sync], obj={"AUTH": login})
    else:
        preset_cli(["--workspaces", workspace, "superset", *sync])


if __name__ == "__main__":
    main(sys.argv[1])
