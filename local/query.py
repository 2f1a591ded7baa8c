"""`make sql`: one query on the warehouse, as a role that can only read."""

import csv
import sys

import psycopg

from local.postgres import ANALYST
from local.state import Stack, StackError

_SEVERAL = "cannot insert multiple commands into a prepared statement"


def print_csv(stack: Stack, query: str) -> None:
    """Prints the result as CSV, each value as PostgreSQL writes it; times are Seoul's.

    Raises:
        StackError: it is not a query, it is several, or PostgreSQL refuses it; the message includes PostgreSQL's.
    """
    if ANALYST not in stack.secrets:
        raise StackError("this stack was started before `make sql` had a user of its own. Remedy: `make down`, then `make demo`.")
    try:
        result = _result(stack, query)
    except psycopg.errors.SyntaxError as error:
        several = error.diag.message_primary == _SEVERAL
        raise StackError(
            "Q holds more than one statement. Remedy: a `make sql` for each." if several else _failed(error)
        ) from None
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction) as error:
        raise StackError(f"{error}. Remedy: `make sql` reads raw_data, staging and analytics, and writes nothing.") from None
    except psycopg.Error as error:
        raise StackError(_failed(error)) from None
    columns = range(result.nfields)
    writer = csv.writer(sys.stdout)
    writer.writerow([(result.fname(column) or b"").decode() for column in columns])
    for row in range(result.ntuples):
        writer.writerow([(result.get_value(row, column) or b"").decode() for column in columns])


def _result(stack: Stack, query: str) -> "psycopg.pq.abc.PGresult":
    place = f"host=127.0.0.1 port={stack.ports['postgres']} dbname=warehouse user={ANALYST} connect_timeout=5"
    try:
        opened = psycopg.connect(place, password=stack.secrets[ANALYST])
    except psycopg.OperationalError as error:
        raise StackError(f"the warehouse refuses the connection: {error}\nRemedy: `make down`, then `make demo`.") from None
    with opened as connection:
        connection.read_only = True
        # PostgreSQL prepares one statement and refuses several.
        cursor = connection.execute(query.encode(), prepare=True)
        if cursor.description is None or cursor.pgresult is None:
            raise StackError('that is no query: it has no result. Remedy: make sql Q="select …"')
        return cursor.pgresult


def _failed(error: psycopg.Error) -> str:
    return f"{error}\nRemedy: correct the query; information_schema.columns lists what can be read."
