"""The raw tables filled from recorded replies or made-up rows, and dbt in this process.

The raw tables are made from `include.kofic.tables` and filled here, not by the project's loader: these
tests are about the dbt project alone.
"""

import gzip
import itertools
import json
import os
import pickle
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
from adbc_driver_postgresql import dbapi
from dbt.artifacts.resources.types import NodeType
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from include.kofic.calendar import SEOUL
from include.kofic.tables import DAILY_BOX_OFFICE, LOAD_AUDIT, MOVIE, MOVIE_LISTS, RAW_TABLES, UNFILTERED, Table, table_named
from local.state import Stack

REPOSITORY = Path(__file__).parents[2]
PROJECT = REPOSITORY / "include" / "dbt"
IN_THE_PROJECT = (f"--project-dir={PROJECT}", f"--profiles-dir={PROJECT}", "--log-level=none", "--log-level-file=none")
DATABASE = "warehouse"
RECORDED_AT = datetime(2024, 7, 5, 1, 30, tzinfo=UTC)
LOADED_AT = datetime(2024, 7, 5, 1, 40, tzinfo=UTC)

Row = dict[str, Any]
Reply = dict[str, Any]


def recorded_replies(recordings: Path, name: str) -> list[Reply]:
    """The recorded replies of that name, with the question's parameters."""
    with gzip.open(recordings / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _parsed(table: Table, record: dict[str, Any]) -> Row:
    return {column.name: column.kind.parse(record.get(column.source or "")) for column in table.api_columns}


def daily_rows(replies: Iterable[Reply]) -> list[Row]:
    """Recorded daily replies as rows of the raw table."""
    rows = []
    for reply in replies:
        params = reply["params"]
        asked = {
            "target_date": datetime.strptime(params["targetDt"], "%Y%m%d").date(),
            "multi_movie_yn": params.get("multiMovieYn", UNFILTERED),
            "rep_nation_cd": params.get("repNationCd", UNFILTERED),
            "wide_area_cd": params.get("wideAreaCd", UNFILTERED),
        }
        rows += [asked | _parsed(DAILY_BOX_OFFICE, record) for record in reply["body"]["boxOfficeResult"]["dailyBoxOfficeList"]]
    return rows


def movie_rows(replies: Iterable[Reply]) -> dict[str, list[Row]]:
    """Recorded movieInfo replies as rows of the film's tables, by table."""
    rows: dict[str, list[Row]] = {table.name: [] for table in (MOVIE, *MOVIE_LISTS)}
    for reply in replies:
        info = reply["body"]["movieInfoResult"]["movieInfo"]
        film = _parsed(MOVIE, info) | {"known_to_api": True}
        rows[MOVIE.name].append(film)
        for table in MOVIE_LISTS:
            rows[table.name] += [
                _parsed(table, record) | {"movie_cd": film["movie_cd"], "position": position}
                for position, record in enumerate(info[table.source_list], start=1)
            ]
    return rows


@dataclass(frozen=True)
class Node:
    """One model, seed, test or source that dbt ran."""

    name: str
    kind: str
    status: str
    message: str
    seconds: float


@dataclass(frozen=True)
class DbtRun:
    """What a dbt command came to."""

    success: bool
    nodes: list[Node]
    exception: BaseException | None

    @property
    def statuses(self) -> dict[str, str]:
        """The status of every node, by its name."""
        return {node.name: node.status for node in self.nodes}

    @property
    def failures(self) -> dict[str, str]:
        """What did not simply succeed or pass, warnings included, the skipped ones last; empty where all is well."""
        nodes = sorted(self.nodes, key=lambda node: node.status == "skipped")
        found = {node.name: f"{node.status}: {node.message}" for node in nodes if node.status not in ("success", "pass")}
        return found if not self.exception else found | {"dbt": repr(self.exception)}


@cache
def _parsed_project(words: tuple[str, ...], profile: tuple[tuple[str, str], ...]) -> bytes:
    """The project, parsed once for each profile (`profile` is what its environment variables are)."""
    manifest = dbtRunner().invoke(["parse", *IN_THE_PROJECT, *words]).result
    assert isinstance(manifest, Manifest)
    return pickle.dumps({each.name: getattr(manifest, each.name) for each in fields(manifest) if not each.name.startswith("_")})


@dataclass(frozen=True)
class Warehouse:
    """One PostgreSQL database and the dbt project pointed at it."""

    port: int
    work: Path
    user: str = "warehouse"
    password: str = field(default="any", repr=False)

    @classmethod
    def of_stack(cls, stack: Stack, work: Path) -> "Warehouse":
        """The stack's warehouse, as the pipeline's user."""
        return cls(stack.ports["postgres"], work, "pipeline", stack.secrets["pipeline"])

    @property
    def profile(self) -> dict[str, str]:
        """The environment variables of dbt's own profile, for this database."""
        own = {"HOST": "127.0.0.1", "PORT": str(self.port), "USER": self.user, "PASSWORD": self.password, "DATABASE": DATABASE}
        return {f"WAREHOUSE_{name}": value for name, value in own.items()}

    def execute(self, *statements: str, database: str = DATABASE) -> None:
        """Run statements, each in a transaction of its own."""
        with self._connect(database) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._connect(DATABASE) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def value(self, query: str) -> Any:
        """The only value of a query."""
        ((value,),) = self.rows(query)
        return value

    def content(self, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of the tables that dbt built, or of those named, sorted."""
        columns: dict[str, list[str]] = {}
        for schema, table, column in self.rows(
            "select c.table_schema, c.table_name, c.column_name from information_schema.columns as c "
            "inner join information_schema.tables as t using (table_schema, table_name) "
            "where c.table_schema in ('analytics', 'staging') and t.table_type = 'BASE TABLE' order by 1, 2, c.ordinal_position"
        ):
            if not tables or table in tables:
                columns.setdefault(f"{schema}.{table}", []).append(f'"{column}"::text')
        return {table: sorted(self.rows(f"select {', '.join(names)} from {table}"), key=repr) for table, names in columns.items()}

    def create_raw_tables(self) -> None:
        """The empty raw tables, as `include.kofic.tables` describes them."""
        statements = ["create schema if not exists raw_data"]
        for table in (*RAW_TABLES, LOAD_AUDIT):
            columns = ", ".join(f'"{column.name}" {column.kind.postgres}' for column in table.columns)
            statements.append(f"create table raw_data.{table.name} ({columns})")
        self.execute(*statements)

    def load(
        self,
        table_name: str,
        rows: Iterable[Row],
        run: str = "recorded",
        captured_at: datetime = RECORDED_AT,
        loaded_at: datetime = LOADED_AT,
    ) -> None:
        """Load one object as the loader would: its rows replace what it held before, and load_audit hears of it."""
        table = table_named(table_name)
        source_object = f"raw/{table_name}/captured_on={captured_at.astimezone(SEOUL).date()}/{run}.parquet"
        complete = [{"captured_at": captured_at} | row | {"source_object": source_object} for row in rows]
        before = self.rows(
            f"select first_target_date, last_target_date from raw_data.load_audit where source_object = '{source_object}'"
        )
        days = [day for day in (*(row.get("target_date") for row in complete), *itertools.chain(*before)) if day]
        audit = {"table_name": table_name, "source_object": source_object, "row_count": len(complete), "loaded_at": loaded_at}
        audit |= {"first_target_date": min(days, default=None), "last_target_date": max(days, default=None)}
        self.execute(
            f"delete from raw_data.{table_name} where source_object = '{source_object}'",
            f"delete from raw_data.load_audit where source_object = '{source_object}'",
        )
        with self._connect(DATABASE) as connection, connection.cursor() as cursor:
            for name, schema, records in ((table_name, table.schema, complete), ("load_audit", LOAD_AUDIT.schema, [audit])):
                if records:
                    data = pa.Table.from_pylist(records, schema=schema)
                    cursor.adbc_ingest(name, data, mode="append", db_schema_name="raw_data")

    def dbt(self, *arguments: str, **profile: str) -> DbtRun:
        """Run dbt in this process against this database; `profile` overrides environment variables of the dbt profile."""
        overrides = {f"WAREHOUSE_{name.upper()}": value for name, value in profile.items()}
        environment = {**self.profile, **overrides}
        with patch.dict(os.environ, {**environment, "DO_NOT_TRACK": "1"}):
            return self._dbt(arguments)

    def _dbt(self, arguments: tuple[str, ...]) -> DbtRun:
        place = (f"--target-path={self.work / 'target'}", f"--log-path={self.work / 'logs'}")
        target = tuple(word for word in arguments if word.startswith("--target="))
        profile = tuple((name, value) for name, value in sorted(os.environ.items()) if name.startswith("WAREHOUSE_"))
        # A run changes the manifest that it is given.
        manifest = Manifest(**pickle.loads(_parsed_project((*target, *place), profile)))
        done = dbtRunner(manifest).invoke(["--no-write-json", *arguments, *IN_THE_PROJECT, *place])
        nodes = [
            Node(ran.node.name, str(ran.node.resource_type), str(ran.status), ran.message or "", ran.execution_time)
            for ran in getattr(done.result, "results", [])
            # dbt build lists the dashboards' exposures too, but runs nothing for them.
            if ran.node.resource_type != NodeType.Exposure
        ]
        return DbtRun(done.success, nodes, done.exception)

    def save_as(self, template: str) -> None:
        """Keep this database under another name, to start from again."""
        self.execute(
            f'drop database if exists "{template}"',
            f'create database "{template}" template "{DATABASE}"',
            database="postgres",
        )

    def start_from(self, template: str) -> None:
        """Make this database a copy of another one."""
        self.execute(
            f'drop database if exists "{DATABASE}" with (force)',
            f'create database "{DATABASE}" template "{template}"',
            database="postgres",
        )

    def _connect(self, database: str) -> dbapi.Connection:
        return dbapi.connect(f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}", autocommit=True)
