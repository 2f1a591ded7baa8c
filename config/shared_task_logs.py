"""Airflow's logging where every service sees the same folder of task logs: on a person's machine and on the one of deploy/ec2.

Airflow's own reader asks the log server of the task's host as well while a task runs, and shows its complaint when there is none.
Here there is none: scheduler and triggerer are started with `--skip-serve-logs`.
"""

from copy import deepcopy
from typing import Any

from airflow.config_templates.airflow_local_settings import DEFAULT_LOGGING_CONFIG
from airflow.utils.log.file_task_handler import FileTaskHandler


class SharedFolderTaskHandler(FileTaskHandler):
    """Reads a task's log from the folder alone."""

    def _read_from_logs_server(self, ti: Any, worker_log_rel_path: str) -> tuple[list[str], list[Any]]:
        return [], []


LOGGING_CONFIG = deepcopy(DEFAULT_LOGGING_CONFIG)
LOGGING_CONFIG["handlers"]["task"]["class"] = f"{__name__}.{SharedFolderTaskHandler.__name__}"
