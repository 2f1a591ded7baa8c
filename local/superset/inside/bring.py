"""Run by Superset's Python in its container: makes the role that reads the warehouse, and brings the bundle into the metadata.

The database, its owner and their password are the service `warehouse` of docker-compose.override.yml.
"""

import os
from pathlib import Path

import accounts
import prepare
import psycopg2
from psycopg2 import sql
from superset.app import create_app

from local.superset import bundle

ROLE = "dashboards"
GRANTS = Path(__file__).parents[1] / "reader.sql"


def make_role(password: str) -> None:
    """Gives the role this password, and its rights."""
    warehouse = psycopg2.connect(host="warehouse", dbname="warehouse", user="pipeline", password=os.environ["POSTGRES_PASSWORD"])
    with warehouse, warehouse.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", (ROLE,))
        verb = sql.SQL("alter" if cursor.fetchone() else "create")
        cursor.execute(sql.SQL("{} role {} login password {}").format(verb, sql.Identifier(ROLE), sql.Literal(password)))
        cursor.execute(GRANTS.read_text())
    warehouse.close()


def import_bundle(password: str) -> None:
    """Imports the bundle, over what is there, and makes the accounts that go with it."""
    files = bundle.addressed(bundle.read(), f"postgresql+psycopg2://{ROLE}@warehouse:5432/warehouse")
    with create_app().app_context():
        from superset import security_manager
        from superset.commands.importers.v1.assets import ImportAssetsCommand
        from superset.utils.core import override_user

        with override_user(security_manager.find_user(os.environ["SUPERSET_ADMIN"])):
            ImportAssetsCommand(files, passwords={bundle.DATABASE_FILE: password}).run()
        accounts.make_all(bundle.FIRST, bundle.dataset_uuids(files))


def main() -> None:
    """All of it; a second time changes nothing."""
    password = os.environ["DASHBOARDS_PASSWORD"]
    make_role(password)
    prepare.main()
    import_bundle(password)


if __name__ == "__main__":
    main()
