"""Import of attendees: real lists, odd dress, bad rows, hostile files."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from io import BytesIO, StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from openpyxl import Workbook

from attendees.models import Attendee
from attendees.services.headings import understand
from attendees.services.imports import import_table, plan_import
from netevent.core.errors import DomainError
from netevent.core.tables import read_table
from netevent.notifications.models import Message
from tests.factories import make_attendee, make_event, make_type

pytestmark = pytest.mark.django_db


def table_of(text, encoding="utf-8"):
    return read_table(BytesIO(text.encode(encoding)), "people.csv")


def run(event, text, chosen=None, **options):
    table = table_of(text)
    return import_table(plan_import(event, table, chosen=chosen, **options), table)


def command(event, path, *options):
    out = StringIO()
    call_command("import_attendees", event.code, str(path), "--json", *options, stdout=out)
    return json.loads(out.getvalue())


def people(event):
    return dict(event.attendees.values_list("email", "first_name"))


def fields_of(event, *names):
    return list(event.attendees.order_by("pk").values_list(*names))


def test_import_of_the_jumpstart_list_takes_every_row_and_a_second_run_none(sample_data):
    event, path = make_event(), sample_data / "people_jumpstart" / "sample_250.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode().replace("\r", "\n"))))

    first = command(event, path)
    second = command(event, path)

    unique = {row["Email_Address"].strip().lower() for row in rows}
    assert (first["created"], first["skipped"]) == (len(unique), len(rows) - len(unique))
    assert (second["created"], second["updated"], second["skipped"]) == (0, 0, len(rows))
    assert {error["reason"] for error in second["errors"]} <= {"already_registered", "duplicate_in_file"}
    wanted = {
        row["Email_Address"].strip().lower(): (row["first_Name"].strip(), row["last_Name"].strip(), row["HomePhone"].strip())
        for row in rows
    }
    found = {email: (first, last, phone) for email, first, last, phone in fields_of(event, "email", "first_name", "last_name", "phone")}
    assert found == wanted


def test_import_of_lists_in_other_languages_and_encodings(sample_data):
    folder = sample_data / "people_headings" / "variants"
    for path in sorted(folder.iterdir()):
        event, encoding = make_event(), "cp1252" if "cp1252" in path.name else "utf-8-sig"
        text = path.read_bytes().decode(encoding)
        delimiter = ";" if "semicolon" in path.name else ","
        _headings, *rows = [line for line in csv.reader(io.StringIO(text), delimiter=delimiter) if any(line)]

        report = command(event, path)

        # each list ends with its first address once more, in capitals
        assert (report["created"], report["errors"]) == (len(rows) - 1, [{"row": len(rows) + 1, "reason": "duplicate_in_file"}]), path.name
        expected = [(email.strip(), first.strip(), last.strip(), place.strip()) for first, last, email, place, *_more in rows[:-1]]
        assert fields_of(event, "email", "first_name", "last_name", "organisation") == expected, path.name
        assert command(event, path)["created"] == 0


def test_import_of_one_address_three_times_takes_the_first(sample_data):
    event = make_event()

    report = command(event, sample_data / "people_alfio" / "test-alfio.csv")

    assert report["created"] == 1
    assert report["errors"] == [{"row": 3, "reason": "duplicate_in_file"}, {"row": 4, "reason": "duplicate_in_file"}]
    assert fields_of(event, "first_name", "organisation", "language", "import_key") == [
        ("Homer", "Springfield Nuclear Power Plant", "en", "id-1")
    ]


def test_import_keeps_names_of_every_language_letter_for_letter(sample_data):
    names = cldr_names(sample_data)
    event = make_event()
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["First name", "Last name", "E-mail"])
    writer.writerows([f" {first} ", last, f"p{n}@example.org"] for n, (first, last) in enumerate(names))

    report = run(event, out.getvalue())

    assert report.created == len(names)
    assert fields_of(event, "first_name", "last_name") == names


def cldr_names(sample_data):
    """Given and family name of each sample person of each language."""
    data = json.loads((sample_data / "people_cldr_names" / "cldr_sample_names.json").read_text(encoding="utf-8"))
    found = []
    for kinds in data.values():
        for parts in kinds.values():
            given = " ".join(parts[key] for key in ("given", "given2") if parts.get(key))
            family = " ".join(parts[key] for key in ("surname-prefix", "surname-core", "surname", "surname2") if parts.get(key))
            if given:  # one language's full form has a title alone
                found.append((given.strip(), family.strip()))
    return found


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Ada,L,", "no_email"),
        ("Ada,L,not-an-address", "invalid_email"),
        ("Ada,L,ada@", "invalid_email"),
        (" , ,ada@example.org", "no_name"),
        (f"{'A' * 101},L,ada@example.org", "first_name_too_long"),
    ],
)
def test_import_skips_a_bad_row_with_its_number_and_reason(line, reason):
    event = make_event()

    report = run(event, f"first name,last name,email\nGrace,Hopper,grace@example.org\n{line}\n")

    assert report.errors == [{"row": 3, "reason": reason}]
    assert people(event) == {"grace@example.org": "Grace"}


def test_import_takes_a_person_with_one_name_from_either_column():
    event = make_event()

    run(event, "first name,last name,email\nSukarno,,s@example.org\n,Teller,t@example.org\n")

    assert fields_of(event, "first_name", "last_name") == [("Sukarno", ""), ("Teller", "")]


def test_import_takes_places_in_order_and_says_who_waits():
    event = make_event(max_attendees=1)

    report = run(event, "first name,email\nA,a@example.org\nB,b@example.org\nC,c@example.org\n")

    assert (report.created, report.waitlisted) == (3, 2)
    assert fields_of(event, "status", "queue_number") == [("confirmed", None), ("waitlisted", 1), ("waitlisted", 2)]


def test_import_gives_each_confirmed_person_their_badge_and_nobody_else():
    event = make_event(max_attendees=2)
    people = "E-mail,First name\n" + "".join(f"p{n}@example.org,Ada\n" for n in range(3))

    run(event, people)
    run(event, people)

    badges = [[badge.token is not None for badge in row.badges.all()] for row in event.attendees.order_by("email")]
    assert badges == [[True], [True], []]


def test_import_without_waiting_list_skips_who_finds_no_place():
    event = make_event(max_attendees=1, has_waiting_list=False)

    report = run(event, "first name,email\nA,a@example.org\nB,b@example.org\n")

    assert report.errors == [{"row": 3, "reason": "sold_out"}]


def test_import_finds_types_by_code_and_by_name_of_any_language():
    event = make_event()
    student = make_type(event, code="STUD", name_en="Student", name_pl="Studentka")

    report = run(event, "first name,email,ticket type\nA,a@example.org,stud\nB,b@example.org,studentka\nC,c@example.org,Nobel\n")

    assert report.errors == [{"row": 4, "reason": "unknown_type"}]
    assert set(event.attendees.values_list("attendee_type", flat=True)) == {student.pk}


def test_import_updates_what_the_file_knows_better_but_not_a_proved_persons_words():
    event = make_event()
    known = make_attendee(event, email="a@example.org", first_name="A", last_name="")
    proved = make_attendee(event, email="b@example.org", first_name="B", last_name="")
    Attendee.objects.filter(pk=proved.pk).update(email_proved_at="2026-01-01T00:00Z", organisation="Own")

    report = run(event, "first name,email,company,job title\nAnna,a@example.org,Firm,\nBob,b@example.org,Firm,Engineer\n")

    assert (report.updated, report.created) == (2, 0)
    known.refresh_from_db()
    proved.refresh_from_db()
    assert (known.first_name, known.organisation) == ("Anna", "Firm")
    assert (proved.first_name, proved.organisation, proved.role) == ("B", "Own", "Engineer")
    assert "firm" in known.search_key


def test_import_dry_run_says_the_same_and_changes_nothing():
    event = make_event(max_attendees=1)

    report = run(event, "first name,email\nA,a@example.org\nB,b@example.org\n", dry_run=True)

    assert (report.created, report.waitlisted) == (2, 1)
    assert not Attendee.objects.exists()


def test_import_writes_to_people_only_when_asked():
    event = make_event()
    run(event, "first name,email\nA,a@example.org\n")
    assert not Message.objects.exists()

    run(event, "first name,email\nB,b@example.org\n", tell=True)
    assert list(Message.objects.values_list("to_address", "template")) == [("b@example.org", "registered_confirmed")]


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (["Vorname", "Name", "E-Mail-Adresse"], {0: "first_name", 1: "last_name", 2: "email"}),
        (["Prénom", "Nom", "Courriel", "Société"], {0: "first_name", 1: "last_name", 2: "email", 3: "organisation"}),
        (["Nombre", "Apellidos", "Correo electrónico"], {0: "first_name", 1: "last_name", 2: "email"}),
        (["Nome", "Cognome", "E-mail", "Azienda"], {0: "first_name", 1: "last_name", 2: "email", 3: "organisation"}),
        (["Imię", "Nazwisko", "Adres e-mail", "Stanowisko"], {0: "first_name", 1: "last_name", 2: "email", 3: "role"}),
        (["Voornaam", "Achternaam", "E-mailadres", "Telefoon"], {0: "first_name", 1: "last_name", 2: "email", 3: "phone"}),
        (["FIRST_NAME", "last-name", "Email Address"], {0: "first_name", 1: "last_name", 2: "email"}),
    ],
)
def test_headings_are_understood_in_seven_languages(headings, fields):
    assert understand(headings).fields == fields


@pytest.mark.parametrize("headings", [["Name", "Email"], ["Full name", "Email"], ["First name", "Email", "E-mail"], ["Nom", "E-mail"]])
def test_headings_that_may_mean_two_things_are_asked(headings):
    event = make_event()

    with pytest.raises(DomainError) as refusal:
        plan_import(event, table_of(",".join(headings) + "\nA,a@example.org,b@example.org\n"))

    assert refusal.value.code == "ask_columns"
    assert refusal.value.fields


def test_headings_that_were_chosen_win():
    event = make_event()

    run(event, "Name,Email\nAda Lovelace,a@example.org\n", chosen={"Name": "first_name"})

    assert people(event) == {"a@example.org": "Ada Lovelace"}


def test_import_command_names_what_is_wrong(tmp_path):
    event = make_event()
    path = tmp_path / "people.csv"
    path.write_text("Name,Email\nA,a@example.org\n")

    with pytest.raises(CommandError, match="Name"):
        call_command("import_attendees", event.code, str(path))
    with pytest.raises(CommandError, match="no event"):
        call_command("import_attendees", "NOSUCH", str(path))
    assert command(event, path, "--column", "Name=first_name")["created"] == 1


def xlsx(rows):
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_import_reads_xlsx():
    event = make_event()
    table = read_table(BytesIO(xlsx([["First name", "E-mail", "Phone"], ["Ada", "ada@example.org", 31201234501]])), "people.xlsx")

    import_table(plan_import(event, table), table)

    assert fields_of(event, "first_name", "phone") == [("Ada", "31201234501")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\n\n , \n", "file_empty"),
        (b"PK\x03\x04 not a zip", "file_unreadable"),
        (b"\x00\xff\x00\xd8\x80", "file_unreadable"),
        (b"a," * 300 + b"a\n", "too_many_columns"),
    ],
)
def test_files_that_are_no_table_are_refused(content, code):
    with pytest.raises(DomainError) as refusal:
        read_table(BytesIO(content), "x")

    assert refusal.value.code == code


def test_files_with_too_many_rows_are_refused(settings):
    settings.MAX_IMPORT_ROWS = 2

    with pytest.raises(DomainError) as refusal:
        table_of("email\na\nb\nc\n")

    assert refusal.value.code == "too_many_rows"


def test_bombs_are_refused_before_they_are_unpacked(settings):
    settings.MAX_UNPACKED_MB = 1
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (2 * 1024 * 1024))

    with pytest.raises(DomainError) as refusal:
        read_table(BytesIO(out.getvalue()), "x.xlsx")

    assert refusal.value.code == "file_too_large"


def test_csv_spectrum_is_read_as_its_authors_meant(sample_data):
    folder = sample_data / "csv_spectrum"
    for path in sorted((folder / "csvs").glob("*.csv")):
        expected = json.loads((folder / "json" / f"{path.stem}.json").read_text())
        expected = [expected] if isinstance(expected, dict) else expected
        table = read_table(BytesIO(path.read_bytes()), path.name)
        rows = [dict(zip(table.headings, row.cells, strict=False)) for row in table.rows]
        flat = [{key: str(value).replace("\r\n", "\n").strip() for key, value in row.items()} for row in expected]
        if path.stem == "location_coordinates":  # its two files disagree about the phone number
            for row in (*rows, *flat):
                row.pop("Contact Phone Number")
        assert rows == flat, path.name
