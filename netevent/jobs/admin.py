"""The desk's pages of jobs, and of the schedule that rings for them."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.decorators import display

from netevent.accounts.models import User
from netevent.core.admin import DeskAdmin, DeskTabularInline, ReadOnlyDesk
from netevent.core.dates import show_datetime
from netevent.jobs.models import Job, JobLine
from netevent.jobs.permissions import may_fetch
from netevent.jobs.registry import label_of

STATE_COLOURS = {"done": "success", "failed": "danger", "running": "info", "queued": "info", "cancelled": "warning"}
LINES_SHOWN = 200


class JobLineInline(DeskTabularInline):
    model = JobLine
    fields = readonly_fields = ("number", "outcome", "reason")
    addable = changeable = deletable = False
    per_page = LINES_SHOWN

    def may_look(self, request: HttpRequest, parent: Any) -> bool:
        return parent is None or may_fetch(cast(User, request.user), parent)


@admin.register(Job)
class JobAdmin(ReadOnlyDesk):
    list_display = ("shown_kind", "shown_state", "progress", "owner", "shown_when", "page")
    list_select_related = ("owner",)
    list_filter = ("state", "kind")
    search_fields = ("kind", "scope")
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("shown_kind", "state", "progress", "page", "shown_error")}),
        (_("Course"), {"fields": ("owner", ("created_at", "started_at", "finished_at"), "attempt", "note", "expires_at")}),
    )
    inlines = (JobLineInline,)
    exportable = False

    def may_open(self, request: HttpRequest) -> bool:
        return True  # everybody's own jobs, at least

    @display(description=_("job"), ordering="kind")
    def shown_kind(self, row: Job) -> str:
        return str(label_of(row.kind))

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def shown_state(self, row: Job) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("progress"))
    def progress(self, row: Job) -> str:
        return gettext("%(done)d of %(total)d") % {"done": row.done, "total": row.total} if row.total else "–"

    @display(description=_("ordered"), ordering="created_at")
    def shown_when(self, row: Job) -> str:
        return show_datetime(row.created_at)

    @display(description=_("what went wrong"))
    def shown_error(self, row: Job) -> str:
        return row.error_text or "–"

    @display(description=_("page"))
    def page(self, row: Job) -> str:
        return format_html('<a class="desk-link" href="{}">{}</a>', reverse("jobs:detail", args=[row.pk]), gettext("Progress and file"))


@admin.register(JobLine)
class JobLineAdmin(ReadOnlyDesk):
    list_display = ("job", "number", "outcome", "reason")
    list_select_related = ("job",)
    list_filter = ("outcome",)
    search_fields = ("reason",)
    exportable = False

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        rows = JobLine.objects.all()
        user = cast(Any, request.user)
        return rows if user.is_superuser else rows.filter(job__in=Job.objects.fetchable_by(user))

    def may_open(self, request: HttpRequest) -> bool:
        return True


# --- Who rings when: the platform's own schedule ------------------------------------------------------------------------------
for theirs in (PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    if admin.site.is_registered(theirs):
        admin.site.unregister(theirs)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(DeskAdmin):
    """Read, and switched on or off: what is rung for is the program's business."""

    list_display = ("name", "task", "enabled", "interval", "crontab", "last_run_at", "total_run_count")
    list_select_related = ("interval", "crontab")
    list_filter = ("enabled",)
    search_fields = ("name", "task")
    fields = ("name", "task", "enabled", "interval", "crontab", "last_run_at", "total_run_count")
    readonly_fields = ("name", "task", "interval", "crontab", "last_run_at", "total_run_count")
    addable = deletable = False
    exportable = False
