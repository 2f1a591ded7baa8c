"""Which requests a range of days needs, and how they are sent."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from include.kofic.batch import Batch, box_office_batch, movie_batch, weekly_batch
from include.kofic.calendar import DayRange
from include.kofic.client import KoficClient
from include.kofic.errors import KoficError, RequestError
from include.kofic.filters import FilterSet
from include.kofic.parse import add_daily_reply, add_movie_reply, add_unreadable, add_weekly_reply
from include.kofic.replies import DAILY_BOX_OFFICE as DAILY_ENDPOINT
from include.kofic.replies import MOVIE_INFO as MOVIE_ENDPOINT
from include.kofic.replies import WEEKLY_BOX_OFFICE as WEEKLY_ENDPOINT
from include.kofic.replies import Reply
from include.kofic.tables import DAILY_BOX_OFFICE, MOVIE, WEEKLY_BOX_OFFICE, Table
from include.kofic.weeks import WeeklyList

FAILED_IN_A_ROW = 12
"""After this many consecutive requests without a readable reply no more are sent: the API itself is failing.

Two days of five filter sets are fewer; at five tries each it is 60 of the 3,000 calls of a day.
"""


@dataclass(frozen=True)
class _Request:
    """A request, the table its reply is for, and how the reply is added."""

    endpoint: str
    params: Mapping[str, str]
    table: Table
    add: Callable[[Batch, Reply], None]


async def _send_all(client: KoficClient, batch: Batch, requests: Sequence[_Request]) -> RequestError | None:
    """Sends with `concurrency` workers. The reply of a request that fails is kept as rejected, and the others continue.

    After `FAILED_IN_A_ROW` failures the rest is not sent. Returns the last failure if no request succeeded, else None.

    Raises:
        KoficError: a fault that every request would meet (the key, the quota, the network); the others stop immediately.
    """
    batch.requests = len(requests)
    pending = iter(requests)
    answered = in_a_row = 0
    last: RequestError | None = None

    async def work() -> None:
        nonlocal answered, in_a_row, last
        while not batch.stopped and (each := next(pending, None)):
            try:
                reply = await client.get(each.endpoint, each.params)
            except RequestError as error:
                add_unreadable(batch, each.table, each.endpoint, each.params, error)
                in_a_row, last = in_a_row + 1, error
                if in_a_row >= FAILED_IN_A_ROW:
                    batch.stopped = error
            else:
                answered, in_a_row = answered + 1, 0
                each.add(batch, reply)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(client.settings.concurrency):
                group.create_task(work())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return None if answered else last


async def collect_box_office(client: KoficClient, days: DayRange, filter_sets: Iterable[FilterSet]) -> Batch:
    """The box office of each day under each filter set, as it is now. One call each; unreadable replies are kept as rejected.

    Raises:
        KoficError: a fault that every request would meet (the key, the quota, the network), or no request succeeded;
            nothing of the batch is kept then.
    """
    batch = box_office_batch()
    requests = [
        _Request(
            DAILY_ENDPOINT,
            {"targetDt": f"{day:%Y%m%d}", **filters.params},
            DAILY_BOX_OFFICE,
            partial(add_daily_reply, day=day, filters=filters),
        )
        for day in days
        for filters in filter_sets
    ]
    if failure := await _send_all(client, batch, requests):
        raise failure
    return batch


async def collect_movies(client: KoficClient, movie_cds: Iterable[str]) -> Batch:
    """The master data of each film, as it is now. One call each; unreadable replies are kept as rejected.

    No API fault raises: the batch holds what was read so far, and `stopped` says why it is not more.
    """
    requests = [
        _Request(MOVIE_ENDPOINT, {"movieCd": movie_cd}, MOVIE, partial(add_movie_reply, movie_cd=movie_cd))
        for movie_cd in movie_cds
    ]
    return await _send_what_can_be(client, movie_batch(), requests)


async def collect_weeks(client: KoficClient, lists: Iterable[WeeklyList]) -> Batch:
    """The lists of weeks, as they are now. One call each; unreadable replies are kept as rejected.

    No API fault raises, as in `collect_movies`.
    """
    requests = [
        _Request(WEEKLY_ENDPOINT, each.params, WEEKLY_BOX_OFFICE, partial(add_weekly_reply, asked=each)) for each in lists
    ]
    return await _send_what_can_be(client, weekly_batch(), requests)


async def _send_what_can_be(client: KoficClient, batch: Batch, requests: Sequence[_Request]) -> Batch:
    try:
        await _send_all(client, batch, requests)
    except KoficError as error:
        batch.stopped = error
    return batch
