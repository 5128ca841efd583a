"""Real worker processes on the test's own database, for tests that kill them.

    # conftest.py of the tests that want one
    from tests.jobs.processes import worker_process  # noqa: F401

    @pytest.mark.django_db(transaction=True)
    def test_…(worker_process):
        worker = worker_process("filesystem", JOB_LEASE_SECONDS="2")  # or "redis"; modules=("tests.jobs.slow_kind",) are imported by it
        worker.start()
        worker.wait_for(lambda: …, "the job moves")
        worker.kill()  # SIGKILL: it has no time for anything
        worker.start()  # as its supervisor does; with the same queue

The worker is `manage.py background`: worker and scheduler in one process. It shares the test's database, secret key and media folder; its data
folder, broker queue and Redis keys are its own. The test process rings for nobody (WAKE_WORKERS is off): the worker finds what was ordered
when it comes up, and by its sweep each JOB_LEASE_SECONDS.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection

from tests.support import ROOT, need

START = "import os, sys; sys.path.insert(0, os.getcwd()); from tests.jobs.processes import main; main()"


def main() -> None:
    """In the worker: what manage.py does, with the modules of the test imported first."""
    from netevent.bootstrap import choose_settings

    choose_settings()
    import django

    django.setup()
    from django.conf import settings as own
    from django.core.management import call_command

    own.MEDIA_ROOT = Path(os.environ["TEST_MEDIA_ROOT"])
    for module in os.environ["TEST_MODULES"].split():
        __import__(module)
    call_command("background", leave_with_parent=True)


def redis_url() -> str:
    """The Redis of this run, else one on the standard port; every use has keys of its own."""
    url = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/0"
    with redis.Redis.from_url(url, socket_connect_timeout=1) as server:
        try:
            server.ping()
        except redis.RedisError:
            need(False, "no Redis on the standard port; set TEST_REDIS_URL")
    return url


def forget_keys(url: str, prefix: str) -> None:
    with redis.Redis.from_url(url) as server:
        if keys := list(server.scan_iter(match=f"{prefix}:*", count=1000)):
            server.delete(*keys)


@pytest.fixture
def worker_process(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., WorkerProcess]]:
    """Makes workers (not started); all are gone before the test's rows are."""
    made: list[WorkerProcess] = []

    def make(broker: str = "filesystem", *, modules: tuple[str, ...] = (), **environment: str) -> WorkerProcess:
        made.append(WorkerProcess(tmp_path / f"worker{len(made)}", broker, modules, **environment))
        return made[-1]

    yield make
    for worker in made:
        worker.stop()


def database_url() -> str:
    """The test's database, as a process of its own reaches it."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    return f"postgres://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 60, pause: float = 0.05) -> Any:
    """What the condition answers, as soon as that is true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(pause)
    raise TimeoutError(f"{what}: not within {seconds} s")


class WorkerProcess:
    """One `manage.py background`."""

    def __init__(self, folder: Path, broker: str, modules: tuple[str, ...], **environment: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.redis = redis_url() if broker == "redis" else ""
        self.prefix = f"test-{uuid.uuid4().hex[:12]}"
        self.log = (folder / "worker.log").open("ab")
        self.environment = {
            **os.environ,
            "NETEVENT_ENV": "development",
            "NETEVENT_NO_VENV": "1",
            "DJANGO_SETTINGS_MODULE": "netevent.settings.local",
            "NETEVENT_DATA_DIR": str(folder),
            "DATABASE_URL": database_url(),
            "SECRET_KEY": settings.SECRET_KEY,
            "REDIS_URL": self.redis,
            "REDIS_PREFIX": self.prefix,
            "TEST_MEDIA_ROOT": str(settings.MEDIA_ROOT),
            "TEST_MODULES": " ".join(modules),
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, or start it again after a kill: with the same queue and data folder."""
        command = [sys.executable, "-c", START]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=self.log, stderr=self.log, start_new_session=True
        )  # it leaves when its stdin closes, so a test run that is killed leaves no worker behind

    def elsewhere(self, code: str) -> None:
        """Run Python in a short process of its own beside the worker, as a web process would be: same settings, database and broker."""
        prelude = "import os, sys; sys.path.insert(0, os.getcwd()); import netevent.celery, django; django.setup()"
        command = [sys.executable, "-c", f"{prelude}\n{code}"]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    @property
    def output(self) -> str:
        self.log.flush()
        return (self.folder / "worker.log").read_text(errors="replace")

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_for(self, condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
        """As `wait_for`; when it doesn't come, or the worker is gone, the failure shows what the worker said."""

        def looked() -> Any:
            assert self.alive(), f"{what}: the worker ended by itself\n{self.output[-3000:]}"
            return condition()

        try:
            return wait_for(looked, what, seconds)
        except TimeoutError as late:
            raise AssertionError(f"{late}\n{self.output[-3000:]}") from late

    def kill(self) -> None:
        """SIGKILL, as the kernel does when memory is short."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate(timeout=30)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.communicate(timeout=10)
        self.log.close()
        if self.redis:
            forget_keys(self.redis, self.prefix)
