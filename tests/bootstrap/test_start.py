"""`manage.py start` and `manage.py test`, as real processes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from netevent.accounts.models import User
from netevent.core.management.commands.start import DEFAULT_DEMO_PASSWORD, port_trouble, refuse_known_passwords
from tests.support import ROOT

pytestmark = pytest.mark.any_database
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], object], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return bool(true())


class Site:
    """One `manage.py` with a data folder of its own, by which every process it starts can be found again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        ours = {"NETEVENT_DATA_DIR": str(self.folder), "NETEVENT_NO_VENV": "1", "REDIS_URL": "", "BASE_URL": ""}
        kept = {name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "NETEVENT_TEST_DIR"}}
        return kept | ours

    def manage(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        environment = self.environment() | variables
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)

    def start(self, *options: str, **how: object) -> None:
        command = [sys.executable, "manage.py", "start", "--no-demo", "--port", str(self.port), *options]
        log = (self.folder.parent / "start.log").open("ab")
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=log, stderr=log, **how)  # type: ignore[call-overload]
        log.close()

    def log(self) -> str:
        return (self.folder.parent / "start.log").read_text()

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def processes(self) -> list[int]:
        mark, found = f"NETEVENT_DATA_DIR={self.folder}".encode(), []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found

    def background(self) -> int | None:
        for pid in self.processes():
            with contextlib.suppress(OSError):
                if b"background" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        return None

    def end(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait(10)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an up-to-date, empty database, made once."""
    folder = tmp_path_factory.mktemp("migrated") / "data"
    made = Site(folder).manage("migrate", "--verbosity", "0")
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def site(tmp_path: Path, migrated: Path) -> Iterator[Site]:
    shutil.copytree(migrated, tmp_path / "data")
    site = Site(tmp_path / "data")
    yield site
    site.end()


@POSIX
@pytest.mark.e2e
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_start_answers_and_leaves_no_process(site, end):
    site.start(stdin=subprocess.DEVNULL)
    assert wait_until(site.answers), site.log()
    assert wait_until(site.background), site.log()

    site.process.send_signal(end)

    assert site.process.wait(20) == 0
    assert site.processes() == []
    assert f"http://127.0.0.1:{site.port}/" in site.log()
    assert "Traceback" not in site.log()


@POSIX
@pytest.mark.e2e
def test_start_with_closed_stdin_from_a_shell_that_ignores_ctrl_c(site):
    def closed() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what `&` does in a script
        os.close(0)

    site.start(preexec_fn=closed)
    assert wait_until(lambda: site.answers() and site.background()), site.log()
    time.sleep(1)
    assert site.answers()

    site.process.send_signal(signal.SIGINT)

    assert site.process.wait(20) == 0
    assert site.processes() == []


@POSIX
@pytest.mark.faults
def test_background_leaves_when_start_is_killed(site):
    site.start(stdin=subprocess.DEVNULL)
    assert wait_until(site.background), site.log()

    site.process.kill()
    site.process.wait(10)

    assert wait_until(lambda: not site.processes(), 15), site.log()


@POSIX
@pytest.mark.faults
def test_background_that_dies_is_started_again(site):
    site.start(stdin=subprocess.DEVNULL)
    assert wait_until(site.background), site.log()
    first = site.background()

    os.kill(first, signal.SIGKILL)

    assert wait_until(lambda: site.background() not in {None, first}, 15), site.log()
    assert site.answers()


@pytest.mark.faults
def test_busy_port_is_one_sentence(site):
    with socket.socket() as other:
        other.bind(("127.0.0.1", site.port))
        other.listen()
        told = site.manage("start", "--port", str(site.port))

    assert told.returncode == 1
    assert f"Port {site.port} on 127.0.0.1 is in use" in told.stderr
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(13, "denied"), "Port 80 needs an administrator's rights"),
        (OSError(99, "not available"), "198.51.100.7 is not an address of this machine"),
        (socket.gaierror(-2, "unknown"), "198.51.100.7 is not an address of this machine"),
        (OSError(98, "in use"), "Port 80 on 198.51.100.7 is in use"),
    ],
)
def test_port_trouble_says_what_to_do(error, sentence):
    assert sentence in port_trouble("198.51.100.7", 80, error)


@pytest.fixture
def demo_account(db: None) -> User:
    return User.objects.create_user(username="demo", email="ada@demo.netevent.test", password=DEFAULT_DEMO_PASSWORD)


def test_other_hosts_are_refused_while_a_demo_account_has_the_known_password(demo_account):
    with pytest.raises(CommandError, match="password that everybody knows"):
        refuse_known_passwords("0.0.0.0", demo_follows=False)
    refuse_known_passwords("127.0.0.1", demo_follows=False)

    demo_account.set_password("a-better-one-2027")
    demo_account.save()
    refuse_known_passwords("0.0.0.0", demo_follows=False)


def test_other_hosts_are_refused_before_the_demo_is_loaded_with_the_known_password(db, settings):
    with pytest.raises(CommandError):
        refuse_known_passwords("0.0.0.0", demo_follows=True)

    settings.DEMO_PASSWORD = "a-better-one-2027"
    refuse_known_passwords("0.0.0.0", demo_follows=True)


def test_settings_are_the_tests_own(settings):
    """The next test runs this one under an environment that says otherwise."""
    assert settings.SETTINGS_MODULE == "netevent.settings.test"
    assert settings.DATA_DIR.is_relative_to(os.environ["NETEVENT_TEST_DIR"])
    assert not settings.IS_PRODUCTION
    assert settings.EMAIL_URL == ""


@pytest.mark.e2e
def test_test_command_ignores_the_environment(tmp_path):
    elsewhere = {
        "DJANGO_SETTINGS_MODULE": "somebody.elses.settings",
        "NETEVENT_ENV": "production",
        "EMAIL_URL": "smtp://mail.example.org",
        "DATABASE_URL": "postgres://nobody@192.0.2.1/nothing",
    }
    told = Site(tmp_path / "data").manage(
        "test",
        "-q",
        "tests/bootstrap/test_start.py::test_settings_are_the_tests_own",
        **elsewhere,
    )

    assert told.returncode == 0, told.stdout + told.stderr
    assert "1 passed" in told.stdout
    assert not (tmp_path / "data").exists()
