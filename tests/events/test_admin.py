"""Events at the desk: times by the event's clocks, one page one version, acts through services."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models.fields.files import FieldFile
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from events.models import Event, EventType, Organiser, OrganiserMember, Role, Tag, Venue, Visibility
from events.models.team import Right
from netevent.accounts.models import User
from netevent.accounts.services import create_proved_user
from netevent.notifications.models import Message
from tests.factories import (
    first_type,
    make_admin,
    make_attendee,
    make_club,
    make_event,
    make_event_type,
    make_member,
    make_organiser,
    make_type,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user("owner@example.org")


@pytest.fixture
def organiser(owner: User) -> Organiser:
    return make_organiser(owner, time_zone="Europe/Amsterdam")


@pytest.fixture
def desk(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def event(organiser: Organiser, owner: User) -> Event:
    return make_event(
        organiser=organiser,
        by=owner,
        name_en="Spring day",
        description_en="Talks.",
        starts_at=datetime(2027, 6, 1, 8, tzinfo=UTC),
        visibility="draft",
    )


def url(page: str, *args: Any, model: str = "events_event") -> str:
    return reverse(f"admin:{model}_{page}", args=args)


def typed(page: Any) -> dict[str, Any]:
    """What a browser would send back from this page, with nothing changed."""
    forms = [page.context["adminform"].form]
    data: dict[str, Any] = {}
    for formset in page.context.get("inline_admin_formsets", ()):
        forms += [formset.formset.management_form, *formset.formset.forms]
    for form in forms:
        for field in form:  # as the browser sees them
            value = field.value()
            widget = field.field.widget
            if hasattr(widget, "decompress"):
                zone = forms[0]["time_zone"].value() if "time_zone" in forms[0].fields else "UTC"
                with timezone.override(zone):
                    parts = widget.decompress(value)
                data |= {f"{field.html_name}_{n}": part if part is not None else "" for n, part in enumerate(parts)}
            elif value is True:
                data[field.html_name] = "on"
            elif isinstance(value, list):
                data[field.html_name] = value
            elif value is not None and value is not False and not isinstance(value, FieldFile):
                data[field.html_name] = str(value)
    return data


def change(desk: Client, event: Event, **changes: Any) -> Any:
    """Open the event's page, type these over what stands there, and save."""
    data = typed(desk.get(url("change", event.pk))) | changes
    answer = desk.post(url("change", event.pk), data)
    event.refresh_from_db()
    return answer


# --- Making one --------------------------------------------------------------------------------------------------------------
def test_new_event_gets_code_type_owner_and_one_version(desk: Client, organiser: Organiser, owner: User) -> None:
    page = desk.get(url("add"))
    start = {"starts_at_0": "2027-07-01", "starts_at_1": "10:00"}

    answer = desk.post(
        url("add"), typed(page) | start | {"name_nl": "Zomerdag", "event_type": make_event_type().pk, "time_zone": "Europe/Amsterdam"}
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    event = Event.objects.get()
    assert (event.organiser, event.name_nl, len(event.code), event.visibility) == (organiser, "Zomerdag", 8, "draft")
    assert event.starts_at == event.planned_starts_at == datetime(2027, 7, 1, 8, tzinfo=UTC)
    assert [t.name_en for t in event.attendee_types.all()] == ["Attendee"]
    assert [(m.user, m.role.key) for m in event.team.all()] == [(owner, "owner")]
    assert [(v.version_number, v.source, v.history_user) for v in event.history.all()] == [(1, "admin", owner)]


@pytest.mark.parametrize("model", ["events_event", "events_attendeetype"])
def test_the_name_comes_first(desk: Client, event: Event, model: str) -> None:
    text = desk.get(url("add", model=model)).content.decode()
    places = [text.index(f'name="{name}"') for name in ("name_en", "name_pl", "description_pl", "code")]

    assert places == sorted(places)


def test_a_name_in_no_language_is_refused(desk: Client, event: Event) -> None:
    answer = change(desk, event, name_en="")

    assert list(answer.context["adminform"].form.errors) == ["name_en"]


def test_form_offers_only_own_approved_organisers(desk: Client, organiser: Organiser, owner: User) -> None:
    make_organiser(name="Stranger")
    make_organiser(owner, name="Waiting", approved_at=None)

    field = desk.get(url("add")).context["adminform"].form.fields["organiser"]

    assert list(field.queryset) == [organiser]


# --- Times ---------------------------------------------------------------------------------------------------------------------
def test_times_are_shown_and_read_by_the_events_clocks(desk: Client, event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(time_zone="America/New_York")
    page = desk.get(url("change", event.pk))

    assert typed(page)["starts_at_1"].strftime("%H:%M") == "04:00"
    assert "New York time (EDT)" in page.content.decode()
    change(desk, event, starts_at_1="09:30")
    assert event.starts_at == datetime(2027, 6, 1, 13, 30, tzinfo=UTC)


def test_another_zone_keeps_the_wall_clock(desk: Client, event: Event) -> None:
    change(desk, event, time_zone="Asia/Tokyo", starts_at_1="10:00", ends_at_0="2027-06-01", ends_at_1="18:00")

    assert event.starts_at == datetime(2027, 6, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour", "moment"),
    [("2027-03-27", "12:00", 11), ("2027-03-28", "12:00", 10), ("2027-10-30", "12:00", 10), ("2027-10-31", "12:00", 11)],
)
def test_the_same_hour_on_both_sides_of_a_change_of_clocks(desk: Client, event: Event, day: str, hour: str, moment: int) -> None:
    change(desk, event, starts_at_0=day, starts_at_1=hour, ends_at_0="", ends_at_1="")

    assert event.starts_at == datetime(*map(int, day.split("-")), moment, tzinfo=UTC)


def test_an_hour_that_the_clocks_skip_is_refused_in_words(desk: Client, event: Event) -> None:
    answer = change(desk, event, starts_at_0="2027-03-28", starts_at_1="02:30", ends_at_0="", ends_at_1="")

    assert "02:30 does not exist in Europe/Amsterdam" in str(answer.context["adminform"].form.errors["starts_at"])


def test_of_an_hour_that_comes_twice_the_first_is_meant_and_the_second_stays(desk: Client, event: Event) -> None:
    change(desk, event, starts_at_0="2027-10-31", starts_at_1="02:30", ends_at_0="", ends_at_1="")
    first = event.starts_at
    second = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    Event.objects.filter(pk=event.pk).update(starts_at=second)

    change(desk, event, city="Delft")

    assert (first, event.starts_at, event.city) == (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), second, "Delft")


# --- One page, one version -----------------------------------------------------------------------------------------------------
def test_form_types_tags_and_clubs_of_one_page_are_one_version(desk: Client, event: Event, owner: User) -> None:
    club = make_club()
    before = event.history.count()

    answer = change(desk, event, city="Delft", new_tags="Water, delta", clubs_chosen=[club.pk], **{"attendee_types-0-price": "12.50"})

    assert answer.status_code == 302
    versions = event.history.all()
    assert (len(versions), versions[0].source, versions[0].history_user) == (before + 1, "admin", owner)
    assert set(versions[0].changes) == {"city", "tags", "clubs", "attendee_types"}
    assert sorted(event.tags.values_list("name", flat=True)) == ["delta", "water"]
    assert str(event.price_from) == "12.50"


def test_pictures_and_files_for_shelves_are_counted_as_uploads(desk: Client, event: Event, settings: Any) -> None:
    settings.RATE_LIMITS = {"upload.user": "2/h"}
    admin_desk = Client()
    admin_desk.force_login(make_admin())
    send = lambda client: client.post("/admin/events/tag/import/", {"import_file": ContentFile(b"name\nx\n", "t.csv"), "format": "0"})  # noqa: E731

    pictures = [change(desk, event, picture=ContentFile(b"no picture", "p.png")).status_code for _ in range(3)]
    files = [send(admin_desk).status_code for _ in range(3)]

    assert (pictures[2], files[2], 429 in pictures[:2] + files[:2]) == (429, 429, False)
    assert change(desk, event, city="Delft").status_code == 302


def test_saving_without_a_change_makes_no_version(desk: Client, event: Event) -> None:
    before = event.history.count()

    assert change(desk, event).status_code == 302
    assert event.history.count() == before


def test_a_refused_page_changes_nothing_and_keeps_what_was_typed(desk: Client, event: Event) -> None:
    make_attendee(event)
    make_attendee(event)

    answer = change(desk, event, max_attendees="1", city="Delft")

    assert answer.status_code == 200
    assert "max_attendees" in answer.context["adminform"].form.errors
    assert answer.context["adminform"].form["city"].value() == "Delft"
    assert (event.max_attendees, event.city) == (None, "Utrecht")


def test_an_event_keeps_at_least_one_type(desk: Client, event: Event) -> None:
    answer = change(desk, event, **{"attendee_types-0-DELETE": "on"})

    assert answer.status_code == 200
    assert event.attendee_types.count() == 1


def test_a_new_type_gets_a_code(desk: Client, event: Event) -> None:
    page = typed(desk.get(url("change", event.pk)))
    answer = change(
        desk,
        event,
        **{
            "attendee_types-TOTAL_FORMS": "2",
            "attendee_types-1-name_en": "Student",
            "attendee_types-1-price": "5",
            "attendee_types-1-position": "1",
            "attendee_types-1-id": "",
            "attendee_types-1-event": page["attendee_types-0-event"],
        },
    )

    assert answer.status_code == 302, answer.context and [f.formset.errors for f in answer.context["inline_admin_formsets"]]
    assert [(t.name_en, bool(t.code)) for t in event.attendee_types.all()] == [("Attendee", True), ("Student", True)]


def test_a_code_is_used_once_an_event_whichever_page_writes_it(desk: Client, event: Event) -> None:
    other = make_type(event, code="VIP")
    page = desk.get(url("change", other.pk, model="events_attendeetype"))

    answer = desk.post(url("change", other.pk, model="events_attendeetype"), typed(page) | {"code": first_type(event).code.lower()})

    assert answer.status_code == 200
    assert "already exists" in str(answer.context["adminform"].form.errors)


# --- Acts ----------------------------------------------------------------------------------------------------------------------
def test_publishing_asks_first_and_goes_through_the_checklist(desk: Client, event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(city="", description_en="")
    asked = desk.get(url("publish", event.pk)).content.decode()
    event.refresh_from_db()
    refused, was = desk.post(url("publish", event.pk), follow=True).content.decode(), event.visibility
    Event.objects.filter(pk=event.pk).update(city="Delft", description_en="Talks.")
    desk.post(url("publish", event.pk))
    event.refresh_from_db()

    assert "Say where it takes place." in asked
    assert "Something is still missing" in refused
    assert (was, event.visibility, event.history.first().source) == (Visibility.DRAFT, Visibility.PUBLISHED, "admin")


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        ("unlist", "draft", "unlisted"),
        ("withdraw", "published", "draft"),
        ("archive", "cancelled", "archived"),
    ],
)
def test_acts_move_the_visibility_by_post_alone(desk: Client, event: Event, act: str, before: str, after: str) -> None:
    Event.objects.filter(pk=event.pk).update(visibility=before)
    asked = desk.get(url(act, event.pk))
    event.refresh_from_db()
    unmoved = event.visibility
    desk.post(url(act, event.pk))
    event.refresh_from_db()

    assert (asked.status_code, unmoved, event.visibility) == (200, before, after)


def test_who_may_not_edit_may_not_publish(event: Event) -> None:
    client, user = Client(), make_user()
    make_member(event, "viewer", user)
    client.force_login(user)

    assert [client.get(url("publish", event.pk)).status_code, client.post(url("publish", event.pk)).status_code] == [403, 403]


def test_an_event_with_registrations_is_not_deleted(desk: Client, event: Event) -> None:
    make_attendee(event, first_name="Ada")
    page = desk.get(url("delete", event.pk)).content.decode()

    desk.post(url("delete", event.pk), {"post": "yes"})

    assert Event.objects.filter(pk=event.pk).exists()
    assert "1 × attendee" in page
    assert "Ada" not in page


def test_an_event_without_registrations_is_deleted_through_its_service(desk: Client, event: Event) -> None:
    answer = desk.post(url("delete", event.pk), {"post": "yes"})

    assert answer.status_code == 302
    assert not Event.objects.filter(pk=event.pk).exists()


# --- Team and roles --------------------------------------------------------------------------------------------------------------
def team(page: dict[str, Any], row: int, **fields: Any) -> dict[str, Any]:
    return {
        "team-TOTAL_FORMS": str(row + 1),
        f"team-{row}-event": page["team-0-event"],
        f"team-{row}-id": "",
        **{f"team-{row}-{name}": value for name, value in fields.items()},
    }


def test_a_member_is_linked_to_the_account_that_proved_the_address(desk: Client, event: Event) -> None:
    known = create_proved_user(email="helper@example.org")
    page = typed(desk.get(url("change", event.pk)))

    change(desk, event, **team(page, 1, email="Helper@example.org", role=Role.objects.get(key="viewer").pk))

    member = event.team.get(email="helper@example.org")
    assert (member.user, member.accepted_at is not None) == (known, True)


def test_nobody_gives_a_right_they_lack(event: Event) -> None:
    lead = make_user()
    make_member(event, "editor", lead)
    Role.objects.filter(key="editor").update(can_manage_team=True, can_money=False)
    client = Client()
    client.force_login(lead)
    page = typed(client.get(url("change", event.pk)))
    row = int(page["team-INITIAL_FORMS"])

    answer = client.post(url("change", event.pk), page | team(page, row, email="friend@example.org", role=Role.objects.get(key="owner").pk))

    assert answer.status_code == 200
    assert not event.team.filter(email="friend@example.org").exists()


def test_the_last_owner_stays(desk: Client, event: Event) -> None:
    answer = change(desk, event, **{"team-0-DELETE": "on"})

    assert answer.status_code == 200
    assert "An event needs a team member with the role of its owner." in answer.content.decode()
    assert event.team.count() == 1


def test_team_is_hidden_from_who_does_not_manage_it(event: Event) -> None:
    client, user = Client(), make_user()
    make_member(event, "editor", user)
    Role.objects.filter(key="editor").update(can_manage_team=False)
    client.force_login(user)

    text = client.get(url("change", event.pk)).content.decode()

    assert "owner@example.org" not in text
    assert client.get(url("changelist", model="events_teammember")).status_code == 404


@pytest.mark.parametrize("change_role", [True, False])
def test_a_role_in_use_is_not_deleted(event: Event, change_role: bool) -> None:
    client = Client()
    client.force_login(make_admin())
    role = Role.objects.get(key="owner") if change_role else Role.objects.create(key="free", name="Free")

    answer = client.post(url("delete", role.pk, model="events_role"), {"post": "yes"}, follow=True)

    assert Role.objects.filter(pk=role.pk).exists() is change_role
    assert answer.status_code == 200


def test_built_in_roles_are_read_only_for_organisers(desk: Client, organiser: Organiser) -> None:
    role = Role.objects.get(key="viewer")

    assert desk.get(url("change", role.pk, model="events_role")).status_code == 200
    assert desk.post(url("change", role.pk, model="events_role"), {"name": "x"}).status_code == 403


# --- Organisers and shelves --------------------------------------------------------------------------------------------------------
def test_approving_an_organiser_tells_its_owners() -> None:
    asker = make_user("asker@example.org")
    waiting = make_organiser(asker, name="New faces", approved_at=None)
    client = Client()
    client.force_login(make_admin())
    page = client.get(url("change", waiting.pk, model="events_organiser"))

    client.post(url("approve", waiting.pk, model="events_organiser"))
    client.post(url("changelist", model="events_organiser"), {"action": "approve_chosen", "_selected_action": [waiting.pk]})

    waiting.refresh_from_db()
    assert page.status_code == 200
    assert waiting.approved_at is not None
    assert [m.to_user for m in Message.objects.filter(template="organiser_granted")] == [asker]


def test_only_admins_approve(desk: Client, organiser: Organiser, owner: User) -> None:
    waiting = make_organiser(owner, approved_at=None)

    assert desk.post(url("approve", waiting.pk, model="events_organiser")).status_code == 403


def test_the_last_owner_of_an_organiser_cannot_leave(desk: Client, organiser: Organiser) -> None:
    page = desk.get(url("change", organiser.pk, model="events_organiser"))

    answer = desk.post(url("change", organiser.pk, model="events_organiser"), typed(page) | {"members-0-DELETE": "on"})

    assert answer.status_code == 200
    assert "The last owner can't leave." in answer.content.decode().replace("&#x27;", "'")
    assert OrganiserMember.objects.filter(organiser=organiser).count() == 1


def test_a_venue_of_nobody_is_the_admins(desk: Client, organiser: Organiser) -> None:
    shared = Venue.objects.create(name="Town hall")
    own = Venue.objects.create(name="Own hall", organiser=organiser)
    model = "events_venue"

    answers = [
        desk.get(url("change", shared.pk, model=model)).status_code,
        desk.post(url("change", shared.pk, model=model), {"name": "x"}).status_code,
    ]
    blank = desk.post(url("add", model=model), {"name": "For all", "rooms-TOTAL_FORMS": "0", "rooms-INITIAL_FORMS": "0"})

    assert answers == [200, 403]
    assert b'name="_save"' in desk.get(url("change", own.pk, model=model)).content
    assert "organiser" in blank.context["adminform"].form.errors


def test_deleting_what_is_used_by_others_says_so_and_names_nobody(event: Event) -> None:
    client = Client()
    client.force_login(make_admin())
    kind: EventType = event.event_type

    page = client.get(url("delete", kind.pk, model="events_eventtype")).content.decode()

    assert "1 × event" in page
    assert "Spring day" not in page


def test_tags_of_other_peoples_drafts_are_not_suggested(desk: Client, event: Event) -> None:
    hidden, seen = Tag.objects.create(name="secret launch"), Tag.objects.create(name="open science")
    make_event(visibility="draft").tags.add(hidden)
    make_event().tags.add(seen)
    query = {"term": "", "app_label": "events", "model_name": "event", "field_name": "tags"}

    assert [row["text"] for row in desk.get("/admin/autocomplete/", query).json()["results"]] == ["open science"]


# --- History, export, alerts ----------------------------------------------------------------------------------------------------------
def test_history_says_who_changed_what_in_words(desk: Client, event: Event) -> None:
    change(desk, event, city="Delft", mode="manual")

    text = desk.get(url("history", event.pk)).content.decode()

    assert all(word in text for word in ("Version 2", "City", "Delft", "Manual approval"))


def test_export_has_a_column_a_language_and_no_bare_name(desk: Client, event: Event) -> None:
    page = admin.site._registry[Event]
    resource = page.get_resource_classes(None)[0]  # type: ignore[arg-type]

    fields = list(resource.fields)

    assert {"name_en", "name_pl", "description_de"} <= set(fields)
    assert not {"name", "description", "id"} & set(fields)


def test_start_page_says_what_needs_whom(desk: Client, event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(starts_at=datetime.now(tz=UTC).replace(microsecond=0), ends_at=None)
    make_organiser(make_user(), approved_at=None)
    boss = Client()
    boss.force_login(make_admin())

    assert "waits for your approval" in boss.get("/admin/").content.decode()
    assert "waits for your approval" not in desk.get("/admin/").content.decode()
    assert "Spring day" in desk.get("/admin/").content.decode()


# --- Organisers' addresses --------------------------------------------------------------------------------------------------------------
def test_organisers_addresses_lead_to_the_desk(desk: Client, event: Event) -> None:
    names = {
        "edit": f"/admin/events/event/{event.pk}/change/",
        "attendee-types": f"/admin/events/attendeetype/?event__id__exact={event.pk}",
        "staff": f"/admin/events/teammember/?event__id__exact={event.pk}",
    }

    assert desk.get("/organizer/dashboard").headers["Location"] == "/admin/"
    assert desk.get("/organizer/event/create").headers["Location"] == "/admin/events/event/add/"
    assert {name: desk.get(f"/organizer/event/{event.pk}/{name}").headers["Location"] for name in names} == names


def test_organisers_addresses_of_a_strangers_event_are_not_there(desk: Client, organiser: Organiser) -> None:
    other = make_event()
    person = make_attendee(other)
    paths = ("edit", "attendee-types", "staff", "attendees/batch-assign-type", "badges/rectangular/download", "attendees/excel/download")

    assert [desk.get(f"/organizer/event/{other.pk}/{path}").status_code for path in paths] == [404] * 6
    assert desk.post(f"/organizer/event/{other.pk}/checkin/{person.pk}").status_code == 404


def test_rights_of_roles_are_all_on_the_page() -> None:
    flat = str(admin.site._registry[Role].get_fieldsets(None))  # type: ignore[arg-type]

    assert [right for right in Right if right.value not in flat] == []


def test_deleting_several_rows_stops_at_the_one_in_use(event: Event) -> None:
    client = Client()
    client.force_login(make_admin())
    used, free = Tag.objects.create(name="used"), Tag.objects.create(name="free")
    event.tags.add(used)
    data = {"action": "delete_selected", "post": "yes"}

    refused = client.post(url("changelist", model="events_tag"), data | {"_selected_action": [used.pk, free.pk]})
    both = Tag.objects.count()
    client.post(url("changelist", model="events_tag"), data | {"_selected_action": [free.pk]})

    assert "Some of these are still in use" in refused.content.decode().replace("&#x27;", "'")
    assert (both, list(Tag.objects.all())) == (2, [used])


def test_an_events_page_asks_as_often_for_a_large_team_as_for_a_small_one(desk: Client, event: Event) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(url("change", event.pk))
        return len(queries)

    desk.get(url("change", event.pk))
    before = asked()
    for _number in range(4):
        make_member(event, "editor")

    assert asked() - before <= 4  # a menu of roles each, which Django fills a row at a time
    assert before <= 50
