"""Run by Superset's Python: brings the metadata up to date, with the roles, one administrator, and the account of `publish`.

The three `superset` commands that do the same import Superset three times, and the one that makes the administrator
takes the password on its command line.
"""

import os
import sys
from pathlib import Path

from flask_migrate import upgrade
from superset.app import create_app

# Superset's Python is isolated (-I).
sys.path.append(str(Path(__file__).parent))

import accounts  # noqa: E402


def main() -> None:
    """Migrates, synchronises the roles, and gives the administrator and the publisher the passwords of the environment."""
    app = create_app()
    with app.app_context():
        upgrade()
    with app.app_context():
        from superset import appbuilder, security_manager

        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        name, password = os.environ["SUPERSET_ADMIN"], os.environ["SUPERSET_ADMIN_PASSWORD"]
        user = security_manager.find_user(name)
        if user:
            security_manager.reset_password(user.id, password)
        else:
            role = security_manager.find_role("Admin")
            if not security_manager.add_user(name, "관리자", "", f"{name}@localhost", role, password):
                sys.exit(f"Superset did not take the user {name}")
        # The first run may publish before the dashboards are brought in.
        accounts.make_publisher(os.environ["SUPERSET_PUBLISHER"], os.environ["SUPERSET_PUBLISHER_PASSWORD"], ())


if __name__ == "__main__":
    main()
