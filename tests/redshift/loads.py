"""The same captures on both warehouses: written to the lake once, loaded by the project's own loaders, built by dbt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from include.kofic.batch import Batch, box_office_batch, movie_batch
from include.kofic.calendar import seoul_date
from include.kofic.lake import Lake, LakeObject
from include.kofic.secret import Secret
from include.kofic.tables import LOAD_AUDIT, RAW_TABLES, table_named
from include.kofic.warehouse.base import Warehouse as Loader
from include.kofic.warehouse.postgres import PostgresSettings, PostgresWarehouse
from include.kofic.warehouse.redshift import RedshiftSettings, RedshiftWarehouse
from tests.dbt.warehouse import DbtRun, Row, Warehouse

ROLE = "arn:aws:iam::123456789012:role/box-office-copy"
CAPTURED_AT = datetime(2024, 7, 5, 1, 30, tzinfo=UTC)
Objects = Mapping[str, LakeObject]


def captured(lake: Lake, name: str, rows: Mapping[str, Iterable[Row]], at: datetime = CAPTURED_AT) -> Objects:
    """Writes rows, by table, as the objects of one run."""
    written: dict[str, LakeObject] = {}
    for batch in (box_office_batch(), movie_batch()):
        if any(table.name in rows for table in batch.tables):
            _fill(batch, rows, at)
            written |= lake.write(batch, seoul_date(at), f"{name}-{len(batch.tables)}")
    return {table: each for table, each in written.items() if table in rows}


def _fill(batch: Batch, rows: Mapping[str, Iterable[Row]], at: datetime) -> None:
    for table in batch.tables:
        batch.rows[table.name] = [{"captured_at": at, **row} for row in rows.get(table.name, [])]


@dataclass(frozen=True)
class Target:
    """One warehouse as dbt's target: its loader, and where its tables are read."""

    name: str
    port: int
    database: str
    loader: Loader
    postgres: Warehouse

    def load(self, objects: Objects, at: datetime) -> None:
        """Loads the objects as the pipeline does; then the audit gets this moment, so that two warehouses can be compared."""
        self.loader.ensure_tables(RAW_TABLES)
        for table, each in objects.items():
            assert self.loader.load(table_named(table), [each]) == each.rows
        keys = ", ".join(f"'{self.loader.lake.uri(each.key)}'" for each in objects.values())  # type: ignore[attr-defined]
        self._execute(f"update raw_data.{LOAD_AUDIT.name} set loaded_at = '{at.isoformat()}' where source_object in ({keys})")

    def dbt(self, *arguments: str) -> DbtRun:
        """dbt, on this target."""
        return self.postgres.dbt(*arguments, f"--target={self.name}", port=str(self.port), database=self.database)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, read from PostgreSQL itself."""
        with self.postgres._connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def analytics(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table of `analytics`, in an order that depends on the values alone; decimals by value, not by scale."""
        columns: dict[str, list[str]] = {}
        for table, column, kind in self.rows(
            "select table_name, column_name, data_type from information_schema.columns "
            "where table_schema = 'analytics' order by table_name, ordinal_position"
        ):
            plain = f'trim_scale("{column}")::text' if kind == "numeric" else f'"{column}"::text'
            columns.setdefault(table, []).append(plain)
        return {
            table: sorted(self.rows(f"select {', '.join(plain)} from analytics.{table}"), key=repr)
            for table, plain in columns.items()
        }

    def _execute(self, statement: str) -> None:
        with self.postgres._connect(self.database) as connection, connection.cursor() as cursor:
            cursor.execute(statement)


def redshift_loader(port: int, database: str, lake: Lake) -> RedshiftWarehouse:
    """The project's loader, at the stand-in."""
    return RedshiftWarehouse(RedshiftSettings("127.0.0.1", port, database, "warehouse", ROLE, Secret("any")), lake)


def targets(postgres: Warehouse, redshift_port: int, databases: tuple[str, str], lake: Lake, work: Path) -> tuple[Target, Target]:
    """PostgreSQL and Redshift, side by side on one lake."""
    place = PostgresSettings("127.0.0.1", postgres.port, databases[0], "warehouse", Secret(""))
    return (
        Target("local", postgres.port, databases[0], PostgresWarehouse(place, lake), Warehouse(postgres.port, work / "local")),
        Target(
            "redshift",
            redshift_port,
            databases[1],
            redshift_loader(redshift_port, databases[1], lake),
            Warehouse(postgres.port, work / "redshift"),
        ),
    )
