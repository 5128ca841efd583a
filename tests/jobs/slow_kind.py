"""A job that takes its time, for tests that kill its worker: a line and a row in the file for each of `lines`."""

from __future__ import annotations

import time
from typing import Any

from netevent.jobs.registry import job_kind
from netevent.jobs.running import RunningJob


@job_kind("tests.slow", label="Slow")
def slow(job: RunningJob) -> dict[str, Any]:
    """From the beginning at each attempt: the file holds what one attempt wrote."""
    total = job.params["lines"]
    with job.output("slow.txt").open("w") as file:
        for number in range(1, total + 1):
            file.write(f"{number}\n")
            job.line(number, "written")
            job.progress(number, total)
            time.sleep(job.params["pause"])
    return {"lines": total, "attempt": job.row.attempt}


@job_kind("tests.steps", label="Steps")
def steps(job: RunningJob) -> dict[str, Any]:
    """From its checkpoint at each attempt: each step's work and record are one transaction."""
    total = job.params["lines"]
    for number in range(job.checkpoint.get("done", 0) + 1, total + 1):
        with job.step(number, total):
            job.line(number, f"attempt {job.row.attempt}")
            job.checkpoint["done"] = number
        time.sleep(job.params["pause"])
    return {"attempt": job.row.attempt}
