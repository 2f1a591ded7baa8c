"""Loads the first rows of a Parquet file into PostgreSQL by dlt, in one of two ways.

    DESTINATION=postgresql://… python benchmarks/peers/dlt_load.py arrow|records FILE ROWS

records: as its documentation begins, Python's dictionaries and its own choice of format. arrow: at its fastest, an Arrow table,
CSV into COPY, no staging. Prints the seconds of `pipeline.run`.
"""

import os
import sys
import tempfile
import time

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "DATA_WRITER__BUFFER_MAX_ITEMS": "100000"}

import dlt  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

how, file, count = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    to = dlt.destinations.postgres(os.environ["DESTINATION"])
    pipeline = dlt.pipeline("load", pipelines_dir=folder, destination=to, dataset_name="by_dlt")
    table = pq.read_table(file).slice(0, int(count))
    rows, form = (table, "csv") if how == "arrow" else (table.to_pylist(), None)
    started = time.perf_counter()
    pipeline.run(rows, table_name="daily_box_office", loader_file_format=form, write_disposition="append").raise_on_failed_jobs()
    print(time.perf_counter() - started)  # noqa: T201
