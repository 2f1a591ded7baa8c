"""The reader's account: it sees every dashboard, and neither a menu nor an address leads it to what changes something."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, expect

from local import waiting
from local.state import Stack
from local.superset import bundle, dashboards, server
from local.superset.api import SupersetApi
from tests.browser.boards import DASHBOARDS, LATIN, ON_DASHBOARDS, TITLES
from tests.browser.conftest import Boards, reader_of

Call = Callable[..., APIResponse]
REFUSED = {403, 404}
MAY = {
    *(
        f"GET /api/v1/{path}"
        for path in (
            "chart/",
            "chart/_info",
            "chart/favorite_status/",
            "chart/{id_or_uuid}",
            "chart/{pk}/data/",
            "dashboard/",
            "dashboard/_info",
            "dashboard/favorite_status/",
            "dashboard/{id_or_slug}",
            "dashboard/{id_or_slug}/charts",
            "dashboard/{id_or_slug}/datasets",
            "dashboard/{id_or_slug}/tabs",
        )
    ),
    "POST /api/v1/chart/data",
    # The star beside a title, and the choice in the filters: the account's own.
    *(f"{method} /api/v1/{kind}/{{pk}}/favorites/" for method in ("POST", "DELETE") for kind in ("chart", "dashboard")),
    "POST /api/v1/dashboard/{pk}/filter_state",
    "PUT /api/v1/dashboard/{pk}/filter_state/{key}",
    # Superset answers these to anybody, without an account.
    "POST /api/v1/security/login",
    "POST /api/v1/security/refresh",
    "GET /api/v1/database/oauth2/",
    "GET /api/v1/user/{user_id}/avatar.png",
}
"""All operations of Superset's API that are not refused to the reader."""

PAGES_THAT_CHANGE = (
    "sqllab/",
    "sqllab/history/",
    "savedqueryview/list/",
    "explore/?slice_id=1",
    "chart/add",
    "dashboard/new/",
    "tablemodelview/list/",
    "databaseview/list/",
    "dataset/add/",
    "users/",
    "roles/",
    "rowlevelsecurity/list/",
    "alert/list/",
)


@pytest.fixture(scope="module")
def session(chromium: Browser, logged_in_to_read: dict[str, Any]) -> Iterator[BrowserContext]:
    """The reader's session, without a page."""
    with reader_of(chromium, storage_state=logged_in_to_read) as context:
        yield context


@pytest.fixture(scope="module")
def call(session: BrowserContext, stack: Stack) -> Call:
    """Calls Superset's API as a script in the reader's page does, with the page's own token for what writes."""
    page = session.new_page()
    page.goto(f"{stack.superset_url}/superset/dashboard/{bundle.FIRST}/")
    headers = {
        "X-CSRFToken": page.locator("#csrf_token").input_value(),
        "Referer": stack.superset_url,
        "Accept": "application/json",
    }
    page.close()

    def fetch(method: str, path: str, **parts: Any) -> APIResponse:
        address = f"{stack.superset_url}{path}"
        return session.request.fetch(address, method=method, headers=headers, max_redirects=0, **parts)

    return fetch


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_the_reader_sees_each_dashboard_with_all_its_figures(reading: Boards, numbers: dict[int, str], slug: str) -> None:
    seen = reading(slug)
    answers = {numbers[number]: answer for number, answer in seen.take_answers().items()}
    assert set(answers) == set(ON_DASHBOARDS[slug])
    assert all(all(answer.rows) for answer in answers.values())
    for name in ON_DASHBOARDS[slug]:
        expect(seen.page.get_by_text(TITLES[name], exact=True).first).to_be_visible()
    assert seen.errors == []


def test_the_reader_begins_at_the_overview_and_finds_the_others_in_the_menu(session: BrowserContext, stack: Stack) -> None:
    page = session.new_page()
    page.goto(stack.superset_url)
    page.wait_for_url(f"**/superset/dashboard/{bundle.FIRST}/**")
    page.get_by_role("menuitem", name="대시보드").first.click()
    for board in DASHBOARDS.values():
        expect(page.get_by_role("link", name=board["dashboard_title"])).to_be_visible(timeout=1000 * waiting.ANSWER)
    page.close()


def test_every_operation_of_the_api_is_refused_but_reading_dashboards(superset: SupersetApi, call: Call) -> None:
    """Superset lists them itself. What a refusal names is 1, which there is of most things."""
    operations = [
        (method.upper(), path)
        for path, methods in superset.call("GET", "_openapi")["paths"].items()
        for method in methods
        if method in ("get", "post", "put", "delete")
    ]
    assert len(operations) > 250
    answered = {
        f"{method} {path}": call(method, re.sub(r"\{[^}]*\}", "1", path)).status
        for method, path in operations
        if f"{method} {path}" not in MAY
    }
    assert {each: status for each, status in answered.items() if status not in REFUSED} == {}
    assert set(MAY) <= {f"{method} {path}" for method, path in operations}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "sqllab/execute/", {"database_id": 1, "sql": "select 1", "runAsync": False}),
        ("PUT", "dashboard/1", {"dashboard_title": "changed"}),
        ("PUT", "chart/1", {"slice_name": "changed"}),
        ("PUT", "dataset/1", {"description": "changed"}),
        ("GET", "database/1/connection", None),
        ("POST", "database/test_connection/", {"sqlalchemy_uri": "sqlite://"}),
        ("POST", "assets/import/", None),
        ("POST", "dashboard/import/", None),
        ("GET", "dashboard/export/?q=!(1)", None),
        ("GET", "assets/export/", None),
        ("POST", "cachekey/invalidate", {"datasource_uids": ["1__table"]}),
        ("PUT", "me/", {"password": "another"}),
    ],
)
def test_what_the_account_must_not_do_is_forbidden_whatever_is_sent(call: Call, method: str, path: str, body: Any) -> None:
    answer = call(method, f"/api/v1/{path}", **({"data": body} if body else {}))
    assert answer.status == 403, answer.text()


@pytest.mark.parametrize("path", PAGES_THAT_CHANGE)
def test_the_pages_that_make_or_change_something_lead_away(session: BrowserContext, stack: Stack, path: str) -> None:
    answer = session.request.get(f"{stack.superset_url}/{path}", max_redirects=0)
    assert answer.status in {302, 404}, path
    assert "/login/" in answer.headers.get("location", "/login/")


def _menu(page: Page) -> list[str]:
    """The words of the menus that are open."""
    return [each.inner_text() for each in page.get_by_role("menuitem").all() if each.is_visible()]


@pytest.fixture(scope="module")
def menus(reading: Boards) -> list[str]:
    """All that the menus of the overview offer: those at the top of the page, the board's, and each chart's."""
    page = reading("overview").page
    words = []
    for title in page.locator("header .ant-menu-submenu-title").all():
        title.hover()
        opened = page.locator(".ant-menu-submenu-popup:not(.ant-menu-submenu-hidden)")
        expect(opened).to_have_count(1)
        words += _menu(page)
        page.mouse.move(0, 400)
        expect(opened).to_have_count(0)
    buttons = page.locator("[data-test=actions-trigger], [id$=-controls]").all()
    assert len(buttons) == 1 + len(ON_DASHBOARDS["overview"])
    downloads = page.locator(".ant-dropdown-menu-submenu-title:visible")
    for button in buttons:
        button.click()
        downloads.hover()
        expect(page.get_by_role("menuitem", name="그림으로 내려받기")).to_be_visible()
        words += _menu(page)
        button.click()
        expect(downloads).to_have_count(0)
    return words


def test_no_menu_of_a_dashboard_offers_sql_or_a_change(reading: Boards, menus: list[str]) -> None:
    page = reading("overview").page
    assert "로그아웃" in menus
    forbidden = re.compile("SQL|쿼리|질의|편집|행으로|나누어|데이터|업로드|사용자|정보")
    assert [each for each in menus if forbidden.search(each)] == []
    links = {each.get_attribute("href") or "" for each in page.locator("a[href]").all()}
    assert {
        link for link in links if not re.match(r"(/superset/dashboard/|/dashboard/list/|/lang/|/logout/|/$|#)", link)
    } == set()
    assert page.locator("[data-test=edit-dashboard-button], [data-test=new-dropdown]").count() == 0


def test_every_menu_is_korean(menus: list[str]) -> None:
    """But for the names of formats, and of the other language."""
    assert set(LATIN.findall("\n".join(menus))) <= {"CSV", "PDF", "YAML", "English"}


def test_a_dataset_that_is_not_of_the_dashboards_is_closed(superset: SupersetApi, call: Call) -> None:
    (database,) = superset.listed("database")
    table = {"database": database["id"], "schema": "analytics", "table_name": "dim_movie"}
    made = superset.call("POST", "dataset/", table)["id"]
    asked = {
        "queries": [{"columns": ["movie_nm"], "metrics": [], "row_limit": 1}],
        "result_type": "full",
        "result_format": "json",
    }
    of_the_dashboards, *_ = (each["id"] for each in superset.listed("dataset") if each["table_name"] == "film_performance")
    try:
        answers = {
            dataset: call("POST", "/api/v1/chart/data", data={"datasource": {"id": dataset, "type": "table"}, **asked})
            for dataset in (made, of_the_dashboards)
        }
    finally:
        superset.call("DELETE", f"dataset/{made}")
    assert {dataset: answer.status for dataset, answer in answers.items()} == {made: 403, of_the_dashboards: 200}


def _permissions(superset: SupersetApi) -> list[str]:
    (role,) = (each for each in superset.listed("security/roles") if each["name"] == "Reader")
    found = superset.call("GET", f"security/roles/{role['id']}/permissions/")["result"]
    return sorted(f"{each['permission_name']} {each['view_menu_name']}" for each in found)


def test_what_somebody_gave_the_account_is_gone_when_the_dashboards_are_brought_again(
    stack: Stack, superset: SupersetApi
) -> None:
    before = _permissions(superset)
    (role,) = (each for each in superset.listed("security/roles") if each["name"] == "Reader")
    (admin,) = (each for each in superset.listed("security/roles") if each["name"] == "Admin")
    (user,) = (each for each in superset.listed("security/users") if each["username"] == server.READER)
    every = [each["id"] for each in superset.call("GET", f"security/roles/{admin['id']}/permissions/")["result"]]
    superset.call("POST", f"security/roles/{role['id']}/permissions", {"permission_view_menu_ids": every})
    superset.call("PUT", f"security/users/{user['id']}", {"roles": [role["id"], admin["id"]]})
    assert _permissions(superset) != before

    dashboards.bring(stack)

    assert _permissions(superset) == before
    assert [each for each in before if "write" in each] == ["can_write DashboardFilterStateRestApi"]
    assert len([each for each in before if each.startswith("datasource_access")]) == len(bundle.dataset_uuids(bundle.read()))
    (after,) = (each for each in superset.listed("security/users") if each["username"] == server.READER)
    assert [each["name"] for each in superset.call("GET", f"security/users/{after['id']}")["result"]["roles"]] == ["Reader"]
