"""What the pipeline reads from Airflow is right, or refused with a remedy."""

import json

import pytest

from include.kofic.errors import BadSetting
from include.pipeline import settings
from include.pipeline.tasks import publish

PASSWORD = "password-of-the-proxy"


def _connection(monkeypatch, **extra):
    monkeypatch.setenv(
        "AIRFLOW_CONN_KOFIC",
        json.dumps({"conn_type": "http", "host": "https://www.kobis.or.kr", "password": "k", "extra": extra}),
    )


def test_the_extra_of_the_connection_says_how_the_api_is_reached(monkeypatch):
    _connection(monkeypatch, ca_file="/etc/ca.pem", proxy=f"http://a:{PASSWORD}@proxy:3128", longest_pause="5")
    found = settings.client_settings()
    assert (found.ca_file, found.longest_pause) == ("/etc/ca.pem", 5)
    assert found.proxy.reveal() == f"http://a:{PASSWORD}@proxy:3128"
    assert PASSWORD not in repr(found)


@pytest.mark.parametrize("extra", [{"proxy": "nowhere"}, {"proxy": 3128}, {"longest_pause": "long"}])
def test_an_extra_that_cannot_be_right_is_refused(monkeypatch, extra):
    _connection(monkeypatch, **extra)
    with pytest.raises(BadSetting, match=f"`{next(iter(extra))}`"):
        settings.client_settings()


@pytest.mark.parametrize(("text", "share"), [("0", 0), (" 0.1 ", 0.1), ("1", 1)])
def test_the_share_of_replies_that_may_be_bad(monkeypatch, text, share):
    monkeypatch.setenv("AIRFLOW_VAR_BOX_OFFICE_BAD_SHARE", text)
    assert settings.bad_share() == share


@pytest.mark.parametrize("text", ["", "25%", "25", "-0.1", "nan", "inf", "a quarter\nof all"])
def test_a_share_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("AIRFLOW_VAR_BOX_OFFICE_BAD_SHARE", text)
    with pytest.raises(BadSetting, match="`box_office_bad_share`.*from 0 .* to 1 .*0.25"):
        settings.bad_share()


def test_superset_is_reached_as_its_connection_says(monkeypatch):
    made = {"conn_type": "http", "host": "http://superset:8088", "login": "publisher", "password": PASSWORD}
    monkeypatch.setenv("AIRFLOW_CONN_SUPERSET", json.dumps(made))
    found = settings.superset()
    assert (found.url, found.user, found.password.reveal()) == ("http://superset:8088", "publisher", PASSWORD)
    assert PASSWORD not in repr(found)


def test_without_a_connection_to_superset_there_is_nothing_to_tell_and_publish_succeeds(monkeypatch, caplog):
    monkeypatch.delenv("AIRFLOW_CONN_SUPERSET", raising=False)
    with caplog.at_level("INFO"):
        publish.function({"rows": {}, "box_office": {}, "films_and_weeks": {}})
    assert "no connection `superset`" in caplog.text
    assert [each for each in caplog.records if each.levelname == "WARNING"] == []
