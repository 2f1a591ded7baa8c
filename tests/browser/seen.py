"""A dashboard in a browser: its requests, the replies, and its errors."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, expect

from local import waiting
from local.state import Stack
from local.superset import server

Row = dict[str, Any]
PIXEL_REFUSED = re.compile(r"(Refused to load|Loading) the image 'https://apachesuperset\.gateway\.scarf\.sh/pixel/")
"""The browser's word on the tracking pixel of Superset's pages: the Content-Security-Policy forbids it, so nothing is sent."""


WATCH = """
window.textsDrawn = new Set();
const fillText = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    window.textsDrawn.add(text);
    window.lastChange = performance.now();
    return fillText.call(this, text, ...place);
};
new MutationObserver(() => { window.lastChange = performance.now(); }).observe(document, {childList: true, subtree: true});
"""
"""Keeps the texts of pictures, as the charts' axes, legends and labels are no elements of the page; and when the page last
changed, in milliseconds since it was asked for."""


@dataclass(frozen=True)
class Answer:
    """What one chart asked, and what was answered: one set of rows per query."""

    asked: list[dict[str, Any]]
    answered: list[dict[str, Any]]

    @property
    def rows(self) -> list[list[Row]]:
        """The rows of each query."""
        return [each["data"] for each in self.answered]

    @property
    def values(self) -> list[list[Any]]:
        """What each row holds, whatever its columns are called."""
        return [list(row.values()) for rows in self.rows for row in rows]


@dataclass
class Seen:
    """A dashboard's page, and all that went on in it."""

    page: Page
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    _responses: list[Response] = field(default_factory=list)

    def _logged(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not PIXEL_REFUSED.match(said.text):
            self.errors.append(said.text)

    def take_answers(self) -> dict[int, Answer]:
        """What the charts asked and got since the last time, by the chart's number; the last answer of each."""
        found = {}
        for response in self._responses:
            assert response.ok, f"{response.status}: {response.text()[:500]}"
            chart = chart_of(response.request)
            if chart is not None:
                found[chart] = Answer(response.request.post_data_json["queries"], response.json()["result"])
        self._responses.clear()
        return found

    def settle(self) -> None:
        """Waits until no chart is on its way."""
        self.page.wait_for_load_state("networkidle")
        expect(self.page.locator("[data-test=loading-indicator], .loading")).to_have_count(0, timeout=1000 * waiting.ANSWER)

    def _glance(self) -> bytes:
        # A PNG of a page of this height takes half a second to write.
        return self.page.screenshot(type="jpeg", quality=30)

    def drawn(self) -> list[str]:
        """Every text that was written into a picture."""
        return list(self.page.evaluate("() => [...window.textsDrawn]"))

    def complete_after(self) -> float:
        """Seconds from asking for the page to the last change of it."""
        return float(self.page.evaluate("() => window.lastChange")) / 1000

    def picture(self) -> bytes:
        """The page as a PNG, when its charts have stopped moving."""
        before, now = b"", self._glance()
        for _ in range(20):
            if now == before:
                return self.page.screenshot()
            before, now = now, self._glance()
        raise AssertionError("the page does not come to rest")


def chart_of(request: Request) -> int | None:
    """The number of the chart that a request for data is for; None for a filter's own list of values."""
    form = parse_qs(urlsplit(request.url).query).get("form_data")
    number = json.loads(form[0]).get("slice_id") if form else None
    return int(number) if number else None


def signed_in(context: BrowserContext, stack: Stack, user: str, first: str) -> dict[str, Any]:
    """Signs in as a person does, and comes to the page `first`; returns the session's state."""
    page = context.new_page()
    page.goto(f"{stack.superset_url}/login/")
    page.fill("#username", user)
    page.fill("#password", stack.secrets[server.PASSWORDS[user]])
    page.click("button[type=submit]")
    page.wait_for_url(f"**/superset/{first}/**")
    return dict(context.storage_state())


@contextmanager
def opened(context: BrowserContext, stack: Stack, slug: str) -> Iterator[Seen]:
    """A dashboard, opened to its last chart. Requests to other hosts are blocked and recorded."""
    page = context.new_page()
    seen = Seen(page)

    def only_here(route: Any) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in ("data", "blob") or route.request.url.startswith(stack.superset_url):
            route.fallback()
        else:
            seen.elsewhere.append(route.request.url)
            route.abort()

    def heard(response: Response) -> None:
        if response.status >= 400:
            seen.errors.append(f"HTTP {response.status}: {response.url}")
        if "/api/v1/chart/data" in response.url and response.request.method == "POST":
            seen._responses.append(response)

    page.add_init_script(WATCH)
    page.route("**/*", only_here)
    page.on("console", seen._logged)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("response", heard)
    try:
        page.goto(f"{stack.superset_url}/superset/dashboard/{slug}/")
        expect(page.locator(".dashboard-component-chart-holder").first).to_be_visible(timeout=1000 * waiting.ANSWER)
        seen.settle()
        yield seen
    finally:
        page.close()
