"""A batch of badges: as a job, as a command, and after a kill."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from attendees.exports.badge_layout import SHEETS
from attendees.models import Attendee, Badge, Status
from attendees.services.badge_jobs import SHEET_NAMES, start_badges
from attendees.services.badges import is_stale
from netevent.core.errors import DomainError, TooOften
from netevent.jobs import files, services
from netevent.jobs.models import Job, JobLine
from tests.attendees.test_badge_download import codes_in
from tests.factories import first_type, make_attendee, make_event, make_member, make_type, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    return make_event()


@pytest.fixture
def organiser(event):
    return make_member(event).user


def content_of(job):
    return files.path_of(job.file).read_bytes()


def run(job):
    services.run(job.pk)
    job.refresh_from_db()
    return job


def tokens_of(people):
    return [f"{settings.BASE_URL}/c/{Badge.objects.live().get(attendee=person).token}" for person in people]


def test_badge_job_draws_every_confirmed_person_once_in_name_order(event, organiser):
    zoe, ada, emil = (
        make_attendee(event, first_name=first, last_name=last) for first, last in (("Zoë", ""), ("Ada", "Älvaro"), ("émil", "Zola"))
    )
    cancelled = make_attendee(event)
    Attendee.objects.filter(pk=cancelled.pk).update(status=Status.CANCELLED)

    job = run(start_badges(event, organiser))

    assert (job.state, job.result, job.done, job.total) == ("done", {"badges": 3, "problems": 0}, 3, 3)
    assert job.filename == f"badges-{event.code}.pdf"
    assert codes_in(content_of(job)) == tokens_of([ada, zoe, emil])


@pytest.mark.parametrize("sheet", SHEET_NAMES)
def test_badge_job_draws_on_every_sheet(event, organiser, sheet):
    people = [make_attendee(event, last_name=f"N{number:02}") for number in range(9)]

    job = run(start_badges(event, organiser, sheet=sheet))

    assert sorted(codes_in(content_of(job))) == sorted(tokens_of(people))


def test_sheets_are_those_that_can_be_drawn():
    assert set(SHEET_NAMES) == set(SHEETS)


def test_badge_job_takes_only_whom_it_was_asked_for(event, organiser):
    speaker = make_type(event)
    people = [make_attendee(event), make_attendee(attendee_type=speaker), make_attendee(attendee_type=speaker)]

    by_type = run(start_badges(event, organiser, types=[speaker.pk]))
    by_person = run(start_badges(event, organiser, attendees=[people[0].pk, make_attendee().pk]))
    nobody = run(start_badges(event, organiser, attendees=[]))

    assert [job.result["badges"] for job in (by_type, by_person, nobody)] == [2, 1, 0]


def test_badge_job_notes_what_was_printed_once_however_often_it_runs(event, organiser):
    attendee = make_attendee(event)
    job = run(start_badges(event, organiser))
    Job.objects.update(state="running", lease_until=job.created_at)  # its worker died after all was written

    run(job)

    badge = Badge.objects.get()
    assert job.state == "done"
    assert (badge.prints, badge.printed_at is not None, is_stale(badge)) == (1, True, False)
    attendee.first_name = "Augusta"
    attendee.save()
    assert is_stale(Badge.objects.get())


def test_badge_job_lists_what_could_not_be_drawn(event, organiser):
    attendee = make_attendee(event, first_name="\U0001f600")
    Attendee.objects.filter(pk=attendee.pk).update(photo="photos/gone.jpg")

    job = run(start_badges(event, organiser))

    assert job.state == "done"
    lines = list(JobLine.objects.values_list("number", "outcome", "about"))
    assert (1, "photo_unreadable", attendee.about) in lines
    assert all(attendee.code in line.reason for line in JobLine.objects.all())


def test_badges_are_in_the_language_of_their_person(event, organiser):
    from attendees.exports.badges import badge_data

    first_type(event)
    event.attendee_types.update(name_en="Speaker", name_de="Rednerin")
    attendee = make_attendee(event, language="de")

    assert badge_data(attendee, attendee.badges.get(), "x").type_name == "Rednerin"


def test_badge_job_replaces_badges_whose_secret_key_is_gone(event, organiser, settings):
    attendee = make_attendee(event)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key altogether", []

    job = run(start_badges(event, organiser))

    assert codes_in(content_of(job)) == tokens_of([attendee])
    assert "None" not in tokens_of([attendee])[0]


def test_badge_job_twice_at_once_is_one_job(event, organiser):
    make_attendee(event)

    assert start_badges(event, organiser) == start_badges(event, organiser)
    assert start_badges(event, organiser, sheet="card") != start_badges(event, organiser)


def test_badge_job_is_for_those_who_manage_attendees(event):
    for user in (make_user(), make_member(event, "check-in").user, make_member(make_event()).user):
        with pytest.raises(DomainError) as refusal:
            start_badges(event, user)
        assert refusal.value.code == "not_allowed"


def test_badge_job_refuses_an_unknown_sheet_and_too_many(event, organiser, settings):
    with pytest.raises(DomainError) as refusal:
        start_badges(event, organiser, sheet="a7")
    assert refusal.value.code == "unknown_sheet"

    settings.RATE_LIMITS = {"export.user": "1/h"}
    start_badges(event, organiser)
    with pytest.raises(TooOften):
        start_badges(event, organiser)


# --- The command -----------------------------------------------------------------------------------------------------------
def test_make_badges_writes_the_same_file_as_the_job(event, organiser, tmp_path, capsys):
    make_attendee(event)
    job = run(start_badges(event, organiser))

    call_command("make_badges", event.code.lower(), "-o", str(tmp_path / "b.pdf"))

    assert (tmp_path / "b.pdf").read_bytes() == content_of(job)
    assert "1 badges" in capsys.readouterr().out
    assert Badge.objects.get().prints == 2


@pytest.mark.parametrize("output", ["", "no/such/folder/b.pdf"])
def test_make_badges_says_in_one_line_what_is_wrong(event, tmp_path, output):
    if output:
        make_attendee(event)
    with pytest.raises(CommandError) as error:
        call_command("make_badges", event.code if output else "NOPE", "-o", str(tmp_path / (output or "b.pdf")))

    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []
