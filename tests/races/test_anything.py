"""Everybody does anything at the same moments, most of it twice: visitors, attendees, organisers, a provider and workers."""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import count, cycle
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from attendees.models import HOLDING, Attendee, Offer, OfferState, Payment, RegistrationStep, Status
from attendees.providers.test import SIGNATURE, signed_notice
from attendees.services.checkouts import begin_checkout
from attendees.services.links import personal_token
from attendees.services.registration import cancel_registration, register_attendee
from attendees.services.waiting_list import offer_freed_places
from events.models import Event
from netevent.core.errors import DomainError
from tests.factories import make_admin, make_event, make_person, make_type
from tests.races.conftest import Site
from tests.races.crowd import Answer, Browser, each, together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

PLACES, PEOPLE, ROUNDS = 10, 16, 3
MOST = 11  # people a round, each with two acts
Act = Callable[[], Answer]
Plan = Callable[[], Act]  # gets ready, without the test's own database connections: the act that is sent later

# What may be done with somebody in a state, by whom: two in turn are sent at one moment. Where both are the same, somebody pressed twice.
DESK, OWN, MONEY = "desk", "own", "money"
ACCEPT, PAID, CANCEL, PASS_ON, AGAIN = (OWN, "accept"), (MONEY, "paid"), (OWN, "cancel"), (OWN, "transfer"), (OWN, "register")
OFFER, WITHDRAW, APPROVE, REJECT = (DESK, "offer_one"), (DESK, "withdraw_one"), (DESK, "approve_one"), (DESK, "reject_one")
MARK_PAID, REFUND, REOPEN, DROP = (DESK, "mark_paid_one"), (DESK, "refund_one"), (DESK, "reopen_one"), (DESK, "cancel_one")
POSSIBLE = {
    Status.OFFERED: [ACCEPT, ACCEPT, ACCEPT, (OWN, "decline"), ACCEPT, WITHDRAW, ACCEPT, REJECT],
    Status.PENDING_APPROVAL: [APPROVE, APPROVE, REJECT, REJECT, APPROVE, REJECT, APPROVE, PASS_ON],
    Status.AWAITING_PAYMENT: [PAID, PAID, PAID, MARK_PAID, PAID, CANCEL, MARK_PAID, PASS_ON],
    Status.CONFIRMED: [CANCEL, CANCEL, PASS_ON, PASS_ON, REFUND, DROP, CANCEL, PASS_ON, REFUND, REFUND],
    Status.WAITLISTED: [OFFER, CANCEL, OFFER, REJECT],
    Status.CANCELLED: [PAID, AGAIN],
    Status.REJECTED: [REOPEN, AGAIN],
    Status.EXPIRED: [PAID, AGAIN],
}
FIELDS = {
    "reject_one": {"seen": "1"},
    "mark_paid_one": {"method": "transfer", "amount": "50.00"},
    "refund_one": {"amount": "50.00", "send": "on"},
}


class Storm:
    """Who does what in each round. Every act has its page open before the moment comes."""

    def __init__(self, site: Site, cookies: dict[str, str]) -> None:
        self.site, self.dice, self.numbers = site, random.Random(20261121), count(1)
        self.turns = {status: cycle(acts) for status, acts in POSSIBLE.items()}
        self.event = make_event(max_attendees=PLACES)
        make_type(self.event, price=Decimal("50.00"), capacity=4, vat_rate=Decimal(19))
        make_type(self.event, mode="manual")
        self.kinds = list(self.event.attendee_types.select_related("event").order_by("pk"))
        self.desk = {port: self.signed_in(port, cookies) for port in site.ports}
        self.tried: Counter[str] = Counter()

    def signed_in(self, port: int, cookies: dict[str, str]) -> Browser:
        browser = Browser(port, **cookies)
        assert browser.open(reverse("admin:attendees_attendee_changelist")).status == 200
        return browser

    def fill(self) -> None:
        """Free, to be paid and to be approved, in turn; those who come too late wait, and some of them are offered places."""
        for _number, kind in zip(range(PEOPLE), cycle(self.kinds), strict=False):
            register_attendee(attendee_type=kind, person=make_person())
        for row in self.rows(Status.CONFIRMED)[:3]:
            cancel_registration(row)
        offer_freed_places(self.event)

    def rows(self, *states: str) -> list[Attendee]:
        rows = self.event.attendees.select_related("event", "attendee_type").order_by("pk")
        return list(rows.filter(status__in=states) if states else rows)

    # --- A round ---
    def blow(self) -> None:
        alone = self.let_time_pass()
        rows = [row for row in self.rows() if row.pk not in alone]
        self.dice.shuffle(rows)
        rows.sort(key=lambda row: [*POSSIBLE].index(row.status) // 3)  # first those of whom something is expected
        pairs = [(row, next(self.turns[row.status])) for row in rows[:MOST] for _twice in range(2)]
        plans = [*(self.plan_of(*pair) for pair in pairs), *self.newcomers(3), *self.workers()]
        acts = each(plans, lambda get_ready: get_ready())
        self.dice.shuffle(acts)
        answers = together(acts, lambda act: act())
        assert {answer.status for answer in answers} <= {200, 302, 303, 403, 409, 422}

    def let_time_pass(self) -> set[int]:
        """Who is to pay has begun to. Of those who have to say or pay something some are late, which nobody has noticed yet.

        Two of them do nothing in this round, so that something is left to sweep.
        """
        for row in self.rows(Status.AWAITING_PAYMENT):
            with suppress(DomainError):
                begin_checkout(row)
        unpaid = [row.pk for row in self.rows(Status.AWAITING_PAYMENT)][::3]
        silent = list(Offer.objects.open().order_by("pk").values_list("attendee", flat=True))[::3]
        past = timezone.now() - timedelta(seconds=1)
        Attendee.objects.filter(pk__in=unpaid).update(due_at=past)
        Offer.objects.open().filter(attendee__in=silent).update(expires_at=past)
        return {*unpaid[:1], *silent[:1]}

    def plan_of(self, row: Attendee, what: tuple[str, str]) -> Plan:
        who, name = what
        self.tried[name] += 1
        if who == DESK:
            return self.at_the_desk(row, name)
        if who == MONEY:
            return self.told_by_provider(row)
        return self.register_again(row) if name == "register" else self.on_own_page(row, name)

    def at_the_desk(self, row: Attendee, name: str) -> Plan:
        browser = self.copy_of(self.desk[self.dice.choice(self.site.ports)])
        act = partial(browser.send_form, reverse(f"admin:attendees_attendee_{name}", args=[row.pk]), **FIELDS.get(name, {}))
        return lambda: act

    def told_by_provider(self, row: Attendee) -> Plan:
        """Of the newest payment, also of one that is over: that is money which comes too late. Of none it names no payment of ours."""
        payment = Payment.objects.filter(attendee=row, provider="test").order_by("-pk").first()
        key = payment.key if payment else "nobody's"
        body = json.dumps({"id": uuid.uuid4().hex, "outcome": "paid", "key": key})
        headers = {"Content-Type": "application/json", SIGNATURE: signed_notice(body.encode())}
        act = partial(self.visitor().ask, "POST", "/payments/webhook/test", body, headers)
        return lambda: act

    def register_again(self, row: Attendee) -> Plan:
        return self.register(row.first_name, row.email or "", row.attendee_type.code)

    def newcomers(self, number: int) -> Iterator[Plan]:
        for _number in range(number):
            name = f"Newcomer {next(self.numbers)}"
            self.tried["register"] += 1
            yield self.register(name, f"{name.replace(' ', '')}@race.example", self.dice.choice(self.kinds).code)

    def register(self, name: str, email: str, kind: str) -> Plan:
        page = reverse("attendees:register", args=[self.event.code])
        fields = {"first_name": name, "email": email, "attendee_type": kind, "accept_waiting_list": "on"}
        return partial(self.open_and_send, [], page, fields)

    def on_own_page(self, row: Attendee, name: str) -> Plan:
        if name in {"accept", "decline"}:
            page = reverse("attendees:offer", args=[row.offers.get(state=OfferState.OPEN).token])
            return partial(self.open_and_send, [], page, {"answer": name})
        friend = f"Friend {next(self.numbers)}"
        fields = {"first_name": friend, "email": f"{friend.replace(' ', '')}@race.example"} if name == "transfer" else {}
        link = reverse("attendees:personal", args=[personal_token(row)])
        return partial(self.open_and_send, [link], f"{reverse(f'attendees:{name}')}?event={row.event.code}", fields)

    def open_and_send(self, links: list[str], page: str, fields: dict[str, str]) -> Act:
        browser = self.visitor()
        for link in links:
            assert browser.open(link).status == 303
        assert browser.open(page).status == 200
        return partial(browser.send_form, page, **fields)

    def workers(self) -> list[Plan]:
        """Two that were rung, and two that sweep."""
        asked = [f"/-/offer/{self.event.pk}"] * 2 + ["/-/sweep"] * 2
        return [partial(partial, self.visitor().ask, "POST", path) for path in asked]

    def visitor(self) -> Browser:
        return Browser(self.dice.choice(self.site.ports))

    def copy_of(self, browser: Browser) -> Browser:
        """The same person in one more window."""
        copy = Browser(browser.http.port, **browser.cookies)
        copy.hidden = browser.hidden
        return copy


def audit(capsys: Any) -> None:
    try:
        call_command("audit_invariants")
    except SystemExit:
        pytest.fail(capsys.readouterr().out)


def test_whatever_is_done_at_once_breaks_no_promise(site: Site, session_of: Any, capsys: Any) -> None:
    storm = Storm(site, session_of(make_admin()))
    storm.fill()

    for _round in range(ROUNDS):
        storm.blow()
        audit(capsys)

    done = set(RegistrationStep.objects.values_list("act", flat=True))
    assert done >= {"register", "offer", "accept", "approve", "reject", "pay", "cancel", "transfer", "term_ends", "offer_ends"}, done
    assert a_place_is_free_only_where_nobody_could_have_it(storm.event)
    audit(capsys)
    assert not [note for note in site.notes() if note.startswith("error")]


def a_place_is_free_only_where_nobody_could_have_it(event: Event) -> bool:
    offer_freed_places(event)
    states = Counter(event.attendees.values_list("status", flat=True))
    waiting = event.attendees.filter(status=Status.WAITLISTED, attendee_type__capacity=None)
    return sum(states[state] for state in HOLDING) == PLACES or not waiting.exists()
