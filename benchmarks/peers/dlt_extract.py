"""The same calls by dlt, as many at a time as it is told: its own REST client, a resource that defers each call to a worker.

    python benchmarks/peers/dlt_extract.py PORT CALLS WORKERS

Prints the seconds of `pipeline.extract`.
"""

import os
import sys
import tempfile
import time
from datetime import date, timedelta

port, calls, workers = map(int, sys.argv[1:])
os.environ |= {
    "EXTRACT__WORKERS": str(workers),
    "EXTRACT__MAX_PARALLEL_ITEMS": str(workers),
    "RUNTIME__DLTHUB_TELEMETRY": "false",
}

import dlt  # noqa: E402
from dlt.sources.helpers import requests  # noqa: E402


@dlt.resource(parallelized=False)
def days():
    for number in range(calls):
        yield f"{date(2024, 1, 1) + timedelta(days=number % 180):%Y%m%d}"


@dlt.transformer(data_from=days, name="daily_box_office")
def daily_box_office(day: str):
    @dlt.defer
    def ask():
        address = f"http://127.0.0.1:{port}/kobisopenapi/webservice/rest/boxoffice/searchDailyBoxOfficeList.json"
        answer = requests.get(address, params={"key": "key", "targetDt": day}, timeout=30)
        return answer.json()["boxOfficeResult"]["dailyBoxOfficeList"]

    yield ask()


with tempfile.TemporaryDirectory() as folder:
    pipeline = dlt.pipeline("extract", pipelines_dir=folder, destination="dummy")
    started = time.perf_counter()
    pipeline.extract(daily_box_office)
    print(time.perf_counter() - started)  # noqa: T201
