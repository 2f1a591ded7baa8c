"""A container's health check: `python healthy.py scheduler` ends with 0 while Airflow's health page calls it healthy."""

import json
import os
import sys
from urllib.request import urlopen

ADDRESS = os.environ.get("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "http://api-server:8080/execution/")


def main(component: str) -> int:
    """0 if the component has a fresh heartbeat (the metadata database: an answer), else 1."""
    page = ADDRESS.removesuffix("/execution/") + "/api/v2/monitor/health"
    with urlopen(page, timeout=8) as answer:
        health = json.load(answer)
    return int(health[component]["status"] != "healthy")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
