"""Order a job, run it, stop it, and find what dead workers left."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from netevent.accounts.models import User
from netevent.core.doorbell import ring_after_commit
from netevent.core.errors import DomainError
from netevent.core.logging import request_id
from netevent.jobs import files
from netevent.jobs.models import MAX_ATTEMPTS, Job
from netevent.jobs.registry import kind_of
from netevent.jobs.running import Heartbeat, JobCancelled, JobTaken, RunningJob
from netevent.jobs.signals import job_finished

logger = logging.getLogger(__name__)

KEPT = timedelta(days=7)
RETRY_AFTER = timedelta(seconds=10)
SWEEP_LIMIT = 200  # rings a sweep: what waits behind them is found by the next
PASSING = (OperationalError, InterfaceError, OSError)  # a database or disk that is away comes back

# Stored in English and translated when read.
WORKER_LOST = {
    "code": "worker_lost",
    "message": gettext_noop("The work was interrupted three times. Please start it again; if that doesn't help, tell us."),
}
UNEXPECTED = {
    "code": "unexpected",
    "message": gettext_noop("Something went wrong on our side. We have noted it; you can try again."),
}
UNKNOWN_KIND = {
    "code": "unknown_kind",
    "message": gettext_noop("This version of NetEvent doesn't know this kind of job."),
}


def enqueue(kind: str, *, params: dict[str, Any], owner: User | None, scope: str, key: str = "") -> Job:
    """Order a job in the caller's transaction; a worker takes it after the commit.

    While a job with the same key waits or runs, that one is the answer: a double click makes one. `params` hold ids, never tokens.
    """
    if key and (first := Job.objects.open().filter(key=key).first()):
        return first
    job = Job(kind=kind, key=key, params=params, owner=owner, scope=scope)
    job.language, job.request_id = translation.get_language() or "", request_id.get()[:64]
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        return Job.objects.open().get(key=key)
    ring_for(job.pk)
    return job


def ring_for(job_id: int) -> None:
    ring_after_commit("jobs.run", job_id)


def run(job_id: int) -> str:
    """Do a job that waits or whose worker died; how it ended, or "" when it is nobody's to take. Ringing twice is safe."""
    worker = f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid.uuid4().hex}"
    row = claimed(job_id, worker)
    if row is None:
        return ""
    told = request_id.set(row.request_id or f"job-{row.pk}")
    try:
        with translation.override(row.language or settings.LANGUAGE_CODE):
            return attempt(RunningJob(row))
    finally:
        request_id.reset(told)


@transaction.atomic
def claimed(job_id: int, worker: str) -> Job | None:
    """The job, in this worker's hands; without a checkpoint nothing of earlier attempts is left."""
    row = Job.objects.claim(job_id, worker)
    if row is not None and not row.checkpoint:
        row.lines.all().delete()
        row.done = 0
    return row


def attempt(job: RunningJob) -> str:
    """One try at it, and a note of how that went."""
    kind = kind_of(job.row.kind)
    if kind is None:
        return failed(job, UNKNOWN_KIND)
    try:
        with Heartbeat(job, kind.time_limit):
            result = kind.run(job)
    except JobCancelled:
        return ended(job, Job.State.CANCELLED)
    except JobTaken:
        return replaced(job)
    except DomainError as refusal:
        return failed(job, stored(refusal))
    except PASSING as error:
        return put_back(job, error)
    except Exception:
        logger.exception("job %s (%s) failed", job.row.pk, job.row.kind)
        return failed(job, UNEXPECTED)
    return succeeded(job, result or {})


def succeeded(job: RunningJob, result: dict[str, Any]) -> str:
    name = files.settled(job.path) if job.path else ""
    return ended(job, Job.State.DONE, result=result, file=name)


def failed(job: RunningJob, error: dict[str, Any]) -> str:
    return ended(job, Job.State.FAILED, error=error)


def ended(job: RunningJob, state: Job.State, **columns: Any) -> str:
    """Note the end, unless somebody else has the job by now; then tell the apps above."""
    now = timezone.now()
    if not job.finish(state, finished_at=now, expires_at=now + KEPT, **columns):
        return replaced(job)
    files.keep_only(job.row.pk, job.word if columns.get("file") else "")
    announce(job.row.pk)
    return str(state)


def announce(job_id: int) -> None:
    job_finished.send_robust(sender=Job, job=Job.objects.select_related("owner").get(pk=job_id))


def replaced(job: RunningJob) -> str:
    """A ghost leaves nothing behind."""
    files.remove_attempt(job.row.pk, job.word)
    logger.warning("job %s was taken by another worker", job.row.pk)
    return ""


def put_back(job: RunningJob, error: Exception) -> str:
    """For another attempt a little later; failed after the third."""
    logger.warning("job %s (%s) was interrupted: %s", job.row.pk, job.row.kind, type(error).__name__)
    if job.row.attempt >= MAX_ATTEMPTS:
        return failed(job, UNEXPECTED)
    pause = RETRY_AFTER * job.row.attempt
    waiting = job.finish(Job.State.QUEUED, worker="", available_at=timezone.now() + pause)
    files.remove_attempt(job.row.pk, job.word)
    ring_after_commit("jobs.run", job.row.pk, countdown=int(pause.total_seconds()) + 1)
    return str(Job.State.QUEUED) if waiting else ""


def stored(refusal: DomainError) -> dict[str, Any]:
    """A refusal for the row: a lazy text keeps its English original, so that each reader gets their own language."""
    message = refusal.message
    lazy = getattr(message, "_args", None) if isinstance(message, Promise) else None
    original = lazy[0] if lazy else message
    return {"code": refusal.code, "message": str(original), "params": getattr(refusal, "params", None) or {}}


def cancel_job(job: Job) -> None:
    """Stop it: at once when it waits, at its next progress when it runs.

    Raises:
        DomainError: `job_over` when it has ended.
    """
    now = timezone.now()
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
    if waiting.update(state=Job.State.CANCELLED, cancel_asked_at=now, finished_at=now, expires_at=now + KEPT, updated_at=now):
        announce(job.pk)
    elif not Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(cancel_asked_at=now, updated_at=now):
        raise DomainError("job_over", _("This job has ended already."))


@transaction.atomic
def retry_job(job: Job) -> None:
    """Give a job that failed or was cancelled three attempts more, from its checkpoint.

    Raises:
        DomainError: `not_failed` when it is not over or ended well, `job_open` when the same was ordered again meanwhile.
    """
    over = Job.objects.filter(pk=job.pk, state__in=(Job.State.FAILED, Job.State.CANCELLED))
    now = timezone.now()
    try:
        with transaction.atomic():
            won = over.update(
                state=Job.State.QUEUED,
                attempt=0,
                worker="",
                error={},
                cancel_asked_at=None,
                finished_at=None,
                expires_at=None,
                available_at=now,
            )
    except IntegrityError as error:
        raise DomainError("job_open", _("The same job is waiting or running already.")) from error
    if not won:
        raise DomainError("not_failed", _("Only a job that failed or was cancelled can be started again."))
    ring_for(job.pk)


def sweep() -> int:
    """Find what nobody works on: ring again for jobs that wait and for those whose worker died; end what was tried three times.

    Answers how many it rang for.
    """
    for job in Job.objects.abandoned().filter(cancel_asked_at__isnull=False):
        end_abandoned(job, Job.State.CANCELLED, {})
    for job in Job.objects.filter(state=Job.State.QUEUED, cancel_asked_at__isnull=False):  # put back after it was asked to stop
        cancel_job(job)
    for job in Job.objects.abandoned().filter(attempt__gte=MAX_ATTEMPTS):
        end_abandoned(job, Job.State.FAILED, WORKER_LOST)
    waiting = Job.objects.filter(state=Job.State.QUEUED, available_at__lte=timezone.now())
    idle = (Job.objects.abandoned(), waiting)
    ids = [job_id for jobs in idle for job_id in jobs.order_by("pk").values_list("pk", flat=True)[:SWEEP_LIMIT]]
    for job_id in ids:
        ring_for(job_id)
    return len(ids)


def end_abandoned(job: Job, state: Job.State, error: dict[str, Any]) -> None:
    """End a job in a dead worker's name; a worker that wakes up meanwhile wins."""
    now = timezone.now()
    gone = Job.objects.abandoned().filter(pk=job.pk, worker=job.worker, attempt=job.attempt)
    if gone.update(state=state, error=error, lease_until=None, finished_at=now, expires_at=now + KEPT, updated_at=now):
        files.keep_only(job.pk, "")
        announce(job.pk)


def purge() -> int:
    """Remove the files of jobs past their time, and folders no row knows of; how many."""
    expired = Job.objects.filter(expires_at__lt=timezone.now())
    removed = 0
    for job in expired.exclude(file=""):
        files.keep_only(job.pk, "")
        removed += Job.objects.filter(pk=job.pk).update(file="", expires_at=None)
    expired.filter(file="").update(expires_at=None)
    return removed + sum(remove_orphan(folder) for folder in (files.root().iterdir() if files.root().is_dir() else ()))


def remove_orphan(folder: Path) -> bool:
    job_id = int(folder.name) if folder.name.isdecimal() else 0
    if not job_id or Job.objects.filter(pk=job_id).exists():
        return False
    files.keep_only(job_id, "")
    return True
