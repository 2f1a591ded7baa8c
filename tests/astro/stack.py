"""The stack of `astro dev start` on the tests' Docker Engine, in a new copy of the project."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from ephemeral_port_reserve import reserve

from local import waiting
from local.state import ROOT, StackError
from tests.astro import cli
from tests.docker import standins
from tests.docker.engine import Engine

CHANGES = (
    "`version: \"3.8\"` at the head of both compose files: Debian's docker-compose 1.29 asks for it, today's does not",
    "ports of this machine that are taken: a free one stands in their place",
    "images that cannot be pulled: stand-ins under their names (tests/docker)",
)
"""All in which the rehearsal differs from what the CLI does with the same files."""


@dataclass(frozen=True)
class Compose:
    """The project's containers."""

    engine: Engine
    home: Path
    ports: dict[int, int]
    """The ports of this machine, by those that the files name."""

    def __call__(self, *words: str, timeout: float = waiting.COMMAND) -> str:
        """What a docker-compose command prints.

        Raises:
            StackError: it failed.
        """
        options = ["--project-name", cli.project_name(self.home), "--project-directory", str(self.home)]
        # The CLI gives `.env` to no ${…}; docker-compose would, unless told of another file.
        empty = self.home.parent / "empty.env"
        empty.touch()
        options += ["--env-file", str(empty)]
        files = [word for file in ("compose.yaml", "override.yaml") for word in ("--file", str(self.home.parent / file))]
        return self.engine.run(["docker-compose", *options, *files, *words], timeout=timeout)

    def url(self, port: int) -> str:
        """Where the files' port answers."""
        return f"http://127.0.0.1:{self.ports[port]}"

    def state(self) -> str:
        """Every container's state, and what they wrote last."""
        return self("ps", "--all") + self("logs", "--no-color", "--tail", "30")


def clone(folder: Path) -> Path:
    """A folder with what a clone has, and `.env` as the README says."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    shutil.copy(folder / ".env.example", folder / ".env")
    return folder


@contextmanager
def started(engine: Engine, home: Path) -> Iterator[Compose]:
    """The containers, until the end of the block."""
    override = yaml.safe_load((home / "docker-compose.override.yml").read_text())
    compose = Compose(engine, home, {})
    for name, content in {"compose.yaml": cli.compose_file(home), "override.yaml": override}.items():
        for service in content["services"].values():
            service["ports"] = [_published(port, compose.ports) for port in service.get("ports", [])]
        (home.parent / name).write_text(yaml.safe_dump({"version": "3.8", **content}, allow_unicode=True))
    _make_images(engine, home, override)
    try:
        compose("up", "--detach", "--no-build")
        yield compose
    finally:
        compose("down", "--volumes", "--timeout", "10")
        engine.docker("image", "rm", cli.image_name(home))


def _make_images(engine: Engine, home: Path, override: dict[str, Any]) -> None:
    makers = {
        "postgres": standins.postgres_server,
        "chrislusf/seaweedfs": standins.seaweedfs,
        "apache/superset": standins.superset,
    }
    images = {service["image"] for service in override["services"].values() if "image" in service}
    for image in sorted(images | {cli.metadata_image(home)}):
        makers[image.partition(":")[0]](engine, image)
    standins.runtime(engine)
    engine.build(cli.image_name(home), home)
    # Its layers stay for the next time, when the folder has another name.
    engine.docker("tag", cli.image_name(home), standins.PROJECT)


def _published(port: str, ports: dict[int, int]) -> str:
    """The port as it is if it is free, else another one."""
    found = re.fullmatch(r"127\.0\.0\.1:(\d+):(\d+)", port)
    if not found:
        raise StackError(f"{port} is published beyond this machine. Remedy: 127.0.0.1:… in the compose file.")
    wanted = int(found[1])
    try:
        ports[wanted] = reserve("127.0.0.1", wanted)
    except OSError:
        ports[wanted] = reserve("127.0.0.1")
    return f"127.0.0.1:{ports[wanted]}:{found[2]}"


def is_healthy(compose: Compose) -> bool:
    """Whether Airflow's page answers and says that its four parts are well. The CLI waits for this page."""
    try:
        states = httpx.get(f"{compose.url(8080)}/api/v2/monitor/health", trust_env=False, timeout=10).json()
    except (httpx.HTTPError, ValueError):
        return False
    return all(states[name]["status"] == "healthy" for name in ("metadatabase", "scheduler", "dag_processor", "triggerer"))
