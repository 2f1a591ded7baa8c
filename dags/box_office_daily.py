"""Korea's daily box office, from the KOFIC API to tested tables, every day at 10:30 in Seoul.

## What it does
`plan` → `extract_box_office` (a piece per two months) → `extract_films` → `extract_weeks` → `load` → `transform` (dbt: a task
per model, its tests after it) → `publish`; in parallel, `check_replies` reports whether everything requested could be read.

A run is named after its morning. A scheduled run fetches the 7 days up to the day before it, because KOFIC revises a day for
hours after midnight. A backfill makes up for past mornings: each of its runs fetches the one day before its morning. A manual
run fetches `start_date` to `end_date`, or the 7 days up to yesterday. dbt reads the
days that were loaded into the fact table and builds every other table whole; with `full_refresh` the fact table too.

## When something is red
| task | usual cause | what to do |
|---|---|---|
| `plan` | an invalid range or setting | trigger again, as the message says |
| `extract_box_office` | `InvalidKey`: the password of the connection `kofic` is refused | set the key, clear the task |
| `extract_box_office` | `QuotaSpent`: 3,000 calls a day and key | clear the task after midnight in Seoul |
| `extract_box_office` | `Unreachable` or `UntrustedCertificate`: the network | fix the network, as the message says |
| `extract_box_office` | another error after all retries: not one reply could be read | KOFIC is down: clear the task later |
| `check_replies` | too large a share of the box-office replies was bad; the rest is loaded | clear `plan` to capture anew |
| `load` | `LoadMismatch` or no connection | clear the task: a second load changes nothing |
| `transform…run` | a model fails | fix the SQL, clear that one task; what is downstream follows |
| `transform…test` | the data breaks a rule | the log names the test and its query; downstream waits |
| `…source` | nothing was captured for two days | look at the last runs of this DAG |

`check_replies` is pink (skipped) when something could not be read and the run goes on: its log names the first few.
Rejected values, records and replies are in `raw_data.rejected_record`, loads in `raw_data.load_audit`, captures in the
bucket under `raw/`.
Clearing `plan` makes a new capture; clearing any other task repeats it on the same one.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param

from include.pipeline.tasks import check_replies, extract_box_office, extract_films, extract_weeks, load, plan, publish
from include.pipeline.transform import transform

_DAY = {"type": ["null", "string"], "format": "date"}

with DAG(
    dag_id="box_office_daily",
    dag_display_name="일별 박스오피스 · daily box office",
    description="KOFIC API → S3 → warehouse → dbt, every day 10:30 Asia/Seoul",
    doc_md=__doc__,
    # Not a timetable of data intervals: a manual run that took the logical date of the next morning would be given the
    # interval before it, and the next morning would be computed to be the same one, again and again (apache/airflow#41208).
    # Without a start date, so that unpausing runs nothing but what comes next. Until there is a scheduled run, each parse
    # computes the first one anew: for a minute it is the morning that has just begun, which the scheduler must not miss.
    schedule=CronTriggerTimetable("30 10 * * *", timezone="Asia/Seoul", run_immediately=timedelta(minutes=1)),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    default_args={"owner": "data-engineering", "execution_timeout": timedelta(hours=2)},
    tags=["kofic", "box-office", "daily"],
    params={
        "start_date": Param(None, **_DAY, title="첫 날 · first day", description="YYYY-MM-DD, Asia/Seoul"),
        "end_date": Param(None, **_DAY, title="마지막 날 · last day", description="YYYY-MM-DD, at most yesterday"),
        "full_refresh": Param(
            False,
            type="boolean",
            title="사실 테이블 전체 재생성 · full refresh",
            description="dbt builds the fact table whole too: after its model has changed",
        ),
    },
):
    pieces = plan()
    box_office = extract_box_office.expand(chunk=pieces)
    films = extract_films(pieces, box_office)
    loaded = load(box_office, films, extract_weeks(pieces, films))
    check_replies(loaded)
    loaded >> transform() >> publish(loaded)
