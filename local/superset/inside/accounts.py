"""Run by Superset's Python once the dashboards are imported: the accounts besides the administrator's, each with its own role.

A role has the permissions that stand here and no others, whatever it had before. Superset's own Gamma is not the reader's: it may
make and change charts and dashboards, and import them (superset.security.manager: what is neither an admin's nor Alpha's).
"""

import os
import sys
from collections.abc import Iterable

from superset.app import create_app

READER_MAY = (
    # The page of a dashboard, its charts and their figures; the dashboards' list in the menu.
    ("can_dashboard", "Superset"),
    ("can_read", "Dashboard"),
    ("can_read", "Chart"),
    ("menu_access", "Dashboards"),
    # The choice in a dashboard's filters is kept on the server, under a key in the page's address.
    ("can_read", "DashboardFilterStateRestApi"),
    ("can_write", "DashboardFilterStateRestApi"),
    # What a period such as "last week" means in dates.
    ("can_time_range", "Api"),
    ("can_csv", "Superset"),
    # Each page tells the server how long its charts took; refused, that is an error in the browser's console.
    ("can_log", "Superset"),
)


PUBLISHER_MAY = (
    # Which datasets there are on the schema `analytics`; the token without which nothing is written; to have answers forgotten.
    ("can_read", "Dataset"),
    ("can_read", "SecurityRestApi"),
    ("can_invalidate", "CacheRestApi"),
)


def make(name: str, password: str, role: str, permissions: Iterable[tuple[str, str]]) -> None:
    """The user, with this password and this one role, which has these permissions and no others.

    Must run in the application's context. Exits if Superset takes the user or does not know a permission.
    """
    from superset import db, security_manager

    security_manager.add_role(role)
    found = security_manager.find_role(role)
    granted = {each: security_manager.find_permission_view_menu(*each) for each in permissions}
    if unknown := [each for each, permission in granted.items() if permission is None]:
        sys.exit(f"Superset knows no permission {unknown}")
    found.permissions = list(granted.values())
    user = security_manager.find_user(name)
    if user:
        user.roles, user.active = [found], True
        security_manager.reset_password(user.id, password)
    elif not security_manager.add_user(name, role, "", f"{name}@localhost", found, password):
        sys.exit(f"Superset did not take the user {name}")
    db.session.commit()


def make_reader(name: str, password: str, datasets: Iterable[str], first: str) -> None:
    """The account that sees the dashboards on the datasets with these uuids, `first` to begin with, and changes nothing."""
    from superset import db, security_manager
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.dashboard import Dashboard
    from superset.models.user_attributes import UserAttribute

    tables = db.session.query(SqlaTable).filter(SqlaTable.uuid.in_(list(datasets))).all()
    make(name, password, "Reader", [*READER_MAY, *(("datasource_access", table.perm) for table in tables)])
    user, dashboard = security_manager.find_user(name), Dashboard.get(first)
    attribute = db.session.query(UserAttribute).filter_by(user_id=user.id).one_or_none() or UserAttribute(user_id=user.id)
    attribute.welcome_dashboard_id = dashboard.id
    db.session.add(attribute)
    db.session.commit()


def make_publisher(name: str, password: str, datasets: Iterable[str]) -> None:
    """The account of Airflow's task `publish`, which has the answers of all datasets on these datasets' schema forgotten."""
    from superset import db, security_manager
    from superset.connectors.sqla.models import SqlaTable

    schemas = {table.schema_perm for table in db.session.query(SqlaTable).filter(SqlaTable.uuid.in_(list(datasets)))}
    for schema in schemas:
        security_manager.add_permission_view_menu("schema_access", schema)
    make(name, password, "Publisher", [*PUBLISHER_MAY, *(("schema_access", schema) for schema in schemas)])


def make_all(first: str, datasets: Iterable[str]) -> None:
    """Makes them in the application's context; names and passwords are in the environment. A second time changes nothing."""
    uuids = list(datasets)
    make_reader(os.environ["SUPERSET_READER"], os.environ["SUPERSET_READER_PASSWORD"], uuids, first)
    make_publisher(os.environ["SUPERSET_PUBLISHER"], os.environ["SUPERSET_PUBLISHER_PASSWORD"], uuids)


def main(first: str, *datasets: str) -> None:
    """Makes them in an application of its own."""
    with create_app().app_context():
        make_all(first, datasets)


if __name__ == "__main__":
    main(*sys.argv[1:])
