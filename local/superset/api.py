"""The part of Superset's REST API that the commands and the tests use."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import httpx

from local import waiting
from local.state import Stack, StackError
from local.superset.server import ADMIN, PASSWORDS


class SupersetApi:
    """A session of one of its users with the Superset of a stack."""

    def __init__(self, stack: Stack, user: str = ADMIN) -> None:
        # A connection for each call: gunicorn closes one that it kept while the next call is on its way.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.Client(base_url=stack.superset_url, timeout=waiting.ANSWER, limits=limits, trust_env=False)
        self._log = stack.log_file("superset")
        login = {"username": user, "password": stack.secrets[PASSWORDS[user]], "provider": "db", "refresh": False}
        token = self._send("POST", "security/login", json=login).json()["access_token"]
        self._http.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/json"})

    def _send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        headers = self._http.headers
        # A token for writing is asked for by who writes: a reader may not ask.
        if method != "GET" and "Authorization" in headers and "X-CSRFToken" not in headers:
            headers["X-CSRFToken"] = self._send("GET", "security/csrf_token/").json()["result"]
        answer = self._http.request(method, f"/api/v1/{path}", **parts)
        if answer.is_error:
            raise StackError(
                f"Superset refuses {method} {path}: HTTP {answer.status_code} {answer.text[:1500]}\nRemedy: see {self._log}."
            )
        return answer

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of one call below /api/v1.

        Raises:
            StackError: the API refuses; the message has its reason.
        """
        return self._send(method, path, json=body).json()

    def listed(self, resource: str) -> list[dict[str, Any]]:
        """Every chart, dashboard, dataset or database, as the API lists them."""
        found: list[dict[str, Any]] = self.call("GET", f"{resource}/?q=(page:0,page_size:1000)")["result"]
        return found

    def download_csv(self, dataset: int, query: Mapping[str, Any]) -> bytes:
        """A query's answer as the CSV file that a chart's menu offers."""
        body = {"datasource": {"id": dataset, "type": "table"}, "queries": [query], "result_format": "csv", "result_type": "full"}
        return self._send("POST", "chart/data", json={**body, "form_data": {"row_limit": query["row_limit"]}}).content

    def import_assets(self, bundle: Mapping[str, str], passwords: Mapping[str, str]) -> None:
        """Imports a bundle, over what is there."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for place, text in bundle.items():
                archive.writestr(f"bundle/{place}", text)
        files = {"bundle": ("bundle.zip", packed.getvalue(), "application/zip")}
        self._send("POST", "assets/import/", files=files, data={"passwords": json.dumps(dict(passwords))})

    def export_dashboards(self) -> dict[str, str]:
        """Every dashboard with all that it needs, as files by their place in the bundle."""
        ids = ",".join(str(each["id"]) for each in self.listed("dashboard"))
        if not ids:
            return {}
        packed = self._send("GET", f"dashboard/export/?q=!({ids})").content
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            return {name.partition("/")[2]: archive.read(name).decode() for name in archive.namelist()}
