"""The part of `manage.py` that needs nothing but Python: finds or makes an interpreter that has every package, then goes on there.

Importable without Django; `python3 -m netevent.bootstrap dev` prepares the environment of a lock file and prints its interpreter.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
VENV_PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
LOCKS = {
    "base": ("base", "test", "dev", "prod"),
    "test": ("test", "dev"),
    "dev": ("dev",),
    "prod": ("prod",),
}  # a lock, and those that hold all of it
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WILDCARD = ("0.0.0.0", "::", "")  # noqa: S104 -- compared with, never bound to here


def stop(sentence: str) -> NoReturn:
    """End with one sentence on stderr and exit code 1."""
    sys.exit(f"NetEvent: {sentence}")


# --- What is installed? ----------------------------------------------------------------------------------------------------
def lock_file(lock: str) -> Path:
    return ROOT / "requirements" / f"{lock}.txt"


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


class Release(str):
    """A Python version in a marker: compared as numbers, since '3.9' < '3.11'."""

    __slots__ = ()

    def numbers(self) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", self)]

    def __lt__(self, other: str) -> bool:
        return self.numbers() < Release(other).numbers()

    def __le__(self, other: str) -> bool:
        return self.numbers() <= Release(other).numbers()

    def __gt__(self, other: str) -> bool:
        return self.numbers() > Release(other).numbers()

    def __ge__(self, other: str) -> bool:
        return self.numbers() >= Release(other).numbers()


def marker_names() -> dict[str, str]:
    """The names a marker of a lock file may use, with this interpreter's values (PEP 508)."""
    return {
        "implementation_name": sys.implementation.name,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_system": platform.system(),
        "python_full_version": Release(platform.python_version()),
        "python_version": Release(f"{sys.version_info.major}.{sys.version_info.minor}"),
        "sys_platform": sys.platform,
    }


def wanted_packages(text: str) -> dict[str, str]:
    """Name and version of each package that a lock file names for this interpreter; its markers are respected."""
    wanted, names = {}, marker_names()
    for name, version, marker in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)(?: *; *([^\\\n]+))?", text, re.MULTILINE):
        if not marker or eval(marker, {"__builtins__": {}}, names):  # noqa: S307 -- a marker of our own lock file is Python's own syntax
            wanted[canonical(name)] = version
    return wanted


def installed_packages(folders: Iterable[str]) -> dict[str, str]:
    """Name and version of each package in these folders; reads folder names only, because every command asks this first."""
    found: dict[str, str] = {}
    for folder in folders:
        with contextlib.suppress(OSError):
            for entry in os.listdir(folder or "."):  # noqa: PTH208 -- this path is asked at every command, and objects cost
                if entry.endswith(".dist-info"):
                    name, _, version = entry.removesuffix(".dist-info").partition("-")
                    found.setdefault(canonical(name), version)
    return found


def missing_packages(lock: str) -> list[str]:
    """`name==version` of each package of the lock file that this interpreter lacks or has in another version."""
    wanted, found = wanted_packages(lock_file(lock).read_text(encoding="utf-8")), installed_packages(sys.path)
    return [f"{name}=={version}" for name, version in wanted.items() if found.get(name) != version]


# --- The environment beside manage.py --------------------------------------------------------------------------------------
def in_our_venv() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def fingerprint(lock: str) -> str:
    return hashlib.sha256(lock_file(lock).read_bytes()).hexdigest()


def stamp(lock: str) -> Path:
    return VENV / f".netevent-{lock}"


def is_stamped(lock: str) -> bool:
    """Was this lock file, or one that holds all of it, installed to its end?"""
    for name in LOCKS[lock]:
        with contextlib.suppress(OSError):
            if stamp(name).read_text(encoding="ascii") == fingerprint(name):
                return VENV_PYTHON.exists()
    return False


def is_ready(lock: str) -> bool:
    """Has the running interpreter every package of the lock file, none of them half installed?"""
    return not missing_packages(lock) and (not in_our_venv() or is_stamped(lock))


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two first runs take turns: the second finds the work done."""
    with (ROOT / ".venv.lock").open("a+") as handle:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


REASONS = (
    (
        r"No space left|not enough space|Disk quota|Errno 28\b|os error 28\b",
        "the disk is full; free some space and start again.",
    ),
    (
        r"Read-only file system|Permission denied|Access is denied|Errno 13\b|Errno 30\b",
        f"{ROOT} can't be written to; get the right to write there, or copy NetEvent elsewhere.",
    ),
    (
        r"[Hh]ash mismatch|DO NOT MATCH THE HASHES",
        "a downloaded package is not the one that was locked; try again, or look at the package index that is used here.",
    ),
    (
        r"resol|getaddrinfo|[Cc]onnect|timed? ?out|unreachable|[Pp]roxy|SSL|certificate|Failed to fetch|No matching distribution",
        "the packages can't be downloaded; look at the network (or the proxy) and start again.",
    ),
)
HOPELESS = (REASONS[0][1], REASONS[1][1])  # pip would meet the same disk as uv


def explain(output: str) -> str:
    """One sentence for what pip, uv or the system said."""
    for pattern, sentence in REASONS:
        if re.search(pattern, output):
            return sentence
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return f"the packages can't be installed: {lines[-1] if lines else 'no reason was given'}"


def run(*command: str | Path) -> str:
    """Run a program of the installation; what it said when it failed, else nothing."""
    environment = {"PIP_RETRIES": "2", "UV_HTTP_TIMEOUT": "60", "UV_SYSTEM_CERTS": "1"} | os.environ | {"PIP_USER": "0"}
    if "PIP_INDEX_URL" in environment:
        environment.setdefault("UV_DEFAULT_INDEX", environment["PIP_INDEX_URL"])  # uv reads none of pip's settings
    quietly: dict[str, Any] = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "errors": "replace"}
    done = subprocess.run(command, env=environment, check=False, **quietly)
    if done.returncode == 0:
        return ""
    return (done.stderr + done.stdout).strip() or f"{command[0]} ended with {done.returncode}"


def make_venv() -> None:
    """A working `.venv` with pip; one that a killed run or another Python left behind is replaced."""
    if VENV_PYTHON.exists() and not run(VENV_PYTHON, "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"):
        return
    base = getattr(sys, "_base_executable", None) or sys.executable
    if run(base, "-c", "import venv, ensurepip"):
        stop(
            "this Python can't make virtual environments; install the system package "
            f"python{sys.version_info.major}.{sys.version_info.minor}-venv (Debian, Ubuntu: apt install python3-venv)."
        )
    if trouble := run(base, "-m", "venv", "--clear", VENV):
        stop(explain(trouble))


def install(lock: str) -> None:
    """Install the hash-locked file into `.venv`: with uv, which is fast, else with pip."""
    pip = (VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
    uv = VENV_PYTHON.with_name("uv.exe" if WINDOWS else "uv")
    trouble = run(*pip, "--only-binary", ":all:", "-r", lock_file("uv"))
    if not trouble:
        trouble = run(uv, "pip", "install", "--quiet", "--python", VENV_PYTHON, "--require-hashes", "-r", lock_file(lock))
    if trouble and explain(trouble) not in HOPELESS:
        trouble = run(*pip, "-r", lock_file(lock))
    if trouble:
        stop(explain(trouble))
    stamp(lock).write_text(fingerprint(lock), encoding="ascii")


def prepare(lock: str) -> None:
    """Make sure that `.venv` holds the lock file's packages; returns at once when it does."""
    try:
        with one_at_a_time():
            if is_stamped(lock) and not (in_our_venv() and missing_packages(lock)):
                return
            print(
                f"NetEvent: installing requirements/{lock}.txt into {VENV.name}; this happens once.",
                file=sys.stderr,
                flush=True,
            )
            make_venv()
            install(lock)
    except OSError as error:
        stop(explain(str(error)))


def interpreter_for(lock: str) -> str:
    """The interpreter that has the lock file's packages: this one, or that of `.venv`, made when needed."""
    if is_ready(lock):
        return sys.executable
    if os.environ.get("NETEVENT_NO_VENV") == "1":
        stop(f"{sys.executable} lacks {', '.join(missing_packages(lock))}; NETEVENT_NO_VENV=1, so nothing is installed.")
    prepare(lock)
    return str(VENV_PYTHON)


def ensure(lock: str, argv: list[str]) -> None:
    """Return when this interpreter has every package of the lock file; else run the same command in `.venv`, made when needed."""
    interpreter = interpreter_for(lock)
    if interpreter != sys.executable:
        go_on_in_venv(argv)
    if missing := missing_packages(lock):
        stop(f"{VENV.name} lacks {', '.join(missing)} though it was installed; remove {VENV} and start again.")


def go_on_in_venv(argv: list[str]) -> NoReturn:
    command = [str(VENV_PYTHON), *argv]
    if not WINDOWS:
        os.execv(command[0], command)  # noqa: S606 -- the interpreter that was just prepared
    try:  # Windows has no exec: stay, and pass the answer on
        raise SystemExit(subprocess.call(command))
    except KeyboardInterrupt:
        raise SystemExit(130) from None


# --- What has to be there before Django is loaded --------------------------------------------------------------------------
def compile_catalogues(folder: Path = ROOT / "locale") -> int:
    """Compile every `.po` whose `.mo` is missing or was made from another state of it; how many were compiled.

    A `.mo` carries the time of the `.po` it was made from, so an older `.po` that comes back is noticed too.
    """
    stale = [path for path in sorted(folder.glob("*/LC_MESSAGES/*.po")) if not is_compiled(path)]
    for path in stale:
        compile_catalogue(path)
    return len(stale)


def is_compiled(source: Path) -> bool:
    with contextlib.suppress(OSError):
        return int(source.with_suffix(".mo").stat().st_mtime) == int(source.stat().st_mtime)
    return False


def compile_catalogue(source: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    target, times = source.with_suffix(".mo"), source.stat()
    half = target.with_suffix(f".{os.getpid()}.half")
    try:
        with source.open("rb") as text, half.open("wb") as binary:
            write_mo(binary, read_po(text, locale=source.parent.parent.name))
        os.utime(half, ns=(times.st_atime_ns, times.st_mtime_ns))
        half.replace(target)
    except OSError as error:
        if not target.exists():  # a read-only image that was built with its catalogues goes on with them
            stop(explain(str(error)))


def keep_standard_streams() -> None:
    """Open what the caller closed: else a socket or the database would become descriptor 0, 1 or 2."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def choose_settings() -> None:
    """Name the settings module: `production` when NETEVENT_ENV says so (environment or `.env`), else `local`."""
    from netevent.env import read_env_file

    read_env_file(ROOT / ".env")
    kind = "production" if os.environ.get("NETEVENT_ENV", "").strip() == "production" else "local"
    if not os.environ.get("DJANGO_SETTINGS_MODULE", "").startswith("netevent."):  # another project's is not for us
        os.environ["DJANGO_SETTINGS_MODULE"] = f"netevent.settings.{kind}"


def add_address_options(parser: argparse.ArgumentParser) -> None:
    """`--host` and `--port` of `start`; read here as well, because settings follow them."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")


def follow_address(arguments: list[str]) -> None:
    """In development BASE_URL and the allowed hosts follow `--host` and `--port`, unless they are set."""
    parser = argparse.ArgumentParser(add_help=False)
    add_address_options(parser)
    given, _ = parser.parse_known_args(arguments)
    host = given.host
    if host in WILDCARD:
        host = own_address()  # links are made from it; what the browser calls us may be any of this machine's names
        os.environ["ALLOWED_HOSTS"] = os.environ.get("ALLOWED_HOSTS") or "*"
    if not os.environ.get("BASE_URL"):
        os.environ["BASE_URL"] = f"http://{f'[{host}]' if ':' in host else host}:{given.port}"


def own_address() -> str:
    """The address other machines know this one by; no packet is sent."""
    import socket

    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


# --- The commands ----------------------------------------------------------------------------------------------------------
def run_tests(options: list[str]) -> NoReturn:
    """pytest with the test settings, whatever the environment says."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "netevent.settings.test"
    os.chdir(ROOT)
    import pytest

    raise SystemExit(int(pytest.main(["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), *options])))


def run_django(argv: list[str]) -> None:
    choose_settings()
    if argv[1:2] == ["start"] and os.environ.get("NETEVENT_ENV", "").strip() != "production":
        follow_address(argv[2:])
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(argv)
    except ImproperlyConfigured as error:
        stop(str(error))


def main(argv: list[str]) -> None:
    """Everything `manage.py` does, from an empty machine to the command."""
    testing = argv[1:2] == ["test"]
    try:
        keep_standard_streams()
        ensure("test" if testing else "base", [str(ROOT / "manage.py"), *argv[1:]])
        compile_catalogues()
        if testing:
            run_tests(argv[2:])
        run_django(argv)
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else "base"
    if chosen not in LOCKS:
        stop(f"{chosen} is none of {', '.join(LOCKS)}.")
    print(interpreter_for(chosen))
