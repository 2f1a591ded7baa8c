"""A dashboard as it stood on a screen, and what must hold of each, whatever data it shows."""

import json
import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator

from local.superset import bundle
from tests.browser.seen import Answer, Seen
from tests.plain.charts import CHARTS
from tests.plain.sentences import sentence
from tests.plain.view import View

BUNDLE = bundle.parsed(bundle.read())
DASHBOARDS = {each["slug"]: each for place, each in BUNDLE.items() if place.startswith("dashboards/")}
_NAMED = {Path(place).stem: each for place, each in BUNDLE.items() if place.startswith("charts/")}
CHART_FILES = {each["uuid"]: name for name, each in _NAMED.items()}
ON_DASHBOARDS = {
    slug: [
        CHART_FILES[part["meta"]["uuid"]]
        for part in each["position"].values()
        if isinstance(part, dict) and "uuid" in part.get("meta", {})
    ]
    for slug, each in DASHBOARDS.items()
}
TITLES = {name: each["slice_name"] for name, each in _NAMED.items()}
STACKED = {name for name, each in _NAMED.items() if each["params"].get("stack") == "Stack"}
LYING = {name: each["params"]["x_axis"] for name, each in _NAMED.items() if each["params"].get("orientation") == "horizontal"}
"""The charts whose bars lie, by the column of the bars' names."""
UNGROUPED = {name for name, each in _NAMED.items() if each["viz_type"] == "table" and not each["params"]["groupby"]}
"""The tables that are no lists, but an answer or a row of figures: nothing in them is to be scrolled to."""

KINDS = {name: each["viz_type"] for name, each in _NAMED.items()}

LATIN = re.compile("[A-Za-z][A-Za-z_]+")
ABBREVIATIONS = frozenset({"API", "KOBIS", "KOFIC", "NEW", "SQL"})
"""What a Korean board writes in Latin letters: names, and what KOFIC calls a film that is new on a list."""

IN_A_BALLOON = """
() => [...document.querySelectorAll('body > div')]
    .filter(each => each.style.position === 'absolute' && each.style.zIndex && each.style.visibility !== 'hidden')
    .map(each => each.innerText)
"""
"""What a chart tells of the place under the pointer."""

NOTHING = "고른 조건에 맞는 자료가 없습니다"

PAINTED = """
canvas => {
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    const colours = new Map();
    for (const pixel of pixels) colours.set(pixel, (colours.get(pixel) || 0) + 1);
    return pixels.length - Math.max(...colours.values());
}
"""
"""How many pixels of a canvas are not its background."""

COLOURS_OF_BARS = """
canvas => {
    const {width, height} = canvas;
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, width, height).data.buffer);
    const found = [];
    for (let x = 60; x < width; x += 2) {
        const parts = [];
        for (let y = 50, length = 0; y < height - 45; y++) {
            length = pixels[y * width + x] === pixels[(y - 1) * width + x] ? length + 1 : 0;
            if (length === 3) parts.push(pixels[y * width + x] & 0xffffff);
        }
        found.push(parts.filter((colour, place) => colour && colour !== 0xffffff && colour !== parts[place - 1]));
    }
    return found;
}
"""
"""The colours of the parts of three pixels or more, from top to bottom, at every other column of a canvas between its legend and
its lower axis."""

CUT = """
cell => {
    const place = cell.getBoundingClientRect();
    let most = 0;
    for (let each = cell.parentElement; !each.matches('.dashboard-content'); each = each.parentElement) {
        if (getComputedStyle(each).overflow === 'visible') continue;
        const box = each.getBoundingClientRect();
        most = Math.max(most, place.bottom - box.bottom, place.right - box.right);
    }
    return Math.round(most);
}
"""
"""How many pixels of a cell are not seen, below or to the right of what holds it."""

SMALLEST_TEXT = """
() => Math.min(...[...document.querySelectorAll('.dashboard-content *')]
    .filter(each => [...each.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()))
    .filter(each => each.checkVisibility() && each.tagName !== 'STYLE')
    .map(each => parseFloat(getComputedStyle(each).fontSize)))
"""
"""The size in pixels of the smallest text on the board that is no picture."""


@dataclass(frozen=True)
class Chart:
    """A chart as it stood on the page."""

    text: str
    painted: int
    columns: list[list[int]]
    rows: int
    errors: int
    width: float
    top: float
    cut: int


@dataclass(frozen=True)
class Page:
    """A dashboard as it was when its last chart had come. `words` is all text on it, in pictures too."""

    answers: dict[str, Answer]
    charts: dict[str, Chart]
    errors: list[str]
    elsewhere: list[str]
    widest: int
    smallest_text: float
    words: str


def _chart(name: str, holder: Locator) -> Chart:
    canvases = holder.locator("canvas").all()
    box = holder.bounding_box() or {"width": 0.0, "y": 0.0}
    last_cell = holder.locator("tbody td:visible").last
    return Chart(
        text=holder.inner_text(),
        painted=sum(canvas.evaluate(PAINTED) for canvas in canvases),
        columns=[column for canvas in canvases for column in canvas.evaluate(COLOURS_OF_BARS)] if name in STACKED else [],
        rows=holder.locator("tbody tr").count(),
        errors=holder.locator(".ant-alert, .error-container, .ant-empty, [data-test=error-message]").count(),
        width=box["width"],
        top=box["y"],
        cut=last_cell.evaluate(CUT) if last_cell.count() else 0,
    )


def balloons(seen: Seen) -> list[str]:
    """What the charts of a board that are pictures tell when one points at them, at nine places of each."""
    told: set[str] = set()
    for canvas in seen.page.locator(".dashboard-content canvas").all():
        box = canvas.bounding_box()
        assert box
        for across, down in product((0.3, 0.5, 0.7), (0.35, 0.5, 0.65)):
            seen.page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
            seen.page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
            told.update(seen.page.evaluate(IN_A_BALLOON))
    seen.page.mouse.move(0, 0)
    return sorted(told)


def look(seen: Seen, numbers: dict[int, str], picture: Path) -> Page:
    """The dashboard as it stands; its picture is kept."""
    picture.write_bytes(seen.picture())
    holders = {numbers[number]: seen.page.locator(f".dashboard-chart-id-{number}") for number in numbers}
    charts = {name: _chart(name, holder) for name, holder in holders.items() if holder.count()}
    answers = {numbers[number]: answer for number, answer in seen.take_answers().items()}
    return Page(
        answers,
        charts,
        errors=list(seen.errors),
        elsewhere=list(seen.elsewhere),
        widest=seen.page.evaluate("() => document.documentElement.scrollWidth"),
        smallest_text=seen.page.evaluate(SMALLEST_TEXT),
        words="\n".join([seen.page.locator("body").inner_text(), *seen.drawn()]),
    )


def assert_it_shows_what_there_is(page: Page, slug: str, view: View) -> None:
    """Every chart has come, without an error; it shows something if Python counts something, and says so if there is nothing.

    A table that is no list is seen whole.
    """
    assert set(page.charts) == set(ON_DASHBOARDS[slug]) == set(page.answers)
    for name, chart in page.charts.items():
        assert TITLES[name] in chart.text
        shown = chart.text.replace(TITLES[name], "").strip()
        if any(list(figures.rows(view)) for figures in CHARTS[name]):
            assert chart.painted > 500 or chart.rows or any(letter.isdigit() for letter in shown), f"{name} is empty: {chart}"
            assert all(page.answers[name].rows), f"{name} has no rows"
            assert chart.errors == 0, f"{name}: {chart.text}"
            assert name not in UNGROUPED or chart.cut == 0, f"{name} is cut"
        else:
            assert NOTHING in shown, f"{name} does not say that there is nothing: {chart}"
    assert page.errors == []
    assert page.elsewhere == []


def assert_it_is_korean(page: Page) -> None:
    """No word in Latin letters but abbreviations and what the data itself holds, and no name of a column or table."""
    assert_words_are_korean(page.words, page)


def assert_words_are_korean(words: str, page: Page) -> None:
    """The same of any words about what the page shows."""
    data = json.dumps([answer.values for answer in page.answers.values()], ensure_ascii=False)
    known = ABBREVIATIONS | {word for word in LATIN.findall(data) if "_" not in word}
    assert set(LATIN.findall(words)) - known == set()


def assert_it_begins_with_its_whole_answer(page: Page, slug: str, view: View) -> None:
    """The sentence comes first, and nothing of it is cut."""
    answer = page.charts[f"answer-{slug}"]
    assert sentence(view.world, slug, "최근 12개월") in answer.text
    assert answer.cut == 0
    assert answer.top == min(chart.top for chart in page.charts.values())


def assert_a_telephone_can_show_it(page: Page) -> None:
    """One column of charts that can be read, and no scrolling sideways."""
    assert page.widest <= 390
    assert {name: chart.width for name, chart in page.charts.items() if chart.width < 340} == {}
    assert page.smallest_text >= 11


def assert_its_bars_can_be_told_apart(page: Page) -> None:
    """Every lying bar has its name, and no two parts of a standing one have one colour."""
    for name in LYING.keys() & page.answers.keys():
        bars = [str(row[LYING[name]]) for rows in page.answers[name].rows for row in rows]
        assert {line for bar in bars for line in bar.split("\n")} - set(page.words.split("\n")) == set(), name
    for name in STACKED & page.charts.keys():
        columns = page.charts[name].columns
        assert any(columns), f"{name} has no bar"
        assert [column for column in columns if len(set(column)) < len(column)] == [], f"{name} has two parts of one colour"


def assert_its_figures_are_those_of_plain_python(page: Page, name: str, view: View) -> None:
    """A chart's answer has the figures that Python counts from the files."""
    answered: list[list[dict[str, Any]]] = page.answers[name].rows
    assert len(answered) == len(CHARTS[name])
    for figures, rows in zip(CHARTS[name], answered, strict=True):
        shown, expected = figures.compared(figures.shown(rows), figures.rows(view))
        assert [list(row) for row in shown] == [pytest.approx(list(row)) for row in expected]
