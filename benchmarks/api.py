"""A server that answers each call after so many seconds, and costs next to nothing itself.

    python -m benchmarks.api PORT SECONDS

It answers on loopback with one made-up list of a day, packed, whatever it is asked; with the day that it is asked for.
"""

import asyncio
import gzip
import json
import re
import sys
from datetime import datetime

from include.kofic.calendar import SEOUL
from include.kofic_simulator.replies import reply

DAILY = "boxoffice/searchDailyBoxOfficeList"
NOW = datetime(2024, 6, 1, 12, tzinfo=SEOUL)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"


def bodies(days: list[str], filters: tuple[dict[str, str], ...] = ({},)) -> list[tuple[dict[str, str], bytes]]:
    """The made-up world's replies of these days (YYYYMMDD), with the parameters that they answer."""
    asked = [{"targetDt": day} | more for day in days for more in filters]
    return [(params, json.dumps(reply(1, DAILY, params, NOW), ensure_ascii=False).encode()) for params in asked]


async def _serve(port: int, seconds: float) -> None:
    ((_, body),) = bodies(["20240103"])
    packed: dict[bytes, bytes] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                day = found[1] if (found := re.search(rb"targetDt=(\d{8})", request)) else b"20240103"
                await asyncio.sleep(seconds)
                if day not in packed:
                    packed[day] = gzip.compress(body.replace(b"20240103", day))
                writer.write(HEAD % len(packed[day]) + packed[day])
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
