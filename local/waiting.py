"""Every time-out of the local stack and its tests, in seconds on an idle machine with two cores.

A slower or busier machine raises all of them by one variable: `WAIT_FACTOR=3 make test`.
"""

import os
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from local.state import StackError

Found = TypeVar("Found")

try:
    _FACTOR = float(os.environ.get("WAIT_FACTOR") or 1)
except ValueError:
    raise SystemExit(f"error: WAIT_FACTOR is {os.environ['WAIT_FACTOR']!r}. Remedy: a number, as 3.") from None

ANSWER = 120 * _FACTOR
"""One response of a server that is up."""
STOPPED = 60 * _FACTOR
"""A server that is stopping."""
LEFT = 5 * _FACTOR
"""A leftover process after SIGTERM, until it is killed."""
STARTED = 180 * _FACTOR
"""A server that was started, until it is healthy; a DAG, until it is parsed."""
COMMAND = 600 * _FACTOR
"""A command that ends by itself: a migration, a build, an installation."""
RUN = 1200 * _FACTOR
"""A run of the DAG."""
TEST = 2400 * _FACTOR
"""A test with the fixtures that it is the first to need."""


def until(holds: Callable[[], Found | None], seconds: float, message: Callable[[], str], pause: float = 0.2) -> Found:
    """The first true value that `holds` returns; it is called every `pause` seconds.

    Raises:
        StackError: it returns nothing true in that time; `message` makes the error's text.
    """
    retrying = Retrying(retry=retry_if_result(lambda found: not found), wait=wait_fixed(pause), stop=stop_after_delay(seconds))
    try:
        found = retrying(holds)
    except RetryError:
        raise StackError(message()) from None
    assert found is not None
    return found
