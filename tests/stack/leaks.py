"""Looks for secrets in everything that the stack's servers wrote or show: each as it is, and as it hides in other forms."""

import base64
import io
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote_plus

import psutil
import pyarrow.parquet as pq

from local import lifecycle, postgres, waiting
from local.state import LOCAL, LOGS, Stack

KEEPERS = frozenset({"state.json", "login.json", "identities.json"})
"""The files whose work is to hold secrets, readable by their owner alone."""


def forms(secret: str) -> dict[str, bytes]:
    """The secret in the forms in which it could lie somewhere. Base64 has three, by where the secret starts."""
    raw = secret.encode()
    made = {"": raw, " in hex": raw.hex().encode(), " in a URL": quote_plus(secret).encode()}
    for shift in range(3):
        # The letters at both ends mix with their neighbours' bits.
        made[f" in base64 ({shift})"] = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4]
    return made


def found(stack: Stack, where: str, content: bytes) -> set[str]:
    """What of the stack's secrets is in the content, by name."""
    return {
        f"{name}{form} in {where}"
        for name, secret in stack.secrets.items()
        for form, text in forms(secret).items()
        if text in content
    }


def dump(stack: Stack, database: str) -> bytes:
    """The whole database as SQL, large objects included: structure, rows, comments, rights."""
    command = [*postgres.binary("pg_dump"), "--host=127.0.0.1", f"--port={stack.ports['postgres']}", "--username=postgres"]
    done = subprocess.run(
        [*command, "--large-objects", database],
        env={"PGPASSWORD": stack.secrets["postgres"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        timeout=waiting.COMMAND,
        check=True,
    )
    return done.stdout


def logs(stack: Stack) -> list[Path]:
    """Every log of the stack, its tasks' among them."""
    return [file for file in LOGS.rglob("*") if file.is_file() and str(file.relative_to(LOGS)).startswith(stack.name)]


def files(stack: Stack) -> Iterator[Path]:
    """What the servers keep on disk besides the logs, but for the databases (dumped) and the lake (read object by object)."""
    for file in (LOCAL / stack.name).rglob("*"):
        folder = file.relative_to(LOCAL / stack.name).parts[0]
        if file.is_file() and file.name not in KEEPERS and folder not in ("postgres", "superset"):
            yield file


def lake(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Every object of the bucket: as it lies there with its metadata, and what Parquet unpacks to."""
    place = lifecycle.open_lake(stack)
    for page in place.client.get_paginator("list_objects_v2").paginate(Bucket=place.bucket):
        for each in page.get("Contents", []):
            key = each["Key"]
            answer = place.client.get_object(Bucket=place.bucket, Key=key)
            body = answer["Body"].read()
            yield key, key.encode() + repr(answer["Metadata"]).encode() + body
            if key.endswith(".parquet"):
                table = pq.read_table(io.BytesIO(body))
                yield f"{key} unpacked", str(table.schema.metadata).encode() + str(table.to_pylist()).encode()


def command_lines() -> list[str]:
    """The process list, as every user of the machine sees it."""
    return [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]


def readable_by_others(stack: Stack) -> list[Path]:
    """The keepers of secrets that someone else could read."""
    keepers = [file for file in (LOCAL / stack.name).rglob("*") if file.name in KEEPERS]
    return [file for file in keepers if file.stat().st_mode & 0o077]


def tables(stack: Stack, database: str) -> set[str]:
    """The tables of a database, with their schemas."""
    with closing(postgres.connect(stack, database, "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("select table_schema || '.' || table_name from information_schema.tables where table_type = 'BASE TABLE'")
        return {name for (name,) in cursor.fetchall()}
