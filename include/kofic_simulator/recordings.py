"""Recorded replies, served as they were recorded."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Recordings = dict[tuple[str, frozenset[tuple[str, str]]], bytes]
"""JSON bodies by endpoint and parameters (without the key, in any order)."""


class NoRecordingsError(Exception):
    """The directory holds no recordings."""


def load(directory: Path) -> Recordings:
    """Read every `*.jsonl.gz` of a directory: one `{"endpoint", "params", "body"}` a line."""
    files = sorted(directory.glob("*.jsonl.gz"))
    if not files:
        raise NoRecordingsError(
            f"no *.jsonl.gz in {directory}: give a directory with recorded replies, or leave --recordings out"
        )
    found: Recordings = {}
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    entry: dict[str, Any] = json.loads(line)
                    call = (str(entry["endpoint"]), frozenset((str(k), str(v)) for k, v in entry["params"].items()))
                    found[call] = json.dumps(entry["body"], ensure_ascii=False, separators=(",", ":")).encode()
                except (ValueError, KeyError, AttributeError, TypeError) as error:
                    raise NoRecordingsError(
                        f"{file}, line {number}: not a recording ({type(error).__name__}: {error})"
                    ) from error
    return found


def find(recordings: Recordings, endpoint: str, params: Mapping[str, str]) -> bytes | None:
    """The recorded body of a call, or None."""
    return recordings.get((endpoint, frozenset(params.items())))
