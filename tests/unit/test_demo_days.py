"""The days of `make demo FROM=… TO=…`: invalid ones are reported by the names that were typed."""

import subprocess

import pytest

from include.kofic.calendar import DayRange
from local import demo, waiting
from local.state import ROOT, StackError


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("2024-02-30", "2024-03-01", "FROM: '2024-02-30' is not a day"),
        ("2024-02-01", "March", "TO: 'March' is not a day"),
        ("2024-03-02", "2024-03-01", "FROM=2024-03-02 is after TO=2024-03-01"),
        ("2003-11-10", "2003-11-12", "FROM: 2003-11-10 is before 2003-11-11"),
        ("2024-03-01", "2999-01-01", "TO: 2999-01-01 is not over yet in Seoul"),
        ("2024-03-01", "", "FROM and TO"),
        ("", "2024-03-01", "FROM and TO"),
    ],
)
def test_invalid_days_are_named_as_they_were_typed(first, last, message):
    with pytest.raises(StackError) as refused:
        demo.resolve_range(first, last, None)
    assert message in str(refused.value)
    assert "Remedy: " in str(refused.value)
    assert "_date" not in str(refused.value)


def test_days_in_order_are_taken():
    assert str(demo.resolve_range("2024-02-28", "2024-03-01", None)) == "2024-02-28..2024-03-01"
    assert len(demo.resolve_range("2024-02-29", "2024-02-29", None)) == 1
    assert isinstance(demo.resolve_range(None, None, None), DayRange)


def test_make_tells_it_before_anything_starts():
    made = ["make", "demo", "FROM=2024-02-30", "TO=2024-03-01"]
    done = subprocess.run(made, cwd=ROOT, capture_output=True, text=True, timeout=waiting.ANSWER)
    assert done.returncode
    assert "error: FROM: '2024-02-30' is not a day. Remedy: " in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "starting" not in done.stdout
