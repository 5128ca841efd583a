"""The desk shows a person their own rows and nothing of anybody else's, at every door of every table."""

from __future__ import annotations

import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from attendees.models import (
    AcceptedType,
    Attendee,
    AttendeeToken,
    Badge,
    CheckIn,
    Checkpoint,
    ColumnSet,
    EmailChange,
    Offer,
    Party,
    ProviderNotice,
    Reason,
    ReceiptSeries,
    RegistrationStep,
    Voucher,
    VoucherUse,
)
from attendees.services import links
from attendees.services.badges import badge_for
from attendees.services.consents import give_consent
from attendees.services.mailing import keep_draft
from attendees.services.payments import mark_paid
from attendees.services.questions import save_answers
from attendees.services.refunds import order_refund, send_refund
from attendees.services.registration import change_type
from events.models import (
    AttendeeType,
    Club,
    ClubMember,
    Event,
    EventClub,
    EventSearch,
    EventTag,
    EventType,
    Organiser,
    OrganiserMember,
    Role,
    Room,
    StatedPreference,
    Tag,
    TeamMember,
    Venue,
)
from netevent.accounts.models import Language, Profile, User
from netevent.core.admin import DeskAdmin, own_models
from netevent.core.models import CacheRow
from netevent.jobs.models import Job, JobLine
from netevent.notifications.models import Message
from netevent.notifications.services import queue_message
from tests.factories import (
    first_type,
    make_admin,
    make_attendee,
    make_consent_text,
    make_event,
    make_member,
    make_organiser,
    make_question,
    make_type,
    make_user,
)

pytestmark = pytest.mark.django_db

# Edited inside another row's page, where the change is part of that row's act.
INSIDE_ANOTHER_PAGE = {Profile, EventTag, EventClub}
NOBODYS_BUSINESS = {CacheRow, EventSearch}
# For admins alone: they belong to no organiser, or say nothing that one of them may not know.
ADMINS_ALONE = {ClubMember, ProviderNotice, ReceiptSeries, StatedPreference}
CANARY = "Zanzibarquark"


def url(model: type, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def world(word: str, owner: User) -> SimpleNamespace:
    """An organiser with everything that hangs on it, every text holding one word."""
    organiser = make_organiser(owner, name=f"{word} organiser", email=f"{word}@example.org".lower())
    venue = Venue.objects.create(organiser=organiser, name=f"{word} hall", city=f"{word}ville")
    room = Room.objects.create(venue=venue, name=f"{word} room")
    event = make_event(
        organiser=organiser, by=owner, name_en=f"{word} day", city=f"{word}ville", venue=venue, room=room, visibility="draft"
    )
    tag = Tag.objects.create(name=f"{word} tag")
    event.tags.add(tag)
    role = Role.objects.create(organiser=organiser, key=word.lower(), name=f"{word} role", can_edit_event=True)
    attendee = make_attendee(event, first_name=word, last_name="Person")
    checkpoint = event.checkpoints.first() or Checkpoint.objects.create(event=event, name=f"{word} door")
    scan = CheckIn.objects.create(event=event, checkpoint=checkpoint, attendee=attendee, answer="in", scanned_at=event.starts_at, by=owner)
    links.personal_token(attendee)
    message = queue_message(
        f"{word}_note".lower(),
        about=attendee.about,
        receiver=1,
        version=1,
        to_address=f"{word}@example.org".lower(),
        scope=f"event:{event.pk}",
    )
    job = Job.objects.create(kind=f"{word}.kind".lower(), owner=owner, scope=f"event:{event.pk}")
    line = JobLine.objects.create(job=job, number=1, outcome="skipped", reason=word)
    question = make_question(event, key=word.lower(), label_en=f"{word}?", at_desk=True)
    save_answers(attendee, [question], {question.key: word})
    consent_text = make_consent_text(event, purpose=word.lower(), text_en=word)
    give_consent(attendee, consent_text)
    money = world_of_money(event, attendee, word)
    member = make_member(event, "editor", make_user(f"{word}.member@example.org".lower(), first_name=word))
    texts = {"en": {"subject": f"{word} news", "text": word}}
    mailing = keep_draft(event, owner, texts=texts, choice={})
    columns = ColumnSet.objects.create(owner=owner, name=word, columns=["code"])
    rows = [
        mailing,
        columns,
        organiser,
        organiser.members.get(),
        venue,
        room,
        event,
        first_type(event),
        member,
        tag,
        role,
        attendee,
        attendee.steps.first(),
        badge_for(attendee),
        question,
        attendee.answers.get(),
        consent_text,
        attendee.consents.get(),
        *money,
        Reason.objects.create(organiser=organiser, key=word.lower(), text_en=word),
        Offer.objects.create(attendee=attendee, attendee_type=first_type(event), digest=word, expires_at=event.starts_at, state="declined"),
        Party.objects.create(event=event, lead=attendee, size=2),
        AcceptedType.objects.create(attendee=attendee, attendee_type=first_type(event)),
        EmailChange.objects.create(
            attendee=attendee, email=f"{word}.new@example.org".lower(), digest=f"{word} change", expires_at=event.starts_at
        ),
    ]
    return SimpleNamespace(
        event=event, organiser=organiser, attendee=attendee, rows=[*rows, attendee.tokens.get(), checkpoint, scan, message, job, line]
    )


def world_of_money(event: Any, attendee: Any, word: str) -> list[Any]:
    """A place with a voucher, paid and given back."""
    kind = make_type(event, price=Decimal(50))
    change_type(attendee, kind, by=None)
    payment = mark_paid(attendee, by=None, method="cash", note=word)
    [refund] = order_refund(attendee, Decimal(20), by=None, reason=word)
    send_refund(refund)
    voucher = Voucher.objects.create(event=event, code=word[:20].upper(), note=word)
    use = VoucherUse.objects.create(voucher=voucher, attendee=attendee)
    return [payment, refund, payment.receipt, attendee.ledger.first(), voucher, use]


@pytest.fixture
def two() -> SimpleNamespace:
    mine, theirs = make_user("mine@example.org"), make_user("theirs@example.org", first_name=CANARY)
    return SimpleNamespace(me=mine, client=signed_in(mine), mine=world("Minerva", mine), theirs=world(CANARY, theirs))


# --- The registry ----------------------------------------------------------------------------------------------------------
def test_every_page_of_the_desk_stands_on_its_base() -> None:
    raw = [page for page in admin.site._registry.values() if not isinstance(page, DeskAdmin)]

    assert raw == []


def test_every_table_of_ours_has_a_page() -> None:
    missing = set(own_models()) - set(admin.site._registry) - INSIDE_ANOTHER_PAGE - NOBODYS_BUSINESS

    assert missing == set()


def test_world_holds_a_row_of_every_narrowed_table(two: SimpleNamespace) -> None:
    """A new table needs its row in `world`, or nothing below says that it doesn't leak."""
    common = {Club, EventType, User, Language, *ADMINS_ALONE, *NOBODYS_BUSINESS}
    ours = {model for model in own_models() if model._meta.app_label in {"events", "attendees", "jobs", "notifications"}}

    assert ours - common - INSIDE_ANOTHER_PAGE == {type(row) for row in two.theirs.rows}


# --- A stranger ------------------------------------------------------------------------------------------------------------
def test_own_rows_are_there(two: SimpleNamespace) -> None:
    answers = {type(row).__name__: two.client.get(url(type(row), "change", row.pk)).status_code for row in two.mine.rows}

    assert answers == dict.fromkeys(answers, 200)


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_strangers_rows_are_not_there(two: SimpleNamespace, page: str) -> None:
    answers = {
        f"{type(row).__name__} {method}": getattr(two.client, method)(url(type(row), page, row.pk)).status_code
        for row in two.theirs.rows
        for method in ("get", "post")
    }

    assert answers == dict.fromkeys(answers, 404)


def test_buttons_answer_404_for_strangers_rows(two: SimpleNamespace) -> None:
    answers = {}
    for row in two.theirs.rows:
        page = admin.site._registry[type(row)]
        for name in page._extract_action_names(page.actions_detail):
            for method in ("get", "post"):
                answers[f"{type(row).__name__}.{name} {method}"] = getattr(two.client, method)(url(type(row), name, row.pk)).status_code

    assert answers
    assert {name: code for name, code in answers.items() if code not in (403, 404)} == {}


def test_lists_searches_and_filters_name_nothing_of_strangers(two: SimpleNamespace) -> None:
    leaks, seen = [], 0
    for row in two.theirs.rows:
        address = url(type(row), "changelist")
        filters = admin.site._registry[type(row)].list_filter
        strangers = {"event": two.theirs.event.pk, "organiser": two.theirs.organiser.pk}
        chosen = [{f"{name}__id__exact": key} for name, key in strangers.items() if name in filters]
        for query in ({}, {"q": CANARY}, *chosen):
            answer = two.client.get(address, query, follow=True)
            text = re.sub(rf'(value="|q=|q%3D){CANARY}', "", answer.content.decode())
            seen += answer.status_code == 200
            if CANARY.lower() in text.lower():
                leaks.append((type(row).__name__, query))

    assert leaks == []
    assert seen > 30


def test_own_forms_offer_nothing_of_strangers(two: SimpleNamespace) -> None:
    pages = [url(type(row), "change", row.pk) for row in two.mine.rows] + [
        url(model, "add") for model in (Event, Attendee, Venue, Room, Role, Checkpoint, TeamMember, AttendeeType)
    ]
    texts = {page: two.client.get(page).content.decode().lower() for page in pages}

    assert [page for page, text in texts.items() if CANARY.lower() in text] == []


def test_autocomplete_offers_nothing_of_strangers(two: SimpleNamespace) -> None:
    found, asked = [], 0
    for model, page in admin.site._registry.items():
        inlines = [(inline.model, inline.autocomplete_fields) for inline in page.inlines]
        for source, names in [(model, page.autocomplete_fields), *inlines, (Event, ("tags", "clubs"))]:
            for name in names:
                query = {"term": CANARY, "app_label": source._meta.app_label, "model_name": source._meta.model_name, "field_name": name}
                answer = two.client.get("/admin/autocomplete/", query)
                asked += 1
                if answer.status_code == 200 and answer.json()["results"]:
                    found.append((source.__name__, name))

    assert found == []
    assert asked > 10


def test_exports_hold_nothing_of_strangers(two: SimpleNamespace) -> None:
    leaks, files = [], 0
    for row in two.theirs.rows:
        address = url(type(row), "export")
        page = two.client.get(address)
        if page.status_code == 404 or "resource" not in page.context["form"].fields:
            continue  # no export, or one that a job makes (tests/attendees)
        columns = {name: "on" for name in page.context["form"].fields if name not in {"resource", "format", "export_items"}}
        answer = two.client.post(address, {**columns, "resource": "0", "format": "0"})
        files += "attachment" in answer.headers.get("Content-Disposition", "")
        if CANARY.lower() in answer.content.decode().lower():
            leaks.append(type(row).__name__)

    assert leaks == []
    assert files >= 8


def test_history_of_a_strangers_deleted_row_is_not_there(two: SimpleNamespace) -> None:
    tables = [(TeamMember, two.theirs.event.team.get(role__key="editor")), (TeamMember, two.mine.event.team.get(role__key="editor"))]
    keys = [row.pk for _model, row in tables]
    for _model, row in tables:
        row.delete()

    assert [two.client.get(url(TeamMember, "history", key)).status_code for key in keys] == [404, 200]


def test_actions_leave_strangers_rows_alone(two: SimpleNamespace) -> None:
    data = {"action": "cancel_chosen", "_selected_action": [two.theirs.attendee.pk], "confirmed": "1", "reason": "mine now"}

    two.client.post(url(Attendee, "changelist"), data)

    two.theirs.attendee.refresh_from_db()
    assert two.theirs.attendee.status == "confirmed"


def test_a_row_of_a_stranger_is_no_valid_choice(two: SimpleNamespace) -> None:
    stranger_type = first_type(two.theirs.event)
    data = {"event": two.theirs.event.pk, "attendee_type": stranger_type.pk, "first_name": "Eve", "language": "en"}

    answer = two.client.post(url(Attendee, "add"), data)

    assert {"event", "attendee_type"} <= set(answer.context["adminform"].form.errors)
    assert not Attendee.objects.filter(first_name="Eve").exists()


# --- Who comes in ----------------------------------------------------------------------------------------------------------
def test_desk_sends_visitors_to_the_one_sign_in() -> None:
    answer = Client().get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == "/login?next=/admin/"


def test_desk_opens_and_closes_with_the_rows_that_give_it() -> None:
    user = make_user()
    member = make_member(make_event(), "editor", user)
    client = signed_in(user)
    before = client.get("/admin/").status_code
    member.delete()

    assert (before, client.get("/admin/").status_code) == (200, 302)


def test_who_only_checks_people_in_is_led_elsewhere() -> None:
    user = make_user()
    make_member(make_event(), "check-in", user)

    answer = signed_in(user).get("/admin/", follow=True)

    assert answer.redirect_chain[1][0] == "/start"
    assert not answer.request["PATH_INFO"].startswith("/admin/")


def test_sign_in_never_leads_to_a_foreign_host() -> None:
    answer = Client().get("/admin/login/", {"next": "https://evil.example/"})

    assert answer.headers["Location"] == "/login?next=/admin/"


# --- What a role may do ----------------------------------------------------------------------------------------------------
@pytest.fixture
def helper() -> Any:
    def make(role: str) -> SimpleNamespace:
        event = make_event(by=make_user())
        user = make_user()
        make_member(event, role, user)
        return SimpleNamespace(event=event, client=signed_in(user), attendee=make_attendee(event))

    return make


def test_viewer_reads_and_changes_nothing(helper: Any) -> None:
    at = helper("viewer")

    page, post = at.client.get(url(Event, "change", at.event.pk)), at.client.post(url(Event, "change", at.event.pk), {"city": "X"})

    assert (page.status_code, post.status_code) == (200, 403)
    assert b'name="_save"' not in page.content


def test_who_may_not_see_personal_data_sees_no_attendees(helper: Any) -> None:
    at = helper("editor")
    Role.objects.filter(key="editor").update(can_see_personal_data=False, can_manage_attendees=False)

    assert [
        at.client.get(url(model, "changelist")).status_code for model in (Attendee, CheckIn, Badge, RegistrationStep, AttendeeToken)
    ] == [404] * 5
    assert at.client.get(url(Attendee, "change", at.attendee.pk)).status_code == 404


@pytest.mark.parametrize("model", [User, Language, Job, Message, Organiser, OrganiserMember])
def test_platforms_tables_are_not_an_editors(helper: Any, model: type) -> None:
    at = helper("editor")

    answer = at.client.get(url(model, "changelist"))

    assert answer.status_code == 404 or not answer.context["cl"].queryset.exists()


def test_admin_opens_every_list_and_form(two: SimpleNamespace) -> None:
    client = signed_in(make_admin())
    answers = {}
    for model, page in admin.site._registry.items():
        answers[model.__name__] = client.get(url(model, "changelist")).status_code
        if page.addable:
            answers[f"{model.__name__} add"] = client.get(url(model, "add")).status_code

    assert answers == dict.fromkeys(answers, 200)


# --- Lists cost the same however long they are ------------------------------------------------------------------------------
def test_lists_ask_as_often_for_many_rows_as_for_one(two: SimpleNamespace, django_assert_max_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(make_admin())
    counts: dict[str, list[int]] = {}
    for _round in range(2):
        for row in two.mine.rows:
            with CaptureQueriesContext(connection) as asked:
                client.get(url(type(row), "changelist"))
            counts.setdefault(type(row).__name__, []).append(len(asked))
        if _round == 0:
            for n in range(3):
                world(f"Extra{n}", two.me)

    assert {name: pair for name, pair in counts.items() if pair[0] != pair[1]} == {}
    assert {name: pair for name, pair in counts.items() if pair[1] > 25} == {}


# --- The log -----------------------------------------------------------------------------------------------------------------
def test_log_keeps_numbers_and_no_names(two: SimpleNamespace) -> None:
    from django.contrib.admin.models import LogEntry

    page = url(Attendee, "change", two.mine.attendee.pk)
    data = {"first_name": "Renamed", "language": "en", "attendance_status": "attending", "priority": "0", "email": "renamed@example.org"}
    two.client.post(page, data)
    entry = LogEntry.objects.latest("pk")

    two.mine.attendee.refresh_from_db()
    assert two.mine.attendee.first_name == "Renamed"
    assert "Renamed" not in entry.object_repr + entry.change_message
    assert entry.object_repr == f"attendee {two.mine.attendee.pk}"
