"""Lists of attendees in and out, as jobs: an import takes up where it was interrupted, an export is written anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendees.services.answer_columns import answer_fields
from attendees.services.column_sets import columns_for
from attendees.services.headings import choose
from attendees.services.imports import REASONS, Import, RowOutcome, import_table, plan_import
from attendees.services.lists import EXPORT, GONE, IMPORT, NOT_ALLOWED, forget_upload, may_see_people, people_for, upload_of
from events.models import AttendeeType, Event
from events.permissions import Right, allowed
from netevent.core.errors import DomainError
from netevent.core.formats import Column, write_csv
from netevent.core.tables import Table
from netevent.jobs.models import Job, JobLine
from netevent.jobs.registry import job_kind
from netevent.jobs.running import RunningJob
from netevent.jobs.signals import job_finished

OUTCOMES = {
    "created": gettext_lazy("Created"),
    "waitlisted": gettext_lazy("Created, waiting for a place"),
    "updated": gettext_lazy("Updated"),
    "skipped": gettext_lazy("Left out"),
}
EACH = 500  # rows between two words about how far an export is


def event_of(job: RunningJob) -> Event:
    event = Event.objects.filter(pk=job.params["event"]).first()
    if event is None or job.row.owner is None:
        raise DomainError("not_allowed", NOT_ALLOWED, status=403)
    return event


def back_to_people(job: Job) -> str:
    return f"{reverse('admin:attendees_attendee_changelist')}?event__id__exact={job.params.get('event', '')}"


# --- Out -------------------------------------------------------------------------------------------------------------------
@job_kind(EXPORT, label=gettext_lazy("List of attendees"), back=back_to_people)
def export_list(job: RunningJob) -> dict[str, Any]:
    """Whom the one who asked may see now, not when they asked."""
    from attendees.exports.attendee_list import write_list

    event, owner = event_of(job), job.row.owner
    assert owner is not None
    columns = columns_for(owner, event, job.params.get("columns", ()))
    if not columns or not may_see_people(owner, event):
        raise DomainError("not_allowed", NOT_ALLOWED, status=403)
    people, file_format = people_for(owner, event, job.params["filters"]), job.params["format"]
    total = people.count()
    job.progress(0, total)
    with job.output(f"attendees-{event.code}.{file_format}").open("wb") as out:
        written = write_list(event, people, out, file_format=file_format, columns=columns, on_row=telling(job, total))
    job.progress(written, written)
    return {"attendees": written}


def telling(job: RunningJob, total: int) -> Callable[[int], None]:
    def tell(number: int) -> None:
        if number % EACH == 0:
            job.progress(number, max(number, total))

    return tell


# --- In --------------------------------------------------------------------------------------------------------------------
@dataclass
class Writer:
    """Keeps each chunk of an import and what is said about it in one transaction: both or neither, and once."""

    job: RunningJob
    total: int

    def chunk(self, done: int, outcomes: list[RowOutcome]) -> None:
        with self.job.step(done, self.total):
            for line in outcomes:
                self.job.line(line.row, line.outcome, line.reason, line.about)
            self.job.checkpoint["done"] = done


@job_kind(IMPORT, label=gettext_lazy("Import of attendees"), outcomes=OUTCOMES, reasons=REASONS, shown=("skipped",), back=back_to_people)
def import_list(job: RunningJob) -> dict[str, Any]:
    """A thousand rows at a time; taken up after the last chunk that was kept."""
    plan, table = what_to_import(job)
    total = len(table.rows)
    done = job.checkpoint.get("done", 0)
    job.progress(done, total)
    import_table(plan, table, on_chunk=Writer(job, total).chunk, starting_at=done)
    job.progress(total, total)
    return {**counts(job), **tell_left_out(job, plan, table)}


def what_to_import(job: RunningJob) -> tuple[Import, Table]:
    """The rights are asked again: they may be gone since the button was pressed."""
    event, owner, upload = event_of(job), job.row.owner, upload_of(job.params["upload"])
    if owner is None or not allowed(owner, Right.MANAGE_ATTENDEES, event):
        raise DomainError("not_allowed", NOT_ALLOWED, status=403)
    if upload is None:
        raise DomainError("upload_gone", GONE)
    table = upload.table()
    chosen = {int(index): name for index, name in job.params["columns"].items()}
    columns = choose(table.headings, chosen, more=answer_fields(event))
    kind = AttendeeType.objects.filter(pk=job.params["attendee_type"], event=event).first()
    return plan_import(event, table, columns=columns, attendee_type=kind, by=owner, tell=job.params["tell"]), table


def lines(job: RunningJob) -> QuerySet[JobLine]:
    return JobLine.objects.filter(job=job.row)


def counts(job: RunningJob) -> dict[str, int]:
    """Over all attempts."""
    outcomes = [*lines(job).order_by().values_list("outcome", flat=True)]
    waiting = outcomes.count("waitlisted")
    named = {outcome: outcomes.count(outcome) for outcome in ("updated", "skipped")}
    return {"created": outcomes.count("created") + waiting, "waitlisted": waiting, **named}


def tell_left_out(job: RunningJob, plan: Import, table: Table) -> dict[str, Any]:
    """The rows that were left out as a table of their own, each with its reason: to be mended and imported again."""
    left_out = dict(lines(job).filter(outcome="skipped").values_list("number", "reason"))
    if left_out:
        columns = [Column(heading, heading) for heading in (_("Row"), _("Reason"), *table.headings)]
        width = len(table.headings)
        rows = (
            (row.number, str(REASONS.get(left_out[row.number], left_out[row.number])), *row.cells[:width], *[""] * (width - len(row.cells)))
            for row in table.rows
            if row.number in left_out
        )
        with job.output(f"left-out-{plan.event.code}.csv").open("wb") as out:
            write_csv(columns, rows, out)
    return {"ignored_columns": plan.columns.ignored}


@receiver(job_finished, dispatch_uid="attendees.forget_upload")
def forget_the_file(job: Job, **_kwargs: Any) -> None:
    """However it ended: the file holds people who are nobody's business here any more."""
    if job.kind == IMPORT:
        forget_upload(job.params["upload"])
