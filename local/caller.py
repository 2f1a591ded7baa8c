"""Which variables of the caller's environment the commands and servers see: those named below, and no others.

Libraries pick up a proxy, AWS_PROFILE, PGSERVICE or PYTHONPATH that are meant for another project. boto3's settings in the home
folder are disabled as well. The machine's time zone is ignored: servers write Seoul's time.
"""

import os
from collections.abc import Mapping

from include.kofic.calendar import SEOUL

ORIGINAL: Mapping[str, str] = dict(os.environ)
"""The unfiltered environment, for commands that leave this machine and pick their own variables (`make preset`)."""

SERVERS = frozenset({"HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "USER"})
COMMANDS = SERVERS | {"COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "Q", "TERM", "WAIT_FACTOR"}
_INSTALLERS = ("all_proxy", "http_proxy", "https_proxy", "no_proxy", "pip_", "ssl_cert_", "uv_", "xdg_")
"""Prefixes, in lower case, of the variables that configure a package index, the connection to it, and its cache."""

NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def clean_environment(*kept: str) -> None:
    """Removes all variables from this process's environment except those for commands and the names in `kept`."""
    for name in os.environ.keys() - COMMANDS - set(kept):
        del os.environ[name]
    os.environ.update(NO_FILES)


def for_servers() -> dict[str, str]:
    """The environment of a server."""
    return {name: value for name, value in ORIGINAL.items() if name in SERVERS} | NO_FILES | {"TZ": SEOUL.key}


def for_installers() -> dict[str, str]:
    """The environment of uv and pip."""
    return {name: value for name, value in ORIGINAL.items() if name in COMMANDS or name.lower().startswith(_INSTALLERS)}
