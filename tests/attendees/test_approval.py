"""Approval: yes, no with a reason, and again; one at a time and many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from attendees.models import Attendee, Reason, RegistrationStep, Status
from attendees.services.approval import approve, preview_approval, preview_rejection, reject, reopen
from attendees.services.profile import update_profile
from attendees.services.registration import register_attendee
from netevent.core.errors import DomainError
from netevent.notifications.models import Message
from netevent.notifications.services import deliver_due
from tests.attendees.test_admin import act, page
from tests.factories import first_type, make_attendee, make_event, make_organiser, make_person, make_type, make_user, money

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "nl", "de", "fr", "es", "it", "pl")


def pending(event, kind=None, **person):
    attendee = register_attendee(attendee_type=kind or first_type(event), person=make_person(**person)).attendee
    assert attendee.status == Status.PENDING_APPROVAL
    return attendee


def refused(act, *args, **kwargs):
    with pytest.raises(DomainError) as refusal:
        act(*args, **kwargs)
    return refusal.value.code


def fresh(row):
    row.refresh_from_db()
    return row


@pytest.fixture
def owner():
    return make_user("owner@example.org")


@pytest.fixture
def desk(owner):
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def event(owner):
    return make_event(organiser=make_organiser(owner), mode="manual")


def test_approving_confirms_once_and_says_who_did_it(event, owner):
    attendee = pending(event)

    assert approve(attendee, by=owner)
    assert not approve(attendee, by=owner)

    assert (attendee.status, attendee.approved_at is None) == (Status.CONFIRMED, False)
    step = RegistrationStep.objects.get(act="approve")
    assert (step.from_state, step.to_state, step.by) == ("pending_approval", "confirmed", owner)
    assert Message.objects.filter(template="registered_confirmed").count() == 1


def test_approving_goes_on_to_payment_where_something_is_due(event):
    attendee = pending(event, make_type(event, price=money("15")))

    approve(attendee, by=None)

    assert attendee.status == Status.AWAITING_PAYMENT
    assert attendee.due_at > timezone.now()


def test_approving_with_no_place_left_is_refused_and_says_so():
    event = make_event(mode="manual", pending_holds_place=False, max_attendees=1)
    first, second = pending(event), pending(event)  # both may ask, since asking holds no place
    approve(first, by=None)

    assert refused(approve, second, by=None) == "sold_out"
    assert fresh(second).status == Status.PENDING_APPROVAL
    assert second.approved_at is None


@pytest.mark.parametrize("status", [Status.WAITLISTED, Status.CANCELLED, Status.REJECTED, Status.EXPIRED, Status.OFFERED])
def test_only_who_waits_for_approval_is_approved(event, status):
    attendee = pending(event)
    Attendee.objects.filter(pk=attendee.pk).update(status=status)

    assert refused(approve, attendee, by=None) == "not_pending"


def test_rejecting_frees_the_place_tells_why_and_keeps_the_person_out(event):
    attendee = pending(event, email="ada@example.org")
    Message.objects.all().delete()

    assert reject(attendee, by=None, reason="All places are gone.")
    assert not reject(attendee, by=None, reason="Again")

    assert attendee.status == Status.REJECTED
    deliver_due()
    assert "All places are gone." in mail.outbox[-1].body
    again = register_attendee(attendee_type=first_type(event), person=make_person("ada@example.org"))
    assert (again.is_new, fresh(attendee).status) == (False, Status.REJECTED)


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.AWAITING_PAYMENT, Status.CANCELLED, Status.EXPIRED])
def test_who_was_accepted_or_is_gone_is_not_rejected(event, status):
    attendee = pending(event)
    Attendee.objects.filter(pk=attendee.pk).update(status=status)

    assert refused(reject, attendee, by=None) == "not_rejectable"


def test_reopening_starts_a_new_round_that_is_decided_anew(event):
    attendee = pending(event)
    reject(attendee, by=None)

    assert reopen(attendee, by=None)
    assert not reopen(attendee, by=None)

    assert attendee.status == Status.PENDING_APPROVAL
    assert list(attendee.steps.values_list("act", "round")) == [("register", 1), ("reject", 1), ("reopen", 2)]


def test_reopening_without_a_place_waits_or_is_refused():
    event = make_event(mode="manual", max_attendees=1)
    attendee = pending(event)
    reject(attendee, by=None)
    pending(event)

    assert reopen(attendee, by=None)
    assert (attendee.status, attendee.queue_number) == (Status.WAITLISTED, 1)
    reject(attendee, by=None)
    event.has_waiting_list = False
    event.save()
    assert refused(reopen, Attendee.objects.get(pk=attendee.pk), by=None) == "sold_out"


# --- Edited after it was approved -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "changes", "status"),
    [
        ({"recheck_on_edit": True}, {"organisation": "Babbage"}, Status.PENDING_APPROVAL),
        ({"recheck_on_edit": True}, {"language": "nl"}, Status.CONFIRMED),
        ({"recheck_on_edit": True}, {}, Status.CONFIRMED),
        ({"recheck_on_edit": True, "pending_holds_place": False}, {"organisation": "Babbage"}, Status.CONFIRMED),
        ({}, {"organisation": "Babbage"}, Status.CONFIRMED),
    ],
)
def test_what_a_person_edits_is_looked_at_again_where_the_event_wants_that(fields, changes, status):
    attendee = make_attendee(make_event(**fields))

    update_profile(attendee, **changes)

    assert fresh(attendee).status == status
    if status == Status.PENDING_APPROVAL:
        assert approve(attendee, by=None)
        assert attendee.status == Status.CONFIRMED


# --- Many at the desk ----------------------------------------------------------------------------------------------------------
def test_previews_count_states_and_say_who_is_not_possible():
    event = make_event(mode="manual", pending_holds_place=False, max_attendees=2)
    people = [pending(event) for _ in range(3)]
    people.append(make_attendee(event))

    approval, rejection = preview_approval(people), preview_rejection(people)

    assert approval.states == {"pending_approval": 3, "confirmed": 1}
    assert (approval.possible, sorted(approval.refused.values())) == (1, [1, 2])  # one place is left, and one is confirmed
    assert (rejection.possible, list(rejection.refused.values())) == (3, [1])


def test_approving_chosen_rows_asks_first(desk, event):
    people = [pending(event), pending(event), make_attendee(event)]

    asked = act(desk, "approve_chosen", *people)

    assert "Approve 2 registrations" in asked.content.decode()
    assert "Not possible: 1" in asked.content.decode()
    assert [fresh(row).status for row in people[:2]] == ["pending_approval"] * 2
    done = act(desk, "approve_chosen", *people, confirmed="1")
    assert [fresh(row).status for row in people] == ["confirmed"] * 3
    assert "2 registrations were approved." in done.content.decode()
    assert "1 row was left as it is" in done.content.decode()


def test_turning_down_shows_the_reason_in_each_language_before_it_is_sent(desk, event):
    people = [pending(event, language="nl"), pending(event, language="pl")]
    reason = Reason.objects.get(key="full")

    asked = act(desk, "reject_chosen", *people, confirmed="1", reason=reason.pk).content.decode()

    assert reason.text_nl in asked
    assert reason.text_pl in asked
    assert fresh(people[0]).status == Status.PENDING_APPROVAL
    texts = {"text_nl": reason.text_nl, "text_pl": "Niestety nie tym razem."}
    act(desk, "reject_chosen", *people, confirmed="1", reason=reason.pk, seen="1", **texts)
    assert [fresh(row).status for row in people] == ["rejected"] * 2
    assert [row.steps.last().reason for row in people] == [reason.text_nl, "Niestety nie tym razem."]


def test_whoever_lacks_the_right_decides_nothing(event):
    attendee, stranger = pending(event), make_user()
    make_organiser(stranger)
    client = Client()
    client.force_login(stranger)

    act(client, "approve_chosen", attendee, confirmed="1")

    assert fresh(attendee).status == Status.PENDING_APPROVAL


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("approve_one", Status.PENDING_APPROVAL, Status.CONFIRMED),
        ("reject_one", Status.PENDING_APPROVAL, Status.REJECTED),
        ("reopen_one", Status.REJECTED, Status.PENDING_APPROVAL),
        ("offer_one", Status.WAITLISTED, Status.OFFERED),
        ("withdraw_one", Status.OFFERED, Status.WAITLISTED),
    ],
)
def test_each_button_of_a_persons_page_asks_and_acts(desk, event, owner, name, before, after):
    attendee = pending(event)
    if before == Status.REJECTED:
        reject(attendee, by=None)
    elif before != Status.PENDING_APPROVAL:
        Attendee.objects.filter(pk=attendee.pk).update(status=Status.WAITLISTED, queue_number=1)
        if before == Status.OFFERED:
            from attendees.services.waiting_list import offer_by_hand

            offer_by_hand(fresh(attendee), by=owner)
    address = page(name, attendee)

    assert desk.get(address).status_code == 200
    assert fresh(attendee).status == before
    desk.post(address, {"seen": "1"})
    assert fresh(attendee).status == after


def test_withdrawing_says_when_there_was_nothing_left_to_withdraw(desk, event, owner):
    """Somebody answers between the page that asks and the button."""
    from attendees.services.waiting_list import decline_offer, offer_by_hand

    attendee = pending(event)
    Attendee.objects.filter(pk=attendee.pk).update(status=Status.WAITLISTED, queue_number=1)
    offer = offer_by_hand(fresh(attendee), by=owner)
    decline_offer(offer)

    said = desk.post(page("withdraw_one", attendee), {"seen": "1"}, follow=True).content.decode()

    assert "Nothing was withdrawn." in said
    assert "The offer was withdrawn." not in said
    assert fresh(attendee).status == Status.CANCELLED


def test_the_desk_counts_who_waits_and_for_how_long(desk, event):
    attendee = pending(event)
    pending(event)
    attendee.steps.update(at=timezone.now() - timedelta(days=3))

    content = desk.get("/admin/").content.decode()

    assert "registrations wait for approval" in content
    assert "3 days" in content.replace("\xa0", " ")


# --- The shelf of reasons ------------------------------------------------------------------------------------------------------
def test_shared_reasons_are_there_in_seven_languages():
    assert Reason.objects.filter(organiser=None).count() == 4
    for reason in Reason.objects.all():
        assert all(getattr(reason, f"text_{code}") for code in LANGUAGES)


def test_an_owner_keeps_reasons_of_their_own_and_leaves_shared_ones_alone(desk, event):
    mine = Reason.objects.create(organiser=event.organiser, key="mine", text_en="Members first.")
    foreign = Reason.objects.create(organiser=make_organiser(), key="theirs", text_en="Secret.")
    shared = Reason.objects.get(key="full")

    content = desk.get("/admin/attendees/reason/").content.decode()

    assert "Members first." in content
    assert "Secret." not in content
    assert desk.get(page("change", foreign)).status_code == 404
    data = {"key": "mine", "organiser": event.organiser_id, "text_en": "Members come first."}
    desk.post(page("change", mine), data)
    desk.post(page("change", shared), {**data, "key": "full"})
    assert fresh(mine).text_en == "Members come first."
    assert fresh(shared).text_en != "Members come first."
