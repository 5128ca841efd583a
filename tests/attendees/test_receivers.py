"""What attendees' messages say, and who a proved address belongs to."""

from __future__ import annotations

import pytest
from django.core import mail
from django.utils import timezone

from attendees.models import Attendee, AttendeeToken, Status
from attendees.services.registration import cancel_registration, register_attendee
from netevent.accounts.services import prove_address
from netevent.notifications.models import Message
from netevent.notifications.services import deliver_due
from tests.factories import first_type, make_attendee, make_event, make_person, make_type, make_user, money

pytestmark = pytest.mark.django_db


def registered(event=None, kind=None, **person):
    kind = kind or first_type(event or make_event())
    return register_attendee(attendee_type=kind, person=make_person(**person)).attendee


def sent():
    deliver_due()
    assert not Message.objects.exclude(state=Message.State.SENT).exists()
    return mail.outbox[-1]


def test_a_confirmation_tells_what_when_where_and_brings_link_and_calendar():
    event = make_event(name_en="Analytical Days", city="Utrecht", time_zone="Europe/Amsterdam")
    attendee = registered(event, first_name="Ada", email="ada@example.org")

    letter = sent()

    assert letter.to == ["ada@example.org"]
    assert "Analytical Days" in letter.subject
    for part in (letter.body, letter.alternatives[0].content):
        assert all(
            word in part for word in ("Hello Ada", "Amsterdam time", "Utrecht", attendee.code, "http://127.0.0.1:8000/attendee/personal/")
        )
    name, content, kind = letter.attachments[0]
    assert (name, kind) == (f"{event.code}.ics", "text/calendar")
    assert "BEGIN:VCALENDAR" in content


def test_a_message_comes_in_its_readers_language_with_the_events_names_in_it():
    event = make_event(name_en="Days", name_pl="Dni Analityczne")

    registered(event, language="pl")

    assert "Dni Analityczne" in sent().body


def test_a_link_in_a_mail_is_stored_nowhere_and_the_same_in_the_next_mail():
    attendee = registered()
    first = link_in(sent())
    row = AttendeeToken.objects.get()
    assert row.token
    assert row.token in first
    assert row.token not in str(list(Message.objects.values()))

    register_attendee(attendee_type=attendee.attendee_type, person=make_person(attendee.email))

    assert link_in(sent()) == first


def link_in(letter):
    return next(word for word in letter.body.split() if "/attendee/personal/" in word)


def test_a_waiting_person_reads_their_position():
    event = make_event(max_attendees=0)
    registered(event)
    registered(event)

    assert "Your position: 2" in sent().body


def test_a_person_who_pays_later_reads_how_much_and_until_when():
    registered(kind=make_type(make_event(), price=money("49.90")))

    letter = sent()

    assert "Amount: €49.90" in letter.body
    assert "Please pay until" in letter.body


def test_a_cancelled_person_reads_why():
    attendee = make_attendee()

    cancel_registration(attendee, source="admin", reason="The hall burned down.")

    letter = sent()
    assert "The hall burned down." in letter.body
    assert not AttendeeToken.objects.exists()


@pytest.mark.parametrize(
    "name", ["{{ personal_link }}", "{% url 'admin:index' %}", "{% include 'base.html' %}", "<script>alert(1)</script>"]
)
def test_a_name_that_looks_like_code_stays_text(name):
    registered(first_name=name, kind=first_type(make_event(name_en=name)))

    letter = sent()

    assert name in letter.body
    assert "<script>alert" not in letter.alternatives[0].content


def test_a_message_about_somebody_erased_is_not_sent():
    attendee = registered()
    Attendee.objects.filter(pk=attendee.pk).update(erased_at=timezone.now())

    deliver_due()

    assert mail.outbox == []
    assert Message.objects.get().error == "attendee_gone"


# --- Proving ---------------------------------------------------------------------------------------------------------------
def test_proving_an_address_links_its_registrations():
    rows = [make_attendee(email="ada@example.org") for _ in range(2)]
    make_attendee(email="grace@example.org")
    ada = make_user()

    prove_address(ada, "Ada@example.org")

    assert set(Attendee.objects.filter(user=ada)) == set(rows)
    assert all(row.email_proved_at for row in Attendee.objects.filter(user=ada))


def test_proving_an_address_leaves_the_row_a_user_has_at_an_event():
    ada = make_user("old@example.org")
    event = make_event()
    mine = make_attendee(event, email="old@example.org", user=ada)
    make_attendee(event, email="ada@example.org")

    prove_address(ada, "ada@example.org")

    assert list(Attendee.objects.filter(user=ada)) == [mine]


def test_proving_an_address_takes_no_registration_from_another_user():
    other = make_user("ada@example.org")
    attendee = make_attendee(email="ada@example.org", user=other)
    Attendee.objects.filter(pk=attendee.pk).update(status=Status.CONFIRMED)

    prove_address(make_user(), "ada@example.org")

    assert Attendee.objects.get().user == other
