"""What the demo prints at the end: rows per layer, the latest day's top ten, addresses."""

from contextlib import closing

from psycopg2 import sql
from rich.console import Console
from rich.table import Table

from local import airflow_env, postgres
from local.state import LOGS, ROOT, Stack

_LAYERS = ("raw_data", "staging", "analytics")
_TOP_TEN = """
select fct.rank, fct.movie_nm, fct.audi_cnt, fct.sales_amt, fct.scrn_cnt, fct.audi_acc, fct.target_date
from analytics.fct_daily_box_office as fct
where
    fct.target_date = (select max(target_date) from analytics.fct_daily_box_office)
    and fct.multi_movie_yn = 'ALL' and fct.rep_nation_cd = 'ALL' and fct.wide_area_cd = 'ALL'
order by fct.rank, fct.movie_cd
"""


def show(stack: Stack, console: Console) -> None:
    """Prints what the run found."""
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
        layers = Table("layer", "relation", "rows", title="Rows per layer")
        for schema in _LAYERS:
            cursor.execute(
                "select table_name from information_schema.tables where table_schema = %s order by table_name", (schema,)
            )
            for (name,) in cursor.fetchall():
                cursor.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name)))
                found = cursor.fetchone()
                layers.add_row(schema, name, f"{found[0] if found else 0:,}")
        console.print(layers)
        cursor.execute(_TOP_TEN)
        rows = cursor.fetchall()
    if not rows:
        console.print("The box office of these days is empty.")
        return
    top = Table(title=f"Top ten of {rows[0][-1]}, the latest day")
    for heading, justify in (("#", "right"), ("film", "left"), ("admissions", "right"), ("sales, won", "right")):
        top.add_column(heading, justify=justify)  # type: ignore[arg-type]
    top.add_column("screens", justify="right")
    top.add_column("admissions so far", justify="right")
    for rank, name, *figures, _ in rows:
        top.add_row(str(rank), name, *(f"{figure:,}" for figure in figures))
    console.print(top)


def addresses(stack: Stack, console: Console) -> None:
    """Prints where to look."""
    login = stack.secrets["airflow_login"]
    console.print(f"Airflow:   {stack.airflow_url}/dags/box_office_daily  (user {airflow_env.AIRFLOW_USER}, password {login})")
    console.print(f"Warehouse: postgresql://pipeline@127.0.0.1:{stack.ports['postgres']}/warehouse")
    console.print('           make sql Q="select * from analytics.dim_movie order by lifetime_sales desc limit 5"')
    console.print("Late?      make published")
    console.print(f"Lake:      s3://{airflow_env.bucket()}/raw/ on http://127.0.0.1:{stack.ports['s3']}")
    console.print(f"Logs:      {LOGS.relative_to(ROOT)}/      Stop: make down")
