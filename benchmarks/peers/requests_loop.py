"""What most projects write: a `requests` session in a loop. Prints the seconds of so many calls, the replies decoded.

python -m benchmarks.peers.requests_loop PORT CALLS
"""

import sys
import time
from datetime import date, timedelta

import requests

port, calls = map(int, sys.argv[1:])
session = requests.Session()
session.trust_env = False
started = time.perf_counter()
for number in range(calls):
    day = date(2024, 1, 1) + timedelta(days=number % 180)
    asked = {"key": "key", "targetDt": f"{day:%Y%m%d}"}
    address = f"http://127.0.0.1:{port}/kobisopenapi/webservice/rest/boxoffice/searchDailyBoxOfficeList.json"
    answer = session.get(address, params=asked, timeout=30)
    answer.raise_for_status()
    answer.json()
print(time.perf_counter() - started)  # noqa: T201
