"""People at the desk: acts go through the services that pages use, for the rows where the person has the right."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from attendees.models import Attendee, AttendeeToken, Badge, CheckIn, Checkpoint, RegistrationStep
from attendees.services import links
from attendees.services.badges import badge_for
from attendees.services.check_in import main_checkpoint
from events.models import Event, Role
from netevent.accounts.models import User
from netevent.jobs.models import Job
from netevent.notifications.models import Message
from tests.factories import first_type, make_attendee, make_event, make_member, make_organiser, make_running_event, make_type, make_user

pytestmark = pytest.mark.django_db
LIST = "/admin/attendees/attendee/"


@pytest.fixture
def owner() -> User:
    return make_user("owner@example.org")


@pytest.fixture
def desk(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def event(owner: User) -> Event:
    return make_running_event(organiser=make_organiser(owner), name_en="Spring day")


@pytest.fixture
def ada(event: Event) -> Attendee:
    return make_attendee(event, first_name="Ada", last_name="Lovelace", email="ada@example.org")


def page(name: str, row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])


def act(desk: Client, name: str, *rows: Any, **data: Any) -> Any:
    return desk.post(LIST, {"action": name, "_selected_action": [row.pk for row in rows], **data}, follow=True)


def fresh(row: Any) -> Any:
    row.refresh_from_db()
    return row


# --- Adding and editing --------------------------------------------------------------------------------------------------------
def test_adding_registers_through_the_service(desk: Client, event: Event, owner: User) -> None:
    data = {
        "event": event.pk,
        "attendee_type": first_type(event).pk,
        "first_name": " Łukasz ",
        "last_name": "",
        "email": "LUKASZ@Example.org",
        "language": "pl",
    }

    answer = desk.post("/admin/attendees/attendee/add/", data)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    new = Attendee.objects.get()
    assert (new.first_name, new.email, new.status, new.source, new.language) == ("Łukasz", "lukasz@example.org", "confirmed", "admin", "pl")
    assert [(s.act, s.by, s.source) for s in new.steps.all()] == [("register", owner, "admin")]
    assert Message.objects.filter(template="registered_confirmed", to_address="lukasz@example.org").count() == 1


def test_adding_to_a_full_event_waitlists(desk: Client, event: Event, ada: Attendee) -> None:
    Event.objects.filter(pk=event.pk).update(max_attendees=1)

    desk.post(
        "/admin/attendees/attendee/add/", {"event": event.pk, "attendee_type": first_type(event).pk, "first_name": "Bo", "language": "en"}
    )

    assert Attendee.objects.get(first_name="Bo").status == "waitlisted"


def test_adding_somebody_twice_is_told_and_changes_nothing(desk: Client, event: Event, ada: Attendee) -> None:
    data = {"event": event.pk, "attendee_type": first_type(event).pk, "first_name": "Eve", "email": "ada@example.org", "language": "en"}

    answer = desk.post("/admin/attendees/attendee/add/", data)

    assert answer.status_code == 200
    assert "email" in answer.context["adminform"].form.errors
    assert (Attendee.objects.count(), fresh(ada).first_name) == (1, "Ada")


def test_a_type_of_another_event_is_refused(desk: Client, event: Event, owner: User) -> None:
    other = make_event(organiser=event.organiser)

    answer = desk.post(
        "/admin/attendees/attendee/add/", {"event": event.pk, "attendee_type": first_type(other).pk, "first_name": "Bo", "language": "en"}
    )

    assert list(answer.context["adminform"].form.errors) == ["attendee_type"]


def test_editing_keeps_state_and_unproves_a_new_address(desk: Client, ada: Attendee) -> None:
    links.prove_address(ada)
    data = {
        "first_name": "Ada",
        "last_name": "King",
        "email": "king@example.org",
        "language": "en",
        "attendance_status": "attending",
        "priority": 0,
        "status": "cancelled",
    }

    desk.post(page("change", ada), data)

    assert (fresh(ada).last_name, ada.email, ada.status, ada.email_proved_at) == ("King", "king@example.org", "confirmed", None)
    assert "king" in ada.search_key


def test_an_address_of_somebody_else_is_refused(desk: Client, event: Event, ada: Attendee) -> None:
    other = make_attendee(event)
    data = {"first_name": "Bo", "email": "ADA@example.org", "language": "en", "attendance_status": "attending", "priority": 0}

    answer = desk.post(page("change", other), data)

    assert list(answer.context["adminform"].form.errors) == ["email"]


# --- Lists -----------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["lukasz", "ŁUKASZ", "zolc lukasz", "lukasz@"])
def test_search_folds_accents_and_case(desk: Client, event: Event, ada: Attendee, words: str) -> None:
    found = make_attendee(event, first_name="Łukasz", last_name="Żółć", email="lukasz@example.org")

    assert list(desk.get(LIST, {"q": words}).context["cl"].queryset) == [found]


def test_types_can_be_filtered_once_an_event_is_chosen(desk: Client, event: Event, ada: Attendee) -> None:
    make_type(event, name_en="Speakers")

    assert b"Speakers" not in desk.get(LIST).content
    assert b"Speakers" in desk.get(LIST, {"event__id__exact": event.pk}).content


# --- Acts ------------------------------------------------------------------------------------------------------------------------
def test_cancelling_asks_first_then_frees_the_place(desk: Client, event: Event, ada: Attendee, owner: User) -> None:
    asked = act(desk, "cancel_chosen", ada)
    before = fresh(ada).status
    done = act(desk, "cancel_chosen", ada, confirmed="1", reason="Moved away")

    assert (before, fresh(ada).status) == ("confirmed", "cancelled")
    assert "Cancel 1 registration" in asked.content.decode()
    assert "1 registration was cancelled." in done.content.decode()
    assert [(s.by, s.source, s.reason) for s in ada.steps.filter(act="cancel")] == [(owner, "admin", "Moved away")]


def test_checking_in_many_says_who_was_refused_and_why(desk: Client, event: Event, ada: Attendee, owner: User) -> None:
    gone = make_attendee(event)
    Attendee.objects.filter(pk=gone.pk).update(status="cancelled")

    text = act(desk, "check_in_chosen", ada, gone).content.decode()

    assert "1 attendee was checked in." in text
    assert "1 row was left as it is: Registration cancelled" in text
    assert (fresh(ada).first_entry_at is not None, fresh(gone).first_entry_at) == (True, None)
    assert set(CheckIn.objects.values_list("by", "answer", "method")) == {(owner.pk, "in", "desk"), (owner.pk, "cancelled", "desk")}


def test_changing_the_type_takes_todays_price(desk: Client, event: Event, ada: Attendee) -> None:
    vip = make_type(event, name_en="VIP", price="20")

    offered = act(desk, "change_type_chosen", ada)
    act(desk, "change_type_chosen", ada, confirmed="1", attendee_type=vip.pk, seen=vip.pk)

    assert "VIP" in offered.content.decode()
    assert (fresh(ada).attendee_type, str(ada.price)) == (vip, "20.00")


def test_acts_on_people_of_two_events_at_once_are_refused(desk: Client, event: Event, ada: Attendee) -> None:
    other = make_attendee(make_event(organiser=event.organiser))

    assert "Choose attendees of one event." in act(desk, "change_type_chosen", ada, other).content.decode()


def test_badges_are_a_job(desk: Client, event: Event, ada: Attendee, owner: User) -> None:
    answer = desk.post(LIST, {"action": "make_badges", "_selected_action": [ada.pk], "confirmed": "1", "sheet": "a4-8"})

    job = Job.objects.get()
    assert answer.headers["Location"] == reverse("jobs:detail", args=[job.pk])
    assert (job.owner, job.scope, job.params["attendees"], job.params["sheet"]) == (owner, f"event:{event.pk}", [ada.pk], "a4-8")


def test_reissuing_revokes_the_old_badge(desk: Client, ada: Attendee) -> None:
    old = badge_for(ada)

    act(desk, "reissue_chosen", ada)
    unmoved = fresh(old).revoked_at
    act(desk, "reissue_chosen", ada, confirmed="1")

    assert unmoved is None
    assert fresh(old).revoked_at is not None
    assert ada.badges.live().count() == 1


def test_the_message_goes_out_again_and_again(desk: Client, ada: Attendee) -> None:
    desk.post(page("send_again_one", ada))
    desk.post(page("send_again_one", ada))

    assert Message.objects.filter(about=ada.about, template="registered_confirmed").count() == 2


@pytest.mark.parametrize("name", ["check_in_one", "change_type_one", "send_again_one", "reissue_one", "cancel_one"])
def test_buttons_change_nothing_by_get(desk: Client, ada: Attendee, name: str) -> None:
    badge_for(ada)
    before = (ada.steps.count(), CheckIn.objects.count(), Message.objects.count(), Badge.objects.count())

    assert desk.get(page(name, ada)).status_code == 200
    assert (ada.steps.count(), CheckIn.objects.count(), Message.objects.count(), Badge.objects.count()) == before


def test_a_check_in_is_undone_with_a_reason(desk: Client, event: Event, ada: Attendee) -> None:
    desk.post(page("check_in_one", ada))
    scan = CheckIn.objects.get()
    CheckIn.objects.update(by=None)

    without = desk.post(page("undo", scan), {"reason": ""})
    desk.post(page("undo", scan), {"reason": "Wrong person"})

    assert without.status_code == 422
    assert (fresh(scan).annulled_reason, fresh(ada).first_entry_at) == ("Wrong person", None)


def test_checking_in_and_undoing_at_the_desk_are_counted(desk: Client, event: Event, ada: Attendee, settings: Any) -> None:
    settings.RATE_LIMITS = {"checkin.device": "3/1m"}
    desk.post(page("check_in_one", ada))
    desk.post(page("undo", CheckIn.objects.get()), {"reason": "Wrong person"})
    act(desk, "check_in_chosen", ada)

    answers = [desk.post(page("check_in_one", ada)), act(desk, "check_in_chosen", ada)]

    assert [answer.status_code for answer in answers] == [429, 429]
    assert CheckIn.objects.count() == 2


def test_facts_are_read_only(desk: Client, ada: Attendee) -> None:
    desk.post(page("check_in_one", ada))
    links.personal_token(ada)
    rows = [ada.steps.get(), CheckIn.objects.get(), badge_for(ada), AttendeeToken.objects.get()]

    assert [desk.post(page("change", row), {}).status_code for row in rows] == [403] * 4
    assert [desk.post(page("delete", row), {"post": "yes"}).status_code for row in rows] == [403] * 4
    assert desk.post(page("delete", ada), {"post": "yes"}).status_code == 403


def test_links_and_badges_show_no_token(desk: Client, ada: Attendee) -> None:
    links.personal_token(ada)
    rows = [badge_for(ada), AttendeeToken.objects.get()]
    secrets = [word for row in rows for word in (row.nonce, row.digest, row.token)]

    text = "".join(desk.get(page("change", row)).content.decode() for row in rows)

    assert [word for word in secrets if word in text] == []


def test_who_only_sees_people_acts_on_nobody(event: Event, ada: Attendee) -> None:
    user, client = make_user(), Client()
    role = Role.objects.create(key="reader", name="Reader", can_see_personal_data=True)
    make_member(event, role.key, user)
    client.force_login(user)

    shown = client.get(page("change", ada))
    client.post(LIST, {"action": "cancel_chosen", "_selected_action": [ada.pk], "confirmed": "1"})

    assert (shown.status_code, b'name="_save"' in shown.content) == (200, False)
    assert client.post(page("cancel_one", ada), {"reason": ""}).status_code in (403, 404)
    assert fresh(ada).status == "confirmed"


def test_the_main_entry_is_not_deleted(desk: Client, event: Event) -> None:
    entry = main_checkpoint(event)
    lunch = Checkpoint.objects.create(event=event, name="Lunch")

    assert desk.post(page("delete", entry), {"post": "yes"}).status_code == 403
    assert desk.post(page("delete", lunch), {"post": "yes"}).status_code == 302


def test_a_checkpoints_window_is_typed_by_the_events_clocks(desk: Client, event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(time_zone="America/New_York")
    entry = main_checkpoint(event)
    data = {
        "name": "Entry",
        "kind": "entry",
        "repeat": "once",
        "opens_at_0": "2027-01-15",
        "opens_at_1": "09:00",
        "closes_at_0": "",
        "closes_at_1": "",
    }

    assert desk.post(page("change", entry), data).status_code == 302
    assert fresh(entry).opens_at.isoformat() == "2027-01-15T14:00:00+00:00"


# --- Organisers' addresses -------------------------------------------------------------------------------------------------------
def test_organisers_check_in_address_checks_in_by_post(desk: Client, event: Event, ada: Attendee) -> None:
    address = f"/organizer/event/{event.pk}/checkin/{ada.pk}"

    assert desk.get(address).status_code == 405
    answer = desk.post(address)

    assert answer.headers["Location"] == page("change", ada)
    assert fresh(ada).first_entry_at is not None


def test_organisers_badge_address_asks_and_then_orders(desk: Client, event: Event, ada: Attendee) -> None:
    address = f"/organizer/event/{event.pk}/badges/rectangular/download"

    asked, before = desk.get(address), Job.objects.count()
    ordered, wrong = desk.post(address, {"sheet": "a6"}), desk.post(address, {"sheet": "a0"})

    assert (asked.status_code, before, ordered.status_code, wrong.status_code) == (200, 0, 302, 422)
    assert Job.objects.get().params == {"event": event.pk, "sheet": "a6"}


def test_organisers_lists_lead_to_the_desk(desk: Client, event: Event) -> None:
    answers = [
        desk.get(f"/organizer/event/{event.pk}/attendees/{name}").headers["Location"] for name in ("batch-assign-type", "excel/download")
    ]

    assert answers == [f"{LIST}?event__id__exact={event.pk}", f"{LIST}export/?event__id__exact={event.pk}"]


def test_steps_belong_to_the_page_of_their_person(desk: Client, ada: Attendee) -> None:
    assert admin.site._registry[RegistrationStep].has_add_permission(None) is False  # type: ignore[arg-type]
    assert "Confirmed" in desk.get(page("change", ada)).content.decode()


def test_an_act_asks_the_right_for_every_row(event: Event, ada: Attendee) -> None:
    user, client = make_user(), Client()
    other = make_attendee(make_running_event(organiser=event.organiser))
    runs = Role.objects.create(key="runs", name="Runs", can_manage_attendees=True, can_check_in=True)
    reads = Role.objects.create(key="reads", name="Reads", can_see_personal_data=True)
    make_member(event, runs.key, user)
    make_member(other.event, reads.key, user)
    client.force_login(user)

    text = act(client, "check_in_chosen", ada, other).content.decode()
    act(client, "cancel_chosen", ada, other, confirmed="1")

    assert "You may not do this at that event." in text
    assert (fresh(ada).first_entry_at is not None, fresh(other).first_entry_at) == (True, None)
    assert (ada.status, other.status) == ("cancelled", "confirmed")
