"""A job in a worker's hands: what its function may ask and say, and the heartbeat that keeps it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.functional import Promise

from netevent.jobs import files
from netevent.jobs.models import Job, JobLine, lease

logger = logging.getLogger(__name__)

WRITE_SECONDS = 0.25  # progress is written no more often


class JobCancelled(Exception):  # noqa: N818 -- news, not an error
    """Somebody asked the job to stop."""


class JobTaken(Exception):  # noqa: N818 -- news, not an error
    """Another worker has the job: this one was silent for too long, and must change nothing more."""


class RunningJob:
    """One attempt at a job, as its function sees it.

    `params` are the ids it was asked with, `checkpoint` a dict of its own that is saved with its progress and there again in the next
    attempt. An attempt without a checkpoint begins anew: what earlier ones noted in lines is gone then.
    """

    def __init__(self, row: Job) -> None:
        self.row = row
        self.params: dict[str, Any] = row.params
        self.checkpoint: dict[str, Any] = row.checkpoint
        self.word = row.worker.rpartition(":")[2]
        self.path: Path | None = None
        self.taken = threading.Event()
        self._lines: dict[tuple[int, str, str], JobLine] = {}
        self._written = time.monotonic()

    def progress(self, done: int, total: int | None = None, note: str | Promise = "") -> None:
        """Say how far it is; cheap to call for each row. Call it between transactions, not inside one.

        Raises:
            JobCancelled: somebody asked for it.
            JobTaken: the job is in other hands now.
        """
        self._note(done, total, note)
        if self.taken.is_set():
            raise JobTaken
        if time.monotonic() - self._written >= min(WRITE_SECONDS, settings.JOB_LEASE_SECONDS / 4):
            with transaction.atomic():
                self._save()

    @contextmanager
    def step(self, done: int, total: int | None = None, note: str | Promise = "") -> Iterator[None]:
        """A part of the work with its lines, checkpoint and progress, in one transaction: both or neither, and once.

        Raises:
            JobCancelled, JobTaken: as `progress`; what was done inside is rolled back.
        """
        with transaction.atomic():
            yield
            self._note(done, total, note)
            self._save()

    def line(self, number: int, outcome: str, reason: str | Promise = "", about: str = "") -> None:
        """Say something about one row of the input; kept with the next progress. The same outcome of the same row is one line."""
        line = JobLine(job=self.row, number=number, outcome=outcome, reason=str(reason)[:500], about=about)
        self._lines[number, outcome, about] = line

    def output(self, filename: str) -> Path:
        """Where to write the result. It is kept, and can be fetched, when the job ends well; the last one named is the result."""
        self.path = files.place_for(self.row.pk, self.word, filename)
        return self.path

    def finish(self, state: str, **columns: Any) -> bool:
        """End the attempt: lines, result and state in one transaction. False when the job is in other hands, and nothing was written."""
        with transaction.atomic():
            ended = Job.objects.held_by(self.row).update(
                state=state,
                done=self.row.done,
                total=self.row.total,
                note=self.row.note,
                lease_until=None,
                updated_at=timezone.now(),
                **columns,
            )
            if ended:
                self._save_lines()
        return bool(ended)

    def _note(self, done: int, total: int | None, note: str | Promise) -> None:
        self.row.done, self.row.note = done, str(note)[:200]
        if total is not None:
            self.row.total = total

    def _save(self) -> None:
        """One conditional update that is the heartbeat too; inside a transaction, so that lines of a replaced worker vanish with it."""
        row, held = self.row, Job.objects.held_by(self.row)
        moved = held.filter(cancel_asked_at__isnull=True).update(
            done=row.done,
            total=row.total,
            note=row.note,
            checkpoint=self.checkpoint,
            lease_until=timezone.now() + lease(),
            updated_at=timezone.now(),
        )
        if not moved:
            raise JobCancelled if held.exists() else JobTaken
        self._save_lines()
        self._written = time.monotonic()

    def _save_lines(self) -> None:
        lines, self._lines = list(self._lines.values()), {}
        if lines:
            JobLine.objects.bulk_create(
                lines,
                batch_size=500,
                update_conflicts=True,
                unique_fields=["job", "number", "about", "outcome"],
                update_fields=["reason"],
            )


class Heartbeat(threading.Thread):
    """Renews the lease while the function is busy with something long; stops at the kind's time limit, so that what hangs is given up."""

    def __init__(self, job: RunningJob, time_limit: float) -> None:
        super().__init__(name=f"heartbeat of job {job.row.pk}", daemon=True)
        self.job = job
        self.until = time.monotonic() + time_limit
        self.ended = threading.Event()

    def __enter__(self) -> Heartbeat:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.ended.set()
        self.join(timeout=30)

    def run(self) -> None:
        while not self.ended.wait(settings.JOB_LEASE_SECONDS / 3) and time.monotonic() < self.until:
            if self.beat() == 0:
                self.job.taken.set()
                return

    def beat(self) -> int | None:
        """Rows moved: 0 means replaced; None that the database did not answer, which the next beat tries again."""
        try:
            return Job.objects.held_by(self.job.row).update(lease_until=timezone.now() + lease())
        except DatabaseError as error:
            logger.warning("a heartbeat was not written: %s", type(error).__name__)
            return None
        finally:
            connection.close()
