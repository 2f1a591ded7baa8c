"""Tells Superset that the tables are new: it forgets what it has answered, and a dashboard's next view asks the warehouse."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

from include.kofic.errors import KoficError
from include.kofic.secret import Secret

SCHEMA = "analytics"
"""Where the published tables are, and the dashboards' datasets with them."""

_SECONDS = 10.0
_PAGE = 100
"""Superset lists no more at a time (FAB_API_MAX_PAGE_SIZE)."""


@dataclass(frozen=True)
class SupersetSettings:
    """A Superset, without a path, and a user of it who may read datasets and invalidate the cache."""

    url: str
    user: str
    password: Secret


class NotRefreshed(KoficError):
    """Superset was not reached, or refused: its dashboards show the tables of before until what it keeps has expired."""


def forget_answers(settings: SupersetSettings) -> int:
    """Makes Superset forget every answer of the datasets on the published tables; returns how many datasets these are.

    Raises:
        NotRefreshed: Superset does not answer, refuses, or does not answer as Superset does.
    """
    headers = {"Accept": "application/json", "Referer": settings.url}
    try:
        # A connection for each call: gunicorn closes one that it kept while the next call is on its way.
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(base_url=settings.url, headers=headers, timeout=_SECONDS, limits=limits, trust_env=False) as http:
            login = {"username": settings.user, "password": settings.password.reveal(), "provider": "db", "refresh": False}
            http.headers["Authorization"] = f"Bearer {_called(http, 'POST', 'security/login', json=login)['access_token']}"
            uids = [f"{number}__table" for number in _datasets(http)]
            http.headers["X-CSRFToken"] = _called(http, "GET", "security/csrf_token/")["result"]
            _called(http, "POST", "cachekey/invalidate", json={"datasource_uids": uids})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotRefreshed(
            f"Superset does not answer ({type(error).__name__}: {error}). Remedy: start it, or correct the connection `superset`."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise NotRefreshed("what answers is no Superset. Remedy: correct the host of the connection `superset`.") from None
    return len(uids)


def _datasets(http: httpx.Client) -> Iterator[int]:
    """The numbers of the datasets on the published tables."""
    chosen = f"columns:!(id),filters:!((col:schema,opr:eq,value:{SCHEMA})),order_column:table_name,order_direction:asc"
    for page in count():
        asked = {"q": f"({chosen},page:{page},page_size:{_PAGE})"}
        found = [int(each["id"]) for each in _called(http, "GET", "dataset/", params=asked)["result"]]
        yield from found
        if len(found) < _PAGE:
            return


def _called(http: httpx.Client, method: str, path: str, **parts: Any) -> Any:
    answer = http.request(method, f"/api/v1/{path}", **parts)
    if not answer.is_success:
        raise NotRefreshed(
            f"Superset answers HTTP {answer.status_code} to {method} {path}. Remedy: give the connection `superset` the login "
            "and password of a user who may read datasets and invalidate the cache, as `publisher`."
        )
    return answer.json()
