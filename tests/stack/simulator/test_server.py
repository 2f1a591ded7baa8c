"""The server over real HTTP.

Reply shapes and faults are compared with those saved from the real API; then quota, recordings, faults on demand, and
no key in sight.
"""

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from local import waiting

KEY = "0123456789abcdef-test-key"
DAILY = "boxoffice/searchDailyBoxOfficeList"
WEEKLY = "boxoffice/searchWeeklyBoxOfficeList"
REPO = Path(__file__).parents[3]


class Api(Protocol):
    """The `api` fixture of conftest.py."""

    client: httpx.Client

    def call(self, endpoint: str, key: str | None = KEY, **params: str) -> httpx.Response: ...

    def put(self, name: str, body: Any) -> httpx.Response: ...

    def stats(self) -> Any: ...


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = response.json()["boxOfficeResult"]["dailyBoxOfficeList"]
    return rows


Shape = dict[str, set[str]]


def shape(value: Any, path: str = "", found: Shape | None = None) -> Shape:
    """For each place in a JSON value: the types seen there, and for objects their keys in order."""
    found = {} if found is None else found
    kind = type(value).__name__ if not isinstance(value, dict) else "object " + " ".join(value)
    found.setdefault(path, set()).add(kind)
    for key, part in value.items() if isinstance(value, dict) else []:
        shape(part, f"{path}.{key}", found)
    for part in value if isinstance(value, list) else []:
        shape(part, f"{path}[]", found)
    return found


def saved_shape(fixtures: Path, endpoint: str) -> Shape:
    found: Shape = {}
    for file in sorted(fixtures.glob(f"{endpoint.split('/')[1]}__*.json")):
        body = json.loads(file.read_text(encoding="utf-8"))
        name = endpoint.split("/search")[1].removesuffix("List").lower()
        shape({f"{name}ListResult": {f"{name}List": body}} if isinstance(body, list) else body, "", found)
    return found


def made_up_replies(api: Api, endpoint: str) -> list[Any]:
    def get(endpoint: str, **params: str) -> Any:
        return api.call(endpoint, **params).json()

    days = ("20240101", "20240210", "20120101", "20200421")
    if endpoint in (DAILY, WEEKLY):
        return [get(endpoint, targetDt=day) for day in days]
    if endpoint == "movie/searchMovieInfo":
        codes = [row["movieCd"] for day in days for row in rows_of(api.call(DAILY, targetDt=day))]
        return [get(endpoint, movieCd=code) for code in codes]
    listed = endpoint.removesuffix("Info") + "List" if endpoint.endswith("Info") else endpoint
    pages = [get(listed, curPage=page, itemPerPage="30") for page in ("1", "5")]
    if endpoint == listed:
        return pages
    name = endpoint.split("/")[0]
    codes = [item[f"{name}Cd"] for page in pages for item in page[f"{name}ListResult"][f"{name}List"]]
    return [get(endpoint, **{f"{name}Cd": code}) for code in codes]


@pytest.mark.parametrize(
    "endpoint",
    [
        DAILY,
        WEEKLY,
        "movie/searchMovieList",
        "movie/searchMovieInfo",
        "company/searchCompanyList",
        "company/searchCompanyInfo",
        "people/searchPeopleList",
        "people/searchPeopleInfo",
    ],
)
def test_replies_have_the_shape_of_the_saved_ones(api: Api, fixtures: Path, endpoint: str) -> None:
    saved = saved_shape(fixtures, endpoint)
    made_up: Shape = {}
    for body in made_up_replies(api, endpoint):
        shape(body, "", made_up)
    assert made_up.keys() == saved.keys()
    unlike = {path: (kinds, saved[path]) for path, kinds in made_up.items() if not kinds <= saved[path]}
    assert not unlike


def test_info_replies_agree_with_the_box_office(api: Api) -> None:
    for row in rows_of(api.call(DAILY, targetDt="20240210")):
        info = api.call("movie/searchMovieInfo", movieCd=row["movieCd"]).json()["movieInfoResult"]["movieInfo"]
        assert (info["movieCd"], info["movieNm"]) == (row["movieCd"], row["movieNm"])
        assert info["openDt"] == row["openDt"].replace("-", "").strip()
        for filters in ({"repNationCd": "K"}, {"repNationCd": "F"}):
            if row in rows_of(api.call(DAILY, targetDt="20240210", **filters)):
                assert (info["nations"][0]["nationNm"] == "한국") == (filters["repNationCd"] == "K")
        for company in info["companys"][:1]:
            found = api.call("company/searchCompanyInfo", companyCd=company["companyCd"]).json()
            assert found["companyInfoResult"]["companyInfo"]["companyNm"] == company["companyNm"]


def test_messy_values_of_the_real_api_occur(api: Api) -> None:
    films = [
        film
        for page in range(1, 4)
        for film in api.call("movie/searchMovieList", openStartDt="2023", itemPerPage="100", curPage=str(page)).json()[
            "movieListResult"
        ]["movieList"]
    ]
    infos = [api.call("movie/searchMovieInfo", movieCd=film["movieCd"]).json()["movieInfoResult"]["movieInfo"] for film in films]
    assert any(not film["movieCd"].isdigit() for film in films)
    assert len({film["movieCd"] for film in films}) == len(films)
    assert 0.005 < sum(not info["genres"] for info in infos) / len(infos) < 0.08
    assert {len(info["genres"]) for info in infos} >= {0, 1, 2, 3}
    assert 0.45 < sum(not info["actors"] for info in infos) / len(infos) < 0.75
    assert any(film["movieNm"] != film["movieNm"].strip() for film in films)
    companies = [company for info in infos for company in info["companys"]]
    assert any("&amp;" in company["companyNm"] for company in companies)
    assert any(
        len({c["companyPartNm"] for c in info["companys"] if c["companyCd"] == company["companyCd"]}) > 1
        for info in infos
        for company in info["companys"]
    )
    people = api.call("people/searchPeopleList", itemPerPage="100").json()["peopleListResult"]
    names = [person["peopleNm"] for person in people["peopleList"]]
    totals = (api.call("people/searchPeopleList", peopleNm=name).json()["peopleListResult"]["totCnt"] for name in names)
    assert any(total > 1 for total in totals)


def test_lists_are_paged_and_filtered(api: Api) -> None:
    def movies(**params: str) -> tuple[int, list[Any]]:
        result = api.call("movie/searchMovieList", **params).json()["movieListResult"]
        return result["totCnt"], result["movieList"]

    total, first = movies(openStartDt="2010", openEndDt="2010", itemPerPage="40")
    _, second = movies(openStartDt="2010", openEndDt="2010", itemPerPage="40", curPage="2")
    assert len(first) == len(second) == 40 < total
    assert not {film["movieCd"] for film in first} & {film["movieCd"] for film in second}
    assert {film["openDt"][:4] for film in first + second} == {"2010"}
    assert len(movies(openStartDt="2010", itemPerPage="500")[1]) == 100
    one = first[0]
    assert one in movies(openStartDt="2010", openEndDt="2010", movieNm=one["movieNm"])[1]
    director = next(film for film in first if film["directors"])
    named = movies(openStartDt="2010", openEndDt="2010", directorNm=director["directors"][0]["peopleNm"], itemPerPage="100")[1]
    assert director in named
    koreans = movies(openStartDt="2010", openEndDt="2010", repNationCd="22041011", itemPerPage="100")
    assert {film["repNationNm"] for film in koreans[1]} == {"한국"}
    assert koreans[0] < total
    areas = api.call("code/searchCodeList", comCode="0105000000").json()["codes"]
    assert [list(areas[0]), len(areas)] == [["fullCd", "korNm", "engNm"], 16]


def test_faults_are_the_saved_ones(api: Api, fixtures: Path) -> None:
    def saved(name: str) -> Any:
        return json.loads((fixtures / f"fault__{name}.json").read_text(encoding="utf-8"))

    for response, expected in (
        (api.call(DAILY, key="wrong", targetDt="20240101"), saved("320010_invalid_key")),
        (api.call(DAILY, key=None, targetDt="20240101"), saved("320010_invalid_key")),
        (api.call(DAILY), saved("320102_missing_targetDt")),
        (api.call(WEEKLY), saved("320102_missing_targetDt")),
        (api.call(DAILY, targetDt="2025"), saved("320103_bad_targetDt")),
    ):
        assert (response.status_code, response.json()) == (200, expected)
    for name, value, message in (
        ("repNationCd", "AKF", "국적구분 조건이 올바르지 않습니다.(F:외국영화, K:한국영화)"),
        ("weekGb", "10000", "주간/주말 조건이 올바르지 않습니다.(0:주간,1:주말,2:주중)"),
    ):
        fault = api.call(WEEKLY, targetDt="20240101", **{name: value}).json()["faultInfo"]
        assert fault["message"] == f"{message}[parameterName={name},parameterValue={value}]"
    assert "faultInfo" in api.call(DAILY, targetDt="20240101", multiMovieYn="X").json()
    assert "faultInfo" in api.call("movie/searchMovieInfo").json()
    assert api.put("quota", {"used": 3000}).status_code == 200
    assert api.call(DAILY, key="wrong").json() == saved("320010_invalid_key")
    assert api.call(DAILY).json() == saved("320011_quota_exceeded")


def test_what_is_unknown_gets_an_empty_reply_and_an_unknown_name_is_ignored(api: Api) -> None:
    info = api.call("movie/searchMovieInfo", movieCd="99999999").json()["movieInfoResult"]["movieInfo"]
    assert {value for value in info.values() if isinstance(value, str)} == {""}
    assert [value for value in info.values() if not isinstance(value, str)] == [[]] * 8
    assert api.call("people/searchPeopleInfo", peopleCd="1").json()["peopleInfoResult"]["peopleInfo"]["peopleNm"] is None
    assert rows_of(api.call(DAILY, targetDt="20990101")) == []
    national = api.call(DAILY, targetDt="20240101").json()
    assert api.call(DAILY, targetDt="20240101", wideAreacd="0105001").json() == national
    assert len(rows_of(api.call(DAILY, targetDt="20240101", itemPerPage="3"))) == 3
    assert len(rows_of(api.call(DAILY, targetDt="20240101", itemPerPage="30"))) == 10
    assert rows_of(api.call(DAILY, targetDt="20240101", wideAreaCd="0105001")) != rows_of(api.call(DAILY, targetDt="20240101"))


def test_the_quota_is_per_key_and_resets_at_midnight_in_korea(api: Api) -> None:
    api.put("clock", {"now": "2024-05-02T14:59:59+00:00"})
    api.put("quota", {"daily_calls": 2})
    assert "faultInfo" not in api.call(DAILY, targetDt="20240101").json()
    assert api.call(DAILY, targetDt="bad").json()["faultInfo"]["errorCode"] == "320103"
    assert api.call(DAILY, key="wrong").json()["faultInfo"]["errorCode"] == "320010"
    assert api.call(DAILY, targetDt="20240101").json()["faultInfo"]["errorCode"] == "320011"
    assert "faultInfo" not in api.call(DAILY, key="another-key", targetDt="20240101").json()
    stats = api.stats()
    assert (stats["calls_used_per_key"], stats["calls_used"]) == ({"0": 2, "1": 1}, 3)
    assert (stats["calls_per_key"], stats["refused_keys"], stats["calls"]) == ({"0": 3, "1": 1}, 1, 5)
    assert stats["calls_per_endpoint"] == {DAILY: 5}
    api.put("clock", {"now": "2024-05-02T15:00:00+00:00"})
    assert api.stats()["calls_used"] == 0
    assert "faultInfo" not in api.call(DAILY, targetDt="20240101").json()
    for name, body in (("clock", {"now": "2024-05-02T15:00:00"}), ("quota", {"daily_calls": -1}), ("faults", {"next": ["boom"]})):
        assert api.put(name, body).status_code == 400
    assert api.put("clock", {"now": None}).json()["now"][:10] >= "2025"


def test_the_clock_sets_the_capture_moment(api: Api) -> None:
    api.put("clock", {"now": "2024-05-02T00:30:00+09:00"})
    early = rows_of(api.call(DAILY, targetDt="20240501"))
    assert rows_of(api.call(DAILY, targetDt="20240502")) == []
    api.put("clock", {"now": "2024-05-03T12:00:00+09:00"})
    late = rows_of(api.call(DAILY, targetDt="20240501"))
    assert sum(row["audiCnt"] not in {other["audiCnt"] for other in late} for row in early) >= 8


def test_recordings_are_served_as_recorded(recorded_api: Api, recorded: list[dict[str, Any]]) -> None:
    recorded_api.put("quota", {"daily_calls": 10_000})
    rng = random.Random(1)
    for call in recorded:
        params = [*call["params"].items(), ("unknownName", "1")]
        rng.shuffle(params)
        assert recorded_api.call(call["endpoint"], **dict(params)).json() == call["body"]
    recorded_codes = {call["params"].get("movieCd") for call in recorded}
    daily = [call["body"]["boxOfficeResult"]["dailyBoxOfficeList"] for call in recorded if call["endpoint"] == DAILY]
    shown = {row["movieCd"] for rows in daily for row in rows}
    missing = sorted(shown - recorded_codes)
    assert len(missing) == 100
    info = recorded_api.call("movie/searchMovieInfo", movieCd=missing[0]).json()["movieInfoResult"]["movieInfo"]
    assert info["movieCd"] == info["movieNm"] == ""
    assert rows_of(recorded_api.call(DAILY, targetDt="20240701")) == []
    assert rows_of(recorded_api.call(DAILY, targetDt="20240101", itemPerPage="5")) == []
    assert recorded_api.call("code/searchCodeList", comCode="2204").json() == {"codes": []}
    assert recorded_api.call(DAILY, targetDt="2024").json()["faultInfo"]["errorCode"] == "320103"


def test_faults_come_in_the_asked_order(api: Api) -> None:
    day = {"targetDt": "20240101"}
    plain = api.call(DAILY, **day)
    coming = ["403", "503", "429", "truncate", "html", "redirect", "unwrapped", "broken_record", "new_field", "missing_field"]
    coming += ["xml_fault", "wrapped_fault", "other_answer", "raw_control", "empty"]
    assert api.put("faults", {"next": [*coming, "oversize", "timeout"]}).json()["next"][:2] == ["403", "503"]
    assert api.call(DAILY, key="wrong").json()["faultInfo"]["errorCode"] == "320010"
    got = {name: api.call(DAILY, **day) for name in coming}
    assert [got[name].status_code for name in ("403", "503", "429", "redirect")] == [403, 503, 429, 302]
    assert KEY not in got["redirect"].headers["location"]
    with pytest.raises(json.JSONDecodeError):
        got["truncate"].json()
    assert plain.text.startswith(got["truncate"].text[:200])
    assert got["html"].headers["content-type"].startswith("text/html")
    assert got["html"].status_code == 200
    assert got["unwrapped"].json() == {"result": plain.json()["boxOfficeResult"]}
    first, *others = rows_of(got["broken_record"])
    assert (first["audiCnt"], others) == ("abc", rows_of(plain)[1:])
    assert all("newField" in row for row in rows_of(got["new_field"]))
    first, *others = rows_of(got["missing_field"])
    assert ("audiCnt" in first, others) == (False, rows_of(plain)[1:])
    assert rows_of(got["empty"]) == []
    assert "<errorCode>320010</errorCode>" in got["xml_fault"].text
    assert got["wrapped_fault"].json()["faultResult"]["faultInfo"]["errorCode"] == "320010"
    assert got["other_answer"].json()["boxOfficeResult"]["showRange"] != plain.json()["boxOfficeResult"]["showRange"]
    assert rows_of(got["other_answer"]) == rows_of(plain)
    with pytest.raises(json.JSONDecodeError, match="control character"):
        got["raw_control"].json()
    assert got["raw_control"].text.replace("\t\n", " ") == plain.text
    large = api.call(DAILY, **day)
    assert len(large.content) > 32 * 1024 * 1024
    assert large.json() == plain.json()
    with pytest.raises(httpx.ReadTimeout):
        api.client.get(f"/kobisopenapi/webservice/rest/{DAILY}.json", params={**day, "key": KEY}, timeout=0.3)
    assert api.call(DAILY, **day).json() == plain.json()
    assert api.stats()["faults"] == dict.fromkeys([*coming, "oversize", "timeout"], 1)


def test_rates_latency_and_concurrency(api: Api) -> None:
    api.put("faults", {"error_rate": 0.3, "rate_limit_rate": 0.2})
    codes = [api.call(DAILY, targetDt="20240101").status_code for _ in range(200)]
    assert 30 <= codes.count(503) <= 90
    assert 15 <= codes.count(429) <= 65
    api.client.delete("/admin/faults")
    assert {api.call(DAILY, targetDt="20240101").status_code for _ in range(20)} == {200}
    api.put("faults", {"latency_seconds": 2.0})
    threads = [threading.Thread(target=api.call, args=(DAILY,), kwargs={"targetDt": "20240101"}) for _ in range(4)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 2.0
    assert api.stats()["max_concurrent"] == 4


def _start(*arguments: str, **variables: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if name != "KOFIC_SIMULATOR_KEYS"}
    return subprocess.Popen(
        [sys.executable, "-m", "include.kofic_simulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=REPO,
        env={**environment, "PYTHONUTF8": "1", **variables},
    )


def test_the_command_says_where_it_listens_and_never_shows_a_key() -> None:
    with _start("--seed", "5", KOFIC_SIMULATOR_KEYS=f" {KEY} ,second") as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = line.split()[-1]
            with httpx.Client(base_url=url, timeout=waiting.ANSWER, trust_env=False) as client:
                assert client.get("/healthz").json() == {"status": "ok"}
                path = f"/kobisopenapi/webservice/rest/{DAILY}.json"
                params = {"key": KEY, "targetDt": "20240101"}
                replies = [
                    client.get(path, params=params),
                    client.get(path, params={"key": KEY, "targetDt": "x"}),
                    client.get("/nowhere", params=params),
                    client.post(path, params=params),
                    client.put("/admin/faults", content=KEY),
                    client.get("/admin/stats"),
                ]
                assert replies[0].json()["boxOfficeResult"]["dailyBoxOfficeList"]
                assert [reply.status_code for reply in replies] == [200, 200, 404, 405, 400, 200]
                assert not [reply.url for reply in replies if KEY in reply.text]
            with socket.create_connection((url.split("//")[1].split(":")[0], int(url.rsplit(":", 1)[1]))) as raw:
                raw.sendall(f"GET /x?key={KEY} nonsense\r\n\r\n".encode())
                raw.recv(1000)
            commands = Path(f"/proc/{process.pid}/cmdline")
            assert not commands.exists() or KEY not in commands.read_text()
        finally:
            process.terminate()
        output = line + process.stdout.read()
    assert "listening on http://127.0.0.1:" in output
    assert KEY not in output


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        ((), {}, "KOFIC_SIMULATOR_KEYS"),
        (("--recordings", str(Path(__file__).parent)), {"KOFIC_SIMULATOR_KEYS": "k"}, "no *.jsonl.gz in"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(arguments: tuple[str, ...], variables: dict[str, str], message: str) -> None:
    with _start(*arguments, **variables) as process:
        output, _ = process.communicate(timeout=waiting.COMMAND)
    assert process.returncode == 2
    assert message in output


def test_it_imports_neither_airflow_nor_the_client() -> None:
    code = "import sys, include.kofic_simulator.__main__; print([m for m in sys.modules if m.startswith(UNWANTED)])"
    code = code.replace("UNWANTED", "('airflow', 'include.kofic.', 'include.pipeline')")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPO)
    assert done.stdout.strip() == "[]"
