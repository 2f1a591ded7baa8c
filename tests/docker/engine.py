"""A Docker Engine of the tests' own, from Debian's `docker.io` and `docker-compose`, as root.

Its images are kept under `.local/docker`, so that a second run builds only what changed. Its containers reach one another and
have ports on loopback. It makes this machine forward nothing for them, so they reach nothing beyond.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import caller, waiting
from local.state import LOCAL, StackError

HOME = LOCAL / "docker"
_PACKAGES = {"dockerd": "docker.io", "docker": "docker.io", "docker-compose": "docker-compose", "debootstrap": "debootstrap"}


@dataclass(frozen=True)
class Engine:
    """A daemon that answers."""

    socket: Path

    @property
    def environment(self) -> dict[str, str]:
        """For commands that talk to the daemon: nothing of the caller's that ${…} in a compose file would read."""
        # BuildKit wants the plugin buildx, which Debian does not have.
        return caller.for_servers() | {
            "DOCKER_HOST": f"unix://{self.socket}",
            "DOCKER_BUILDKIT": "0",
            "COMPOSE_DOCKER_CLI_BUILD": "0",
        }

    def docker(self, *words: str, timeout: float = waiting.COMMAND) -> str:
        """What a docker command prints.

        Raises:
            StackError: it failed; the message has the end of its output.
        """
        return self.run(["docker", *words], timeout=timeout)

    def build(self, tag: str, context: Path, *options: str) -> None:
        """Builds a folder's Dockerfile. No step of it has a network."""
        self.docker("build", "--force-rm", "--network", "none", "--tag", tag, *options, str(context), timeout=2 * waiting.COMMAND)

    def run(
        self, command: Sequence[str], *, timeout: float = waiting.COMMAND, environment: Mapping[str, str] | None = None
    ) -> str:
        """What a command prints that talks to the daemon: `docker-compose`, or a script that calls it."""
        variables = self.environment | dict(environment or {})
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=timeout)
        if done.returncode:
            raise StackError(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done.stdout


@contextmanager
def running() -> Iterator[Engine]:
    """The engine, from here to the end of the block.

    Raises:
        StackError: a Debian package or a right is missing, or the daemon does not start.
    """
    if missing := sorted({package for tool, package in _PACKAGES.items() if not shutil.which(tool)}):
        remedy = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(missing)}"
        raise StackError(f"{', '.join(missing)} missing. Remedy: {remedy}")
    if os.geteuid() != 0:
        raise StackError("dockerd and debootstrap want root. Remedy: run as root.")
    HOME.mkdir(parents=True, exist_ok=True)
    log = HOME / "dockerd.log"
    # A UNIX socket's path has at most 107 bytes, which a clone in a deep folder would pass.
    with tempfile.TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True) as short, log.open("w") as output:
        engine = Engine(Path(short) / "docker.sock")
        folders = ["--data-root", str(HOME / "data"), "--exec-root", f"{short}/exec", "--pidfile", f"{short}/pid"]
        ways = ["--host", f"unix://{engine.socket}", "--bridge", "none", "--ip-forward=false", "--ip-masq=false"]
        how = ["--storage-driver", "overlay2", "--exec-opt", "native.cgroupdriver=cgroupfs"]
        daemon = subprocess.Popen(["dockerd", *folders, *ways, *how], stdout=output, stderr=output, start_new_session=True)
        try:
            waiting.until(lambda: _answers(engine, daemon, log), waiting.STARTED, lambda: f"dockerd does not answer: see {log}")
            yield engine
            # What a later build replaced.
            engine.docker("image", "prune", "--force")
        finally:
            # It ends its containers first.
            daemon.terminate()
            daemon.wait(2 * waiting.STOPPED)


def _answers(engine: Engine, daemon: "subprocess.Popen[bytes]", log: Path) -> bool:
    if daemon.poll() is not None:
        raise StackError(f"dockerd ended. The end of {log}:\n{log.read_text()[-2000:]}")
    done = subprocess.run(["docker", "info"], env=engine.environment, capture_output=True, timeout=waiting.ANSWER)
    return done.returncode == 0
