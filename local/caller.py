"""What the commands and the servers take from the environment that `make` was called in: the names below, and nothing else.

Libraries read a proxy, AWS_PROFILE, PGSERVICE or PYTHONPATH unsent, and these are of another project. A home folder has settings
of boto3's as well, so it is told of none. The machine's time zone is not asked either: servers write Seoul's time.
"""

import os
from collections.abc import Mapping

from include.kofic.calendar import SEOUL

GIVEN: Mapping[str, str] = dict(os.environ)
"""The environment as it was, for what leads out of this machine and says itself what it takes (`make preset`)."""

SERVERS = frozenset({"HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "USER"})
COMMANDS = SERVERS | {"COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "Q", "TERM", "WAIT_FACTOR"}
_INSTALLERS = ("all_proxy", "http_proxy", "https_proxy", "no_proxy", "pip_", "ssl_cert_", "uv_", "xdg_")
"""How the names begin, in small letters, by which a package index, a way to it and a cache are set."""

NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def forget(*others: str) -> None:
    """Takes everything out of this process's environment but what commands may take, and these other names."""
    for name in os.environ.keys() - COMMANDS - set(others):
        del os.environ[name]
    os.environ.update(NO_FILES)


def for_servers() -> dict[str, str]:
    """What a server gets."""
    return {name: value for name, value in GIVEN.items() if name in SERVERS} | NO_FILES | {"TZ": SEOUL.key}


def for_installers() -> dict[str, str]:
    """What uv and pip get."""
    return {name: value for name, value in GIVEN.items() if name in COMMANDS or name.lower().startswith(_INSTALLERS)}
