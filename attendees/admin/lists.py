"""The desk's pages for lists of attendees: bring a file, see what would happen, start the job; ask for a file and get it from a job."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext

from attendees.desk_list_forms import ASK, ColumnsForm, ExportForm, UploadForm
from attendees.job_kinds_lists import OUTCOMES
from attendees.models import ColumnSet
from attendees.services.answer_columns import answer_fields, headings_of, labels_of_columns
from attendees.services.headings import FIELDS, choose, understand
from attendees.services.imports import REASONS, Import, Report, cells_of, import_table, plan_import
from attendees.services.lists import GONE, Upload, keep_upload, start_export, start_import, upload_of
from events.models import Event
from events.permissions import Right, allowed
from netevent.core.errors import DomainError, TooOften
from netevent.core.tables import Table
from netevent.jobs.models import Job

if TYPE_CHECKING:
    from netevent.accounts.models import User
    from netevent.core.admin import DeskAdmin

    Base = DeskAdmin
else:
    Base = object

FIRST_ROWS = 5
EXAMPLES = 3
MANAGE = (Right.MANAGE_ATTENDEES,)
SEE = (Right.SEE_PERSONAL_DATA, Right.MANAGE_ATTENDEES)


@dataclass
class Preview:
    """What the import would do, as the page shows it."""

    report: Report
    names: list[str | Promise] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[tuple[str | Promise, int]] = field(default_factory=list)


class AttendeeLists(Base):
    """Import and export of attendees for their page at the desk."""

    importable = True

    def get_urls(self) -> list[Any]:
        page = path("import/<uuid:token>/", self.admin_site.admin_view(self.import_preview), name="attendees_attendee_import_preview")
        return [page, *super().get_urls()]

    # --- In ---
    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Choose an event and a file."""
        events = self.events_with(request, MANAGE)
        if not events.exists():
            raise Http404
        form = UploadForm(request.POST or None, request.FILES or None, events=events, initial=self.named_event(request))
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                upload = keep_upload(form.cleaned_data["event"], cast("User", request.user), file, file.name or "")
                return redirect("admin:attendees_attendee_import_preview", token=uuid.UUID(upload.token))
            except TooOften:
                raise
            except DomainError as refusal:
                form.add_error("file", str(refusal.message))
        return self.list_page(request, "upload", form, title=gettext("Import attendees"))

    def import_preview(self, request: HttpRequest, token: uuid.UUID) -> HttpResponse:
        """Say what the columns mean, see what would happen, and start. Looking changes nothing."""
        upload = upload_of(token.hex)
        if upload is None:
            return self.after_upload(request, token.hex)
        event = self.event_of_upload(request, upload)
        table = upload.table()
        fields = answer_fields(event)
        guess, asked = understand(table.headings, more=headings_of(fields)), labels_of_columns(fields)
        form = ColumnsForm(request.POST or None, event=event, headings=table.headings, guess=guess, more=asked)
        plan = self.plan_of(request, form, event, table)
        if plan is not None and form.is_bound and "start" in request.POST:
            said = form.cleaned_data
            by = cast("User", request.user)
            job = start_import(upload, by, columns=plan.columns.fields, attendee_type=plan.attendee_type, tell=said["tell"])
            return redirect("jobs:detail", job.pk)
        preview = preview_of(plan, table) if plan else None
        more = {
            "event": event,
            "file": upload.name,
            "columns": list(columns_shown(form, table)),
            "preview": preview,
            "total": len(table.rows),
        }
        return self.list_page(request, "columns", form, title=gettext("Import attendees"), **more)

    def event_of_upload(self, request: HttpRequest, upload: Upload) -> Event:
        """Somebody else's file, or one for an event that isn't theirs any more, does not exist."""
        event = Event.objects.filter(pk=upload.event).first()
        user = cast("User", request.user)
        if event is None or upload.user != user.pk or not allowed(user, Right.MANAGE_ATTENDEES, event):
            raise Http404
        return event

    def after_upload(self, request: HttpRequest, token: str) -> HttpResponse:
        """The file is gone: it was imported, and the job tells how that went; or it was forgotten."""
        job = Job.objects.filter(key=f"import:{token}", owner=request.user.pk).order_by("-pk").first()
        if job is not None:
            return redirect("jobs:detail", job.pk)
        if not self.has_import_permission(request):
            raise Http404
        self.message_user(request, str(GONE), messages.WARNING)
        return redirect("admin:attendees_attendee_import")

    def plan_of(self, request: HttpRequest, form: ColumnsForm, event: Event, table: Table) -> Import | None:
        """What was chosen, else what the headings say; None when that is not enough, and the form says why."""
        if form.is_bound and not form.is_valid():
            return None
        options: dict[str, Any] = {"by": request.user, "dry_run": True}
        try:
            if form.is_bound:
                columns = choose(table.headings, form.columns(), more=answer_fields(event))
                return plan_import(event, table, columns=columns, attendee_type=form.cleaned_data["attendee_type"], **options)
            return plan_import(event, table, **options)
        except DomainError as refusal:
            self.tell_refusal(form, refusal)
            return None

    def tell_refusal(self, form: ColumnsForm, refusal: DomainError) -> None:
        if form.is_bound:
            form.add_error(None, str(refusal.message))
        else:
            form.refusal = str(refusal.message)  # type: ignore[attr-defined]

    # --- Out ---
    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Choose what to export; the list's own filters are taken over. A job makes the file."""
        events = self.events_with(request, SEE)
        if not events.exists():
            raise Http404
        sets = ColumnSet.objects.filter(owner=request.user.pk)
        first = {**self.named_event(request), **filters_of_list(request)}
        form = ExportForm(request.POST or None, events=events, sets=sets, initial=first)
        if form.is_valid():
            said = form.cleaned_data
            by = cast("User", request.user)
            job = start_export(said["event"], by, file_format=said["format"], filters=form.filters(), columns=form.columns())
            return redirect("jobs:detail", job.pk)
        return self.list_page(request, "export", form, title=gettext("Export attendees"))

    # --- Both ---
    def named_event(self, request: HttpRequest) -> dict[str, str]:
        named = request.GET.get("event__id__exact") or request.GET.get("event") or ""
        return {"event": named} if named.isdigit() else {}

    def list_page(self, request: HttpRequest, name: str, form: forms.Form, *, title: str, **more: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "back": self.url_of("changelist"),
            "media": self.media + form.media,
            **more,
        }
        refused = form.is_bound and bool(form.errors)
        return TemplateResponse(request, f"admin/attendees/{name}.html", context, status=422 if refused else 200)


def filters_of_list(request: HttpRequest) -> dict[str, str]:
    """What the list was narrowed to, in the export form's words."""
    given = {
        "status": request.GET.get("status__exact", ""),
        "arrived": request.GET.get("arrived", ""),
        "words": request.GET.get("q", ""),
        "type": request.GET.get("attendee_type__id__exact", ""),
        "format": request.GET.get("format", ""),
    }
    return {name: value for name, value in given.items() if value}


def columns_shown(form: ColumnsForm, table: Table) -> Iterator[dict[str, Any]]:
    for index, heading in enumerate(table.headings):
        cells = (row.cells[index] for row in table.rows if index < len(row.cells) and row.cells[index])
        examples = [cell[:60] for cell, _n in zip(cells, range(EXAMPLES), strict=False)]
        bound = form[f"column_{index}"]
        yield {"heading": heading, "field": bound, "examples": examples, "asked": bool(bound.errors) or bound.value() == ASK}


def preview_of(plan: Import, table: Table) -> Preview:
    """A dry run, and the first rows as they would be kept."""
    report = import_table(plan, table)
    left_out = Counter(line.reason for line in report.outcomes if line.outcome == "skipped")
    labels: dict[str, Any] = {**FIELDS, **labels_of_columns(plan.questions)}
    names = [name for name in labels if name in plan.columns.fields.values()]
    outcomes = {line.row: line for line in report.outcomes}
    rows = []
    for row in table.rows[:FIRST_ROWS]:
        cells, outcome = cells_of(plan, row), outcomes[row.number]
        shown = [{"label": labels[name], "text": cells.get(name, "")[:80]} for name in names]
        rows.append({"number": row.number, "cells": shown, "outcome": OUTCOMES[outcome.outcome], "reason": REASONS.get(outcome.reason, "")})
    return Preview(report, [labels[name] for name in names], rows, [(REASONS.get(word, word), n) for word, n in left_out.most_common()])
