"""Figures of five runs, and the processes that are measured."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import ROOT

ROUNDS = 5
CLIENTS = 8


@dataclass
class Figure:
    """One thing that was measured, once in each round."""

    name: str
    per_second: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.per_second)

    @property
    def spread(self) -> str:
        return f"{min(self.per_second):.0f} to {max(self.per_second):.0f}"

    def line(self) -> str:
        p95, cpu = statistics.median(self.p95) * 1000, statistics.median(self.cpu) * 1000
        return f"{self.name:<38}{self.median:6.0f}/s   spread {self.spread:<14} p95 {p95:5.1f} ms   CPU {cpu:5.2f} ms"

    def held_against(self, other: Figure, least: float, aim: float | None = None) -> str:
        """This beside the share of the other that it has to reach: the median of the rounds' own ratios, since both ran side by side."""
        ratio = statistics.median(mine / theirs for mine, theirs in zip(self.per_second, other.per_second, strict=True))
        by_cpu = statistics.median(theirs / mine for mine, theirs in zip(self.cpu, other.cpu, strict=True))
        wish = f", aim {aim:.2f}" if aim else ""
        limit = f"limit {least:.2f} = {other.median * least:.0f}/s{wish}"
        verdict = "ok" if ratio >= least else "MISSED"
        return f"{self.line()}   {ratio:.2f} (by CPU {by_cpu:.2f}) of: {other.name} ({limit}): {verdict}"


def load(port: int, requests: list[bytes], figure: Figure | None, expected: int) -> None:
    """Send the requests and note the rate; an answer that is not the expected one makes the figure worthless, so it stops everything."""
    command = [sys.executable, "-m", "tests.bench.load", str(port), str(CLIENTS)]
    used = cpu_seconds()
    done = subprocess.run(command, input=pickle.dumps(requests), capture_output=True, cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    answer: dict[str, Any] = json.loads(done.stdout)
    if answer["statuses"] != {str(expected): len(requests)}:
        raise SystemExit(f"{figure.name if figure else 'warming up'}: answered {answer['statuses']} where {expected} was expected")
    if figure is not None:
        figure.per_second.append(len(requests) / answer["seconds"])
        figure.p95.append(answer["p95"])
        figure.own.append(answer["own_seconds"] / answer["seconds"])
        figure.cpu.append((cpu_seconds() - used) / len(requests))


def cpu_seconds() -> float:
    """Processor time that web servers and database have used so far: what a request costs, whatever else the machine does. Linux only."""
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes()
            if b"-m\0gunicorn" in words or b"ne_bench" in words:
                ticks += sum(int(word) for word in (process / "stat").read_text().rpartition(")")[2].split()[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """One that is measured, or runs beside: in its own group, gone when we are done."""

    def __init__(self, command: list[str], environment: dict[str, str], log: str) -> None:
        with open(log, "ab") as file:  # noqa: PTH123 -- handed to the child
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def gunicorn(application: str, port: int, log: str, **environment: str) -> Process:
    """The documented production server: sync workers, two for each core."""
    command = [sys.executable, "-m", "gunicorn", "--config", "python:netevent.gunicorn", "--bind", f"127.0.0.1:{port}", application]
    return Process(command, environment, log)


def wait_until_served(url: str, seconds: float = 60) -> int:
    """The size of the page, once there is one."""

    def size() -> int:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return len(answer.read())
        except (urllib.error.URLError, OSError):
            return 0

    return int(wait_for(size, url, seconds))


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.1)
    raise SystemExit(f"{what}: not within {seconds} s")
