"""Ten thousand people in and out, beside the least that openpyxl and the database need for them."""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

PEOPLE, ROUNDS = 10_000, 5
Run = Callable[[], Any]
HEADINGS = ("First name", "Last name", "E-mail", "Organisation", "Role", "Phone", "Reference")


@dataclass(frozen=True)
class Figure:
    """Median seconds of the rounds and their spread."""

    name: str
    median: float
    spread: float

    def __str__(self) -> str:
        return f"{self.name:<58}{self.median:7.3f} s ± {self.spread:.3f}  {PEOPLE / self.median:7.0f}/s"


def people() -> list[tuple[str, ...]]:
    """All different, in several alphabets."""
    first, last = ("Anna", "Żaneta", "Ólafur", "Людмила", "Zoë"), ("Nowak", "van der Merwe", "García Márquez", "O’Neill", "Li")
    return [
        (
            first[n % 5],
            f"{last[n // 5 % 5]} {n}",
            f"p{n}@example.org",
            f"Firm {n * 7919 % 1009}",
            f"Job {n % 97}",
            f"+31 6 {n:08d}",
            f"R{n}",
        )
        for n in range(PEOPLE)
    ]


def workbook() -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (HEADINGS, *people()):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def compared(limit: tuple[str, Run], ours: tuple[str, Run], most: float, before: Run = lambda: None) -> list[str]:
    """Both sides in turns, so that a busy moment of the machine strikes both."""
    times: dict[str, list[float]] = {limit[0]: [], ours[0]: []}
    for _round in range(ROUNDS):
        for name, run in (limit, ours):
            before()
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    bare, figure = (Figure(name, statistics.median(taken), max(taken) - min(taken)) for name, taken in times.items())
    ratio = figure.median / bare.median
    return [str(bare), f"{figure}  {ratio:.2f} × that (limit {most}): {'ok' if ratio <= most else 'MISSED'}"]


# --- In ----------------------------------------------------------------------------------------------------------------------
def bare_import(event: Any, content: bytes) -> None:
    """Read-only openpyxl and one upsert of the same rows, with nothing asked of them."""
    from django.db import transaction

    from attendees.models import Attendee

    kind = event.attendee_types.get()
    lines = load_workbook(io.BytesIO(content), read_only=True, data_only=True).active.iter_rows(values_only=True, min_row=2)
    rows = [
        Attendee(
            event=event, attendee_type=kind, status="confirmed", code=f"B{n}", source="import", first_name=first, last_name=last, email=email,
            organisation=organisation, role=role, phone=phone, import_key=key,
        )
        for n, (first, last, email, organisation, role, phone, key) in enumerate(lines)
    ]  # fmt: skip
    with transaction.atomic():
        Attendee.objects.bulk_create(
            rows,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["event", "email"],
            update_fields=["first_name", "last_name", "organisation"],
        )


def desk_import(event: Any, owner: Any, content: bytes) -> None:
    """What the button of the desk orders and the worker does: rights, steps, history, search keys, lines, checkpoints and all."""
    from attendees.services.lists import keep_upload, start_import
    from netevent.jobs import services

    upload = keep_upload(event, owner, io.BytesIO(content), "people.xlsx")
    columns = dict(enumerate(("first_name", "last_name", "email", "organisation", "role", "phone", "import_key")))
    job = start_import(upload, owner, columns=columns, attendee_type=event.attendee_types.get(), tell=False)
    assert services.run(job.pk) == "done"
    job.refresh_from_db()
    assert job.result["created"] == PEOPLE, job.result


def empty(event: Any) -> None:
    from attendees.models import Attendee, RegistrationStep
    from netevent.jobs.models import Job

    RegistrationStep.objects.filter(event=event).delete()
    Attendee.history.filter(event=event).delete()
    Attendee.objects.filter(event=event).delete()
    Job.objects.all().delete()


def bench_import(event: Any, owner: Any) -> list[str]:
    content = workbook()
    limit = "read-only openpyxl and one bulk upsert", lambda: bare_import(event, content)
    ours = "import of the same rows through the desk's path", lambda: desk_import(event, owner, content)
    return compared(limit, ours, 10, before=lambda: empty(event))


# --- Out ---------------------------------------------------------------------------------------------------------------------
def bare_export(rows: list[tuple[Any, ...]]) -> None:
    """The same cells from memory through openpyxl's write-only mode, with its own ideas of what a formula is."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(io.BytesIO())


def desk_export(event: Any, owner: Any) -> None:
    """Order, job, query and file."""
    from attendees.services.lists import start_export
    from netevent.jobs import services

    assert services.run(start_export(event, owner).pk) == "done"


def bench_export(event: Any, owner: Any) -> list[str]:
    from attendees.exports.attendee_list import rows_of
    from attendees.services.accepted_types import accepted_at
    from attendees.services.amounts import accounts_at
    from attendees.services.lists import people_for

    rows = list(rows_of(event, people_for(owner, event, {}), accounts_at(event), accepted_at(event)))
    assert len(rows) == PEOPLE
    limit = "openpyxl write-only, the same cells from memory", lambda: bare_export(rows)
    return compared(limit, ("XLSX of the attendees, database and job included", lambda: desk_export(event, owner)), 1.5)


def bench() -> list[str]:
    """Run everything and return the lines to print; a line that misses its limit says so. Needs an empty database and raised limits."""
    from tests.factories import make_event, make_organiser, make_user

    owner = make_user("bench@example.org")
    event = make_event(organiser=make_organiser(owner))
    return [*bench_import(event, owner), *bench_export(event, owner)]


@pytest.mark.bench
@pytest.mark.django_db(transaction=True)
def test_lists_of_ten_thousand_people_keep_to_their_limits(settings: Any, capsys: Any) -> None:
    settings.RATE_LIMITS = {"upload.user": "1000/h", "export.user": "1000/h"}
    with tempfile.TemporaryDirectory() as folder:
        settings.MEDIA_ROOT = Path(folder)
        lines = bench()
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert not [line for line in lines if "MISSED" in line]
