"""Loads a Parquet file into PostgreSQL by dlt, at its fastest: Arrow in, CSV into COPY, no staging, the schema known.

    DESTINATION=postgresql://… python benchmarks/peers/dlt_load.py FILE

Prints the seconds of `pipeline.run`.
"""

import os
import sys
import tempfile
import time

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "DATA_WRITER__BUFFER_MAX_ITEMS": "100000"}

import dlt  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

with tempfile.TemporaryDirectory() as folder:
    to = dlt.destinations.postgres(os.environ["DESTINATION"])
    pipeline = dlt.pipeline("load", pipelines_dir=folder, destination=to, dataset_name="by_dlt")
    started = time.perf_counter()
    pipeline.run(
        pq.read_table(sys.argv[1]), table_name="daily_box_office", loader_file_format="csv", write_disposition="append"
    ).raise_on_failed_jobs()
    print(time.perf_counter() - started)  # noqa: T201
