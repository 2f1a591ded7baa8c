"""What a reader downloads from a chart and opens in a spreadsheet."""

import csv
import io
import zipfile
from codecs import BOM_UTF8
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from local.superset.api import SupersetApi
from tests.browser.boards import KINDS, ON_DASHBOARDS
from tests.browser.conftest import Boards

FORMULAS = ("=cmd|'/c calc'!A1", "@SUM(1+1)*cmd", "+1+cmd", "-2+3+cmd")
A_STREAM = 100_000
"""Rows from which Superset sends a CSV as it reads it (CSV_STREAMING_ROW_THRESHOLD)."""

ONE_OF_EACH_KIND = {KINDS[name]: (slug, name) for slug, names in ON_DASHBOARDS.items() for name in names}
"""By kind of chart: a dashboard, and one of its charts."""


def _downloaded(page: Page, number: int, entry: str, words: str) -> list[bytes]:
    """What an entry of the menu for downloads of this chart brings: a file, or an archive with one for each of its queries."""
    page.locator(f"[id=slice_{number}-controls]").click()
    page.locator(f"[data-menu-id=slice_{number}-menu-download]").hover()
    line = page.locator(f"[data-menu-id=slice_{number}-menu-{entry}]")
    expect(line).to_have_text(words)
    with page.expect_download() as started:
        # Not with the pointer: a submenu that is still being placed moves away under it, and closes.
        line.dispatch_event("click")
    file = started.value
    page.mouse.move(0, 0)
    expect(line).to_be_hidden()
    content = Path(file.path()).read_bytes()
    if file.suggested_filename.endswith(".csv"):
        return [content]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name) for name in archive.namelist()]


@pytest.mark.parametrize("kind", ONE_OF_EACH_KIND)
def test_a_csv_of_each_kind_of_chart_opens_in_korean_excel(reading: Boards, numbers: dict[int, str], kind: str) -> None:
    slug, wanted = ONE_OF_EACH_KIND[kind]
    (number,) = (number for number, name in numbers.items() if name == wanted)
    for content in _downloaded(reading(slug).page, number, "export_csv", "CSV로 내려받기"):
        assert content.startswith(BOM_UTF8), content[:20]
        heading, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        assert heading
        assert rows
        assert "\ufeff" not in "".join(heading), "the mark stands twice"


def test_a_pivoted_csv_opens_in_korean_excel(reading: Boards, numbers: dict[int, str]) -> None:
    (number,) = (number for number, name in numbers.items() if name == "season-genre-pivot-full")
    (content,) = _downloaded(reading("season-genre").page, number, "export_pivot_csv", "보이는 표 그대로 CSV로 내려받기")
    assert content.startswith(BOM_UTF8)
    assert "겨울" in content.decode("utf-8-sig")


@pytest.mark.parametrize("rows", [10, A_STREAM])
def test_a_csv_begins_with_the_mark_once_however_it_is_sent(superset: SupersetApi, rows: int) -> None:
    (dataset,) = (each["id"] for each in superset.listed("dataset") if each["table_name"] == "film_performance")
    content = superset.download_csv(dataset, {"columns": ["movie_nm"], "metrics": [], "row_limit": rows})
    assert content.startswith(BOM_UTF8)
    assert "\ufeff" not in content.decode("utf-8-sig")


def test_a_formula_in_a_title_is_no_formula_in_a_download(superset: SupersetApi) -> None:
    (dataset,) = (each["id"] for each in superset.listed("dataset") if each["table_name"] == "film_performance")
    # Added to a column, because PostgreSQL groups by no constant.
    titles = [
        {
            "expressionType": "SQL",
            "label": f"title {n}",
            "sqlExpression": "'" + formula.replace("'", "''") + "' || substring(movie_nm, 1, 0)",
        }
        for n, formula in enumerate(FORMULAS)
    ]
    content = superset.download_csv(dataset, {"columns": titles, "metrics": [], "row_limit": 1})
    _, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert [cell[-3:] for cell in row] == [formula[-3:] for formula in FORMULAS], "the text itself is there"
    assert [cell for cell in row if cell[0] in "=@+-"] == []
