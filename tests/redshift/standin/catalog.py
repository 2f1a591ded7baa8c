"""What a database needs before the stand-in can serve it."""

from pathlib import Path
from typing import Any

_FUNCTIONS = Path(__file__).parent / "functions.sql"


def install(superuser: Any) -> None:
    """Gives a database what Redshift has and PostgreSQL lacks; `superuser` is a psycopg2 connection to it."""
    with superuser.cursor() as cursor:
        cursor.execute(_FUNCTIONS.read_text(encoding="utf-8"))
    superuser.commit()
