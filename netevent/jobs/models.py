"""Slow work as a row: who asked, how far it is, whose hands it is in, what came of it. The broker only rings; the row is the truth."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from netevent.core.models import Timestamped
from netevent.jobs.scopes import scopes

MAX_ATTEMPTS = 3
OPEN_STATES = ("queued", "running")


def lease() -> timedelta:
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: Any) -> Self:
        """A user's own jobs and those of the places they may see; all for superusers."""
        if user.is_superuser:
            return self
        return self.filter(Q(owner=user) | Q(scope__in=scopes.of(user)) & ~Q(scope=""))

    def fetchable_by(self, user: Any) -> Self:
        """Those whose file and lines this user may read: as `permissions.may_fetch`, so today's rights at the job's place count."""
        if user.is_superuser:
            return self
        placed = Q(*(("scope__startswith", f"{prefix}:") for prefix in scopes.known()), _connector=Q.OR)
        return self.filter(Q(scope__in=scopes.of(user)) & ~Q(scope="") | Q(owner=user) & ~placed)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def abandoned(self) -> Self:
        """Running by their own account, but their worker has been silent for longer than its lease."""
        return self.filter(state=Job.State.RUNNING, lease_until__lt=timezone.now())

    def claim(self, job_id: int, worker: str) -> Job | None:
        """Take a job that waits, or one whose worker died: of all who ask at once, one gets it."""
        now = timezone.now()
        free = Q(state=Job.State.QUEUED, available_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)
        mine = self.filter(free, pk=job_id, attempt__lt=MAX_ATTEMPTS, cancel_asked_at__isnull=True)
        won = mine.update(
            state=Job.State.RUNNING,
            worker=worker,
            attempt=F("attempt") + 1,
            lease_until=now + lease(),
            started_at=now,
            updated_at=now,
        )
        return self.select_related("owner").get(pk=job_id) if won else None

    def held_by(self, job: Job) -> Self:
        """The row as long as it is in this worker's hands, in this attempt. Whoever changes nothing through it was replaced."""
        return self.filter(pk=job.pk, worker=job.worker, attempt=job.attempt, state=Job.State.RUNNING)


class Job(Timestamped):
    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting for its turn")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", pgettext_lazy("job", "Cancelled")

    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("key"), max_length=200, blank=True)
    params = models.JSONField(_("parameters"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    scope = models.CharField(_("scope"), max_length=60, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name=_("asked for by"),
    )
    language = models.CharField(_("language"), max_length=5, blank=True)
    request_id = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    worker = models.CharField(max_length=120, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    available_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    cancel_asked_at = models.DateTimeField(null=True, editable=False)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    note = models.CharField(_("note"), max_length=200, blank=True)
    checkpoint = models.JSONField(default=dict, blank=True, editable=False, encoder=DjangoJSONEncoder)
    result = models.JSONField(_("result"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    file = models.CharField(_("file"), max_length=300, blank=True, editable=False)
    error = models.JSONField(_("error"), default=dict, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, editable=False)

    OVER: ClassVar = (State.DONE, State.FAILED, State.CANCELLED)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = (
            models.Index(fields=["state", "available_at"], name="job_waiting"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="job_lease"),
            models.Index(fields=["scope", "-created_at"], name="job_of_scope"),
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="job_expiry"),
        )
        constraints = (
            models.UniqueConstraint(fields=["key"], condition=Q(state__in=["queued", "running"]) & ~Q(key=""), name="one_open_job_per_key"),
            models.CheckConstraint(condition=Q(state__in=["queued", "running", "done", "failed", "cancelled"]), name="job_state"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_stopping(self) -> bool:
        return self.is_open and self.cancel_asked_at is not None

    @property
    def error_text(self) -> str:
        """Why it failed, in the language of whoever reads it."""
        text = gettext(self.error["message"]) if self.error.get("message") else ""
        return text % self.error["params"] if text and self.error.get("params") else text

    @property
    def filename(self) -> str:
        return self.file.rpartition("/")[2]


class JobLine(models.Model):
    """What a job says about one row of its input: an imported line, a photo that could not be drawn."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="lines", verbose_name=_("job"))
    number = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=40)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    about = models.CharField(_("about"), max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("line of a job")
        verbose_name_plural = _("lines of jobs")
        ordering = ("number", "pk")
        constraints = (models.UniqueConstraint(fields=["job", "number", "about", "outcome"], name="job_line_once"),)
        indexes = (models.Index(fields=["job", "outcome"], name="job_line_outcome"),)

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"
