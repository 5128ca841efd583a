"""Real lists from end to end: imported, printed, every code on every page read back and scanned in, exported."""

from __future__ import annotations

import csv
import io
import json
import uuid

import pypdfium2
import pytest
import zxingcpp
from django.core.management import call_command
from django.urls import reverse
from openpyxl import load_workbook

from attendees.models import Answer, CheckIn
from attendees.services.badge_jobs import start_badges
from attendees.services.lists import start_export
from netevent.jobs import files, services
from tests.attendees.test_import import cldr_names
from tests.factories import make_member, make_running_event

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]
READABLE = 2.2  # pixels a point: 158 dots an inch


def all_lists(sample_data, tmp_path):
    yield sample_data / "people_jumpstart" / "sample_250.csv"
    yield from sorted((sample_data / "people_headings" / "variants").iterdir())
    yield sample_data / "people_alfio" / "test-alfio.csv"
    yield cldr_list(sample_data, tmp_path)


def cldr_list(sample_data, tmp_path):
    path = tmp_path / "cldr.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["First name", "Last name", "E-mail"])
        writer.writerows([first, last, f"p{n}@cldr.example.org"] for n, (first, last) in enumerate(cldr_names(sample_data)))
    return path


def import_lists(event, paths):
    created = 0
    for path in paths:
        out = io.StringIO()
        call_command("import_attendees", event.code, str(path), "--json", stdout=out)
        created += json.loads(out.getvalue())["created"]
    return created


def codes_of(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            picture = page.render(scale=READABLE).to_pil().convert("L")
            yield from (code.text for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode))


def test_real_lists_are_imported_printed_and_scanned_in(client, sample_data, tmp_path, settings):
    settings.RATE_LIMITS = {"checkin.device": "100000/1m"}
    event = make_running_event()
    organiser = make_member(event, "organiser").user
    paths = list(all_lists(sample_data, tmp_path))

    created = import_lists(event, paths)
    assert import_lists(event, paths) == 0
    assert created == event.attendees.count() > 1200

    job = start_badges(event, organiser, sheet="a4-8")
    services.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["badges"]) == ("done", created)
    codes = list(codes_of(files.path_of(job.file)))
    assert len(set(codes)) == len(codes) == created

    client.force_login(make_member(event, "check-in").user)
    address = reverse("staff:scan", args=[event.pk])
    answers = [
        client.post(address, json.dumps({"text": code, "scan_id": str(uuid.uuid4())}), content_type="application/json").json()["status"]
        for code in codes
    ]
    assert set(answers) == {"in"}
    assert CheckIn.objects.filter(event=event, answer=Answer.IN).count() == created
    assert not event.attendees.filter(first_entry_at__isnull=True).exists()

    exported = rows_of(run_export(event, organiser))
    assert sorted(row[:3] for row in exported) == sorted(event.attendees.values_list("code", "first_name", "last_name"))
    assert all(row[3] for row in exported)


def run_export(event, organiser):
    job = start_export(event, organiser, file_format="xlsx")
    services.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done"
    return files.path_of(job.file)


def rows_of(path):
    """Code, names and the moment of check-in of each person, as another program reads them."""
    sheet = load_workbook(path, read_only=True).active
    headings, *rows = sheet.iter_rows(values_only=True)
    places = [
        next(n for n, heading in enumerate(headings) if heading.startswith(word))
        for word in ("Code", "First name", "Last name", "Checked in")
    ]
    return [tuple(row[place] or "" for place in places) for row in rows]
