from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from netevent import celery

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no sessions of processes here")


def in_a_child(act: Callable[[], str]) -> str:
    """What it says, in a process of its own: niceness can't be taken back."""
    here, there = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.write(there, act().encode())
        except BaseException as error:
            os.write(there, repr(error).encode())
        finally:
            os._exit(0)
    os.close(there)
    with os.fdopen(here) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said


def worker(*, leads: bool, file: Path) -> Callable[[], str]:
    def act() -> str:
        if leads:
            os.setsid()
        celery.AUTOGROUP = file
        celery.let_visitors_go_first()
        return str(os.nice(0))

    return act


@pytest.mark.parametrize("already", [0, 5, celery.NICENESS])
def test_worker_is_as_nice_as_it_should_however_it_was_started(tmp_path, already):
    started = max(already, os.nice(0))
    act = worker(leads=False, file=tmp_path / "autogroup")
    assert in_a_child(lambda: (os.nice(started - os.nice(0)), act())[1]) == str(max(started, celery.NICENESS))


def test_worker_with_a_session_of_its_own_steps_back_as_a_session(tmp_path):
    file = tmp_path / "autogroup"
    file.write_text("0")
    in_a_child(worker(leads=True, file=file))
    assert file.read_text() == str(celery.NICENESS)


def test_worker_in_the_session_of_others_leaves_it_alone(tmp_path):
    file = tmp_path / "autogroup"
    file.write_text("0")
    in_a_child(worker(leads=False, file=file))
    assert file.read_text() == "0"


@pytest.mark.parametrize("missing", ["gone", "."])
def test_without_autogroups_it_is_nice_all_the_same(tmp_path, missing):
    said = in_a_child(worker(leads=True, file=tmp_path / missing / "autogroup" if missing == "gone" else tmp_path))
    assert said == str(max(celery.NICENESS, os.nice(0)))


@pytest.mark.skipif(not celery.AUTOGROUP.exists(), reason="this kernel has no autogroups")
def test_kernel_takes_it():
    def act() -> str:
        worker(leads=True, file=Path("/proc/self/autogroup"))()
        return Path("/proc/self/autogroup").read_text(encoding="ascii")

    assert in_a_child(act).strip().endswith(f"nice {celery.NICENESS}")
