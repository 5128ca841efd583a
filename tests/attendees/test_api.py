"""Registrations for programs: the page's rules, refusals and cents through another door."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from attendees.models import Attendee, Consent, QuestionAnswer, Refund, Status, Voucher, VoucherKind
from attendees.services.amounts import amounts_of
from attendees.services.payments import mark_paid
from attendees.services.registration import register_attendee
from events.models import AttendeeType, Event
from netevent.accounts.models import User
from netevent.core import limits
from netevent.core.models import IdempotencyKey
from netevent.core.policies import routes
from tests.attendees.money import paid_type
from tests.factories import first_type, make_consent_text, make_event, make_person, make_question, make_type, make_user

pytestmark = pytest.mark.django_db
ADA = {"first_name": "Ada", "last_name": "Lovelace"}


@pytest.fixture
def ada() -> User:
    return make_user("ada@example.org")


@pytest.fixture
def program(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def address(event: Event | str, more: str = "") -> str:
    return f"/api/v1/events/{getattr(event, 'code', event)}/registrations{more}"


def register(program: Client, event: Event | str, *, key: str = "", **more: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return program.post(address(event), json.dumps({**ADA, **more}), content_type="application/json", headers=headers)


def refused(answer: Any, status: int) -> str:
    said = answer.json()
    assert (answer.status_code, set(said)) == (status, {"code", "message", "fields"})
    return str(said["code"])


# --- Registering ---------------------------------------------------------------------------------------------------------------
def test_a_place_is_told_with_state_code_and_amounts(program: Client, ada: User) -> None:
    kind = paid_type("33.33")
    Voucher.objects.create(event=kind.event, code="TENTH", kind=VoucherKind.PERCENT, value=Decimal(10))

    answer = register(program, kind.event.code.lower(), voucher="tenth", organisation="Engines", language="de")

    attendee = Attendee.objects.get()
    said = answer.json()
    assert answer.status_code == 201
    assert said.pop("due_at")
    assert said == {
        "event": kind.event.code,
        "code": attendee.code,
        "state": "awaiting_payment",
        "position": None,
        "type": kind.code,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "price": "33.33",
        "discount": "3.33",
        "to_pay": "30.00",
        "paid": "0.00",
        "refunded": "0.00",
        "still_open": "30.00",
        "currency": "EUR",
    }
    assert (attendee.user, attendee.email, attendee.source, attendee.organisation, attendee.language) == (
        ada,
        "ada@example.org",
        "api",
        "Engines",
        "de",
    )
    assert program.get(address(kind.event, "/me")).json()["still_open"] == "30.00"
    mark_paid(attendee, by=None, method="transfer")
    told = program.get(address(kind.event, "/me")).json()
    assert [told[name] for name in amounts_of(attendee)._fields] == [str(amount) for amount in amounts_of(attendee)]
    assert (told["state"], told["paid"], told["still_open"]) == ("confirmed", "30.00", "0.00")


def test_amounts_have_the_digits_of_their_currency(program: Client) -> None:
    kind = paid_type("1500", currency="JPY")

    assert register(program, kind.event).json()["to_pay"] == "1500"


def test_the_price_is_never_the_programs(program: Client) -> None:
    kind = paid_type("25.00")

    assert refused(register(program, kind.event, price="0"), 422) == "bad_input"
    assert not Attendee.objects.exists()


def test_a_full_event_offers_the_waiting_list_and_tells_the_position(program: Client) -> None:
    event = make_event(max_attendees=1, has_waiting_list=True)
    register_attendee(attendee_type=first_type(event), person=make_person())

    assert refused(register(program, event), 409) == "full"
    said = register(program, event, accept_waiting_list=True).json()
    assert (said["state"], said["position"]) == ("waitlisted", 1)


def test_refusals_are_the_pages(program: Client) -> None:
    sold_out = make_event(max_attendees=0, has_waiting_list=False)
    closed = make_event(registration_closes_at=timezone.now() - timedelta(hours=1))
    called_off, draft = make_event(visibility="cancelled"), make_event(visibility="draft")
    twice = make_event()

    assert refused(register(program, sold_out), 409) == "sold_out"
    assert refused(register(program, closed), 409) == "registration_closed"
    assert refused(register(program, called_off), 409) == "event_cancelled"
    assert refused(register(program, draft), 404) == refused(register(program, "NOTHING"), 404) == "not_found"
    assert register(program, twice).status_code == 201
    assert refused(register(program, twice), 409) == "already_registered"


def test_the_type_is_named_where_there_are_several(program: Client) -> None:
    event = make_event()
    make_type(event, code="GUEST")
    hidden = make_type(event, code="BACKSTAGE", hidden=True)
    voucher = Voucher.objects.create(event=event, code="CREW", kind=VoucherKind.FREE, shows_hidden=True)
    voucher.types.add(hidden)

    for wrong in ({}, {"type": "NONE"}, {"type": "BACKSTAGE"}):
        answer = register(program, event, **wrong)
        assert refused(answer, 422) == "bad_input"
        assert list(answer.json()["fields"]) == ["type"]
    assert register(program, event, type="backstage", voucher="crew").json()["type"] == "BACKSTAGE"


def test_an_unknown_voucher_is_refused_with_and_without_vouchers(program: Client) -> None:
    none, some = make_event(), make_event()
    Voucher.objects.create(event=some, code="REAL", kind=VoucherKind.FREE)

    for event in (none, some):
        answer = register(program, event, voucher="WRONG")
        assert refused(answer, 422) == "bad_input"
        assert list(answer.json()["fields"]) == ["voucher"]


def test_answers_and_consents_are_kept(program: Client) -> None:
    event = make_event()
    make_question(event, key="meal", kind="choice", choices={"vegan": "Vegan", "meat": "Meat"}, is_required=True)
    make_question(event, key="days", kind="several", choices={"sat": "Saturday", "sun": "Sunday"})
    make_question(event, key="bus", kind="yes_no")
    make_question(event, key="age", kind="number")
    make_question(event, key="paper", kind="file")
    text = make_consent_text(event, purpose="photos", is_required=True)

    answer = register(program, event, answers={"wrong": "x", "bus": "perhaps", "paper": "file.pdf"})
    assert refused(answer, 422) == "bad_input"
    assert set(answer.json()["fields"]) == {"answers.wrong", "answers.meal", "answers.bus", "answers.paper", "consents.photos"}
    old = register(program, event, answers={"meal": "vegan"}, consents={"photos": text.pk + 1, "spam": 1})
    assert set(old.json()["fields"]) == {"consents.photos", "consents.spam"}
    assert not Attendee.objects.exists()

    said = {"meal": "vegan", "days": ["sun", "sat"], "bus": False, "age": 36.5}
    assert register(program, event, answers=said, consents={"photos": text.pk}).status_code == 201
    kept = dict(QuestionAnswer.objects.values_list("question__key", "value"))
    assert kept == {"meal": "vegan", "days": ["sat", "sun"], "bus": False, "age": "36.5"}
    assert Consent.objects.get().text == text


def test_a_program_is_told_what_registering_asks(program: Client, django_assert_max_num_queries: Any) -> None:
    kind = paid_type("33.33", pays_at_door=True)
    event = kind.event
    make_question(event, key="meal", kind="choice", label_en="Meal?", choices={"vegan": "Vegan"}, is_required=True, types=[kind])
    make_question(event, key="later", when="check_in")
    text = make_consent_text(event, purpose="photos", text_en="I agree.", is_required=True)
    Voucher.objects.create(event=event, code="CREW", kind=VoucherKind.FREE)

    with django_assert_max_num_queries(14):
        said = program.get(address(event, "/form")).json()

    assert said["types"] == [{"code": kind.code, "name": kind.name, "price": "33.33", "currency": "EUR"}]
    assert said["questions"] == [
        {
            "key": "meal",
            "label": "Meal?",
            "help": "",
            "kind": "choice",
            "required": True,
            "choices": [{"key": "vegan", "label": "Vegan"}],
            "types": [kind.code],
        }
    ]
    assert said["consents"] == [{"purpose": "photos", "number": text.pk, "text": "I agree.", "required": True}]
    assert (said["takes_vouchers"], "door" in said["pays_by"]) == (True, True)
    sent = {"answers": {"meal": "vegan"}, "consents": {"photos": said["consents"][0]["number"]}, "pays_by": "door"}
    assert register(program, event, **sent).status_code == 201
    assert refused(program.get(address(make_event(visibility="draft"), "/form")), 404) == "not_found"


def test_a_key_does_it_once(program: Client) -> None:
    event = make_event()
    first, again = register(program, event, key="k1"), register(program, event, key="k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert Attendee.objects.count() == 1
    assert refused(register(program, event, key="k1", last_name="King"), 422) == "key_reused"
    full = make_event(max_attendees=0)
    assert refused(register(program, full, key="k2"), 409) in {"full", "sold_out"}
    assert not IdempotencyKey.objects.filter(key="k2").exists()  # what was refused may be asked again


# --- One's own -----------------------------------------------------------------------------------------------------------------
def test_nobody_elses_registration_is_there(program: Client) -> None:
    event = make_event()
    register_attendee(attendee_type=first_type(event), person=make_person())

    for answer in (program.get(address(event, "/me")), program.delete(address(event, "/me"))):
        assert refused(answer, 404) == "not_found"
    assert Attendee.objects.get().status == Status.CONFIRMED


def test_cancelling_frees_the_place_and_gives_back_by_the_events_rule(program: Client) -> None:
    kind = paid_type("50.00", refund_percent=50)
    register(program, kind.event)
    attendee = Attendee.objects.get()
    mark_paid(attendee, by=None, method="transfer")

    answers = [program.delete(address(kind.event, "/me")) for _time in range(2)]

    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(200, "cancelled")] * 2
    assert Refund.objects.get().amount == 25  # as on the page: the person's own wish
    step = attendee.steps.order_by("-pk")[0]
    assert (step.act, step.source, step.by) == ("cancel", "api", attendee.user)
    assert register(program, kind.event).json()["code"] == attendee.code


def test_after_the_cut_off_it_is_too_late_to_cancel(program: Client) -> None:
    event = make_event()
    register(program, event)
    Event.objects.filter(pk=event.pk).update(cancel_until=timezone.now() - timedelta(hours=1))

    assert refused(program.delete(address(event, "/me")), 409) == "too_late_to_cancel"


# --- Who may, how often, and what can't be read --------------------------------------------------------------------------------
def test_strangers_sign_in_first(client: Client) -> None:
    event = make_event()
    strict = Client(enforce_csrf_checks=True)
    for visitor in (client, strict):
        for answer in (register(visitor, event), visitor.get(address(event, "/me")), visitor.delete(address(event, "/me"))):
            assert refused(answer, 401) == "not_signed_in"


def test_a_session_needs_its_token(ada: User) -> None:
    event, strict = make_event(), Client(enforce_csrf_checks=True)
    strict.force_login(ada)

    assert refused(register(strict, event), 403) == "csrf"
    assert refused(strict.delete(address(event, "/me")), 403) == "csrf"
    strict.get("/api/v1/me")
    strict.get("/login")
    strict.cookies["csrftoken"] = "a" * 32
    body = json.dumps(ADA)
    given = strict.post(address(event), body, content_type="application/json", headers={"X-CSRFToken": "a" * 32})
    assert given.status_code == 201


def test_limits_are_the_pages(program: Client, ada: User, settings: Any) -> None:
    event = make_event()
    settings.RATE_LIMITS = {"register.ip": "1/1m"}
    answers = [register(program, event) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [201, 429]
    assert int(answers[1].headers["Retry-After"]) > 0
    settings.RATE_LIMITS = {"api.user": "1/1m"}
    limits.forget("api.user", ada.pk)
    assert [program.get(address(event, "/me")).status_code for _time in range(2)] == [200, 429]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"first_name": ""}',
        '{"first_name": 1}',
        '{"first_name": "\\u0000"}',
        '{"first_name": "\\ud800"}',
        '{"first_name": "\\u202e\\u200b"}',
        '{"first_name": "Ada", "semester": 1e400}',
        '{"first_name": "Ada", "answers": {"\\u0000": "x"}}',
        '{"first_name": "Ada", "answers": []}',
        '{"first_name": "Ada", "answers": {"a": {"b": 1}}}',
        '{"first_name": "Ada", "consents": {"a": 99999999999999999999}}',
        '{"first_name": "Ada", "voucher": "\\u0000"}',
        '{"first_name": "Ada", "type": {"$ne": 1}}',
        '{"first_name": "Ada", "email": "victim@example.org"}',
        '{"first_name": "' + "x" * 101 + '"}',
    ],
)
def test_what_cannot_be_read_is_422_and_changes_nothing(program: Client, body: str) -> None:
    answer = program.post(address(make_event()), body, content_type="application/json")

    assert answer.status_code in {400, 422}, answer.content
    assert set(answer.json()) == {"code", "message", "fields"}
    assert not Attendee.objects.exists()


@pytest.mark.parametrize("code", ["%00", "x" * 200, "..%2f", "%ff", "🎉"])
def test_odd_codes_are_nothing(program: Client, code: str) -> None:
    for answer in (program.get(f"/api/v1/events/{code}/registrations/me"), register(program, code)):
        assert answer.status_code in {400, 404}


def test_the_routes_are_listed_and_described(client: Client) -> None:
    listed = {(row["route"], *row["methods"]): row["policy"] for row in routes()}
    for method, ending in (("POST", ""), ("GET", "/form"), ("GET", "/me"), ("DELETE", "/me")):
        assert listed[f"/api/v1/events/<code>/registrations{ending}", method] == "signed-in"
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert paths["/api/v1/events/{code}/registrations"]["post"]["summary"] == "Register me"
    assert paths["/api/v1/events/{code}/registrations/me"]["get"]["summary"] == "My registration"


def test_types_of_other_events_are_unknown_here(program: Client) -> None:
    event, other = make_event(), make_event()
    elsewhere = make_type(other, code="ELSEWHERE")
    make_type(event)

    assert list(register(program, event, type=elsewhere.code).json()["fields"]) == ["type"]
    assert AttendeeType.objects.filter(event=event).count() == 2
