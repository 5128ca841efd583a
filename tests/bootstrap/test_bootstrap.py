"""The part of manage.py that has nothing but Python to stand on."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netevent import bootstrap
from tests.support import ROOT

LOCK = """\
# made by hand
django[argon2]==5.2.19 \\
    --hash=sha256:00
old-one==1.0 ; python_full_version < '3.9' \\
    --hash=sha256:00
new.One==2.0 ; python_version >= '3.9' and implementation_name != 'pypy' \\
    --hash=sha256:00
pywin32==311 ; sys_platform == 'nowhere' \\
    --hash=sha256:00
"""


def bare(project: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` under an interpreter without any package, with nothing of this run's environment but PATH."""
    environment = {"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", **variables}
    command = [sys.executable, "-S", "manage.py", *arguments]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def checkout() -> Iterator[Path]:
    """The files the bootstrap needs, in a folder others may read too."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    shutil.copy(ROOT / "manage.py", folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    (folder / "netevent").mkdir()
    for name in ("__init__.py", "bootstrap.py"):
        shutil.copy(ROOT / "netevent" / name, folder / "netevent")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_wanted_packages_respects_markers():
    assert bootstrap.wanted_packages(LOCK) == {"django": "5.2.19", "new-one": "2.0"}


def test_release_compares_numbers_not_letters():
    assert bootstrap.Release("3.9") < "3.11"
    assert not bootstrap.Release("3.11.3") < "3.11.3"
    assert bootstrap.Release("3.11") >= "3.11"


def test_installed_packages_reads_what_pip_and_uv_write(tmp_path):
    for name in ("python_dateutil-2.9.0.post0.dist-info", "Django-5.2.19.dist-info", "notes.txt"):
        (tmp_path / name).mkdir()

    assert bootstrap.installed_packages([str(tmp_path), "/nowhere"]) == {
        "python-dateutil": "2.9.0.post0",
        "django": "5.2.19",
    }


def test_this_interpreter_has_every_package_of_the_test_lock():
    assert bootstrap.missing_packages("test") == []


def test_locks_name_each_package_with_hashes_and_no_host():
    for lock in bootstrap.LOCKS:
        text = bootstrap.lock_file(lock).read_text(encoding="utf-8")
        assert text.count("==") <= text.count("--hash=sha256:")
        assert "://" not in text


def test_manage_py_can_be_read_by_an_old_python():
    ast.parse((ROOT / "manage.py").read_text(encoding="utf-8"), feature_version=(3, 4))


def test_old_python_is_told_what_is_needed():
    script = (
        "import runpy, sys; sys.version_info = (3, 9, 2); sys.argv = ['manage.py', 'start']; "
        "runpy.run_path('manage.py', run_name='__main__')"
    )
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)

    assert told.returncode == 1
    assert told.stderr.startswith("NetEvent needs Python 3.11 or newer; this is Python 3.9")
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize(("command", "named"), [("start", "waitress=="), ("test", "pytest==")])
def test_no_venv_installs_nothing_and_names_what_is_missing(checkout, command, named):
    told = bare(checkout, command, NETEVENT_NO_VENV="1")

    assert told.returncode == 1
    assert named in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("error: failed to write: No space left on device (os error 28)", "the disk is full"),
        ("[Errno 30] Read-only file system: '/srv'", "can't be written to"),
        ("PermissionError: [Errno 13] Permission denied", "can't be written to"),
        ("failed to lookup address: Temporary failure in name resolution", "the packages can't be downloaded"),
        (
            "ERROR: Could not find a version\nERROR: No matching distribution found for uv==1",
            "the packages can't be downloaded",
        ),
        ("Hash mismatch for `django==5.2.19`", "not the one that was locked"),
        ("line one\nsomething odd", "the packages can't be installed: something odd"),
    ],
)
def test_explain_makes_one_sentence_of_what_a_program_said(said, sentence):
    assert sentence in bootstrap.explain(said)
    assert "\n" not in bootstrap.explain(said)


@pytest.mark.faults
def test_python_without_ensurepip_names_the_system_package(checkout):
    (checkout / "broken").mkdir()
    (checkout / "broken" / "ensurepip.py").write_text("raise ImportError")

    told = bare(checkout, "start", PYTHONPATH=str(checkout / "broken"))

    assert told.returncode == 1
    assert "python3-venv" in told.stderr.splitlines()[-1]
    assert "Traceback" not in told.stderr


@pytest.mark.faults
def test_no_network_is_one_sentence_and_the_next_run_tries_again(checkout):
    proxy = "http://127.0.0.1:9"
    for _ in range(2):
        told = bare(checkout, "start", HTTPS_PROXY=proxy, HTTP_PROXY=proxy, ALL_PROXY=proxy)

        assert told.returncode == 1
        assert told.stderr.splitlines()[-1].startswith("NetEvent: the packages can't be downloaded")
        assert "Traceback" not in told.stderr


@pytest.mark.faults
@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="about the rights of POSIX folders")
def test_read_only_folder_is_one_sentence(checkout):
    checkout.chmod(0o555)
    command = [
        shutil.which("python3", path="/usr/bin:" + os.environ["PATH"]) or sys.executable,
        "-S",
        "manage.py",
        "start",
    ]
    someone = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    told = subprocess.run(command, cwd=checkout, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, **someone)

    assert told.returncode == 1
    assert "can't be written to" in told.stderr
    assert len(told.stderr.splitlines()) == 1


def test_two_first_runs_take_turns(checkout):
    script = (
        "import time; from netevent import bootstrap\n"
        "with bootstrap.one_at_a_time(): print(time.monotonic(), flush=True); time.sleep(0.3); print(time.monotonic(), flush=True)"
    )
    runs = [subprocess.Popen([sys.executable, "-c", script], cwd=checkout, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = sorted([float(moment) for moment in run.communicate(timeout=30)[0].split()] for run in runs)

    assert first[1] <= second[0]


def test_stamp_holds_for_one_state_of_the_lock_file(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", tmp_path / "python")
    (tmp_path / "python").touch()
    assert not bootstrap.is_stamped("base")

    bootstrap.stamp("test").write_text(bootstrap.fingerprint("test"))
    assert bootstrap.is_stamped("base")  # test.txt holds all of base.txt
    assert not bootstrap.is_stamped("dev")

    bootstrap.stamp("test").write_text("an older state")
    assert not bootstrap.is_stamped("base")


def test_catalogues_are_compiled_when_their_source_changed(tmp_path):
    folder = tmp_path / "nl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source, head = folder / "django.po", 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    source.write_text(head + 'msgid "Event"\nmsgstr "Evenement"\n')

    assert bootstrap.compile_catalogues(tmp_path) == 1
    assert bootstrap.compile_catalogues(tmp_path) == 0
    assert b"Evenement" in (folder / "django.mo").read_bytes()

    source.write_text(head + 'msgid "Event"\nmsgstr "Gebeurtenis"\n')
    older = time.time() - 3600
    os.utime(source, (older, older))  # a branch that was checked out again
    assert bootstrap.compile_catalogues(tmp_path) == 1
    assert b"Gebeurtenis" in (folder / "django.mo").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "before", "base_url", "hosts"),
    [
        ([], {}, "http://127.0.0.1:8000", ""),
        (["--port", "8100"], {}, "http://127.0.0.1:8100", ""),
        (["--host=::1", "--port=8100"], {}, "http://[::1]:8100", ""),
        (["--host", "192.0.2.7"], {"BASE_URL": "https://events.example.org"}, "https://events.example.org", ""),
    ],
)
def test_base_url_follows_the_address_unless_it_is_set(monkeypatch, arguments, before, base_url, hosts):
    for name in ("BASE_URL", "ALLOWED_HOSTS"):
        monkeypatch.setenv(name, before.get(name, ""))

    bootstrap.follow_address(arguments)

    assert (os.environ["BASE_URL"], os.environ["ALLOWED_HOSTS"]) == (base_url, hosts)


def test_every_address_is_named_by_one_that_others_can_open(monkeypatch):
    monkeypatch.setenv("BASE_URL", "")
    monkeypatch.setenv("ALLOWED_HOSTS", "")

    bootstrap.follow_address(["--host", "0.0.0.0"])

    assert "0.0.0.0" not in os.environ["BASE_URL"]
    assert os.environ["ALLOWED_HOSTS"] == "*"
