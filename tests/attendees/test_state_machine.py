"""Each act in each state: where it leads, or how it is refused; and random acts of several people against a small model."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendees import invariants, invariants_money
from attendees.models import Attendee, Offer, OfferState, Payment, PaymentState, Status
from attendees.models.waiting_list import OFFER_PURPOSE
from attendees.providers import Outcome
from attendees.providers.test import TestProvider
from attendees.services import ledger, waiting_list
from attendees.services.approval import approve, reject, reopen, send_back
from attendees.services.calling_off import end_some
from attendees.services.checkouts import begin_checkout, end_terms
from attendees.services.payments import mark_paid, receive
from attendees.services.places import places_of
from attendees.services.refunds import order_refund
from attendees.services.registration import Person, cancel_registration, change_type, register_attendee, write_step
from attendees.services.settlement import OWED
from attendees.services.transfer import pass_on
from events.models import Event
from netevent.core import tokens
from netevent.core.errors import DomainError
from tests.factories import first_type, make_attendee, make_event, make_type, make_user

pytestmark = pytest.mark.django_db
W, O, P, D, C, X, R, E = (  # noqa: E741 -- a table is read by its columns
    Status.WAITLISTED,
    Status.OFFERED,
    Status.PENDING_APPROVAL,
    Status.AWAITING_PAYMENT,
    Status.CONFIRMED,
    Status.CANCELLED,
    Status.REJECTED,
    Status.EXPIRED,
)
STATES = (W, O, P, D, C, X, R, E)
SAME = "same"
PRICE = Decimal(50)
GRACE = Person("Grace", "Hopper", "grace@example.org")
keys = count(1)


# --- What an act needs first -----------------------------------------------------------------------------------------------------
def change(attendee, **fields):
    """The event as somebody set it meanwhile."""
    Event.objects.filter(pk=attendee.event_id).update(**fields)
    attendee.event.refresh_from_db()


def ago(**time):
    return timezone.now() - timedelta(**time)


def fill(attendee):
    """Somebody has the last place."""
    make_attendee(attendee.event)
    change(attendee, max_attendees=places_of(attendee.event).held.total())


def sell_out(attendee):
    fill(attendee)
    change(attendee, has_waiting_list=False)


def fill_type(attendee):
    kind = make_type(attendee.event, capacity=1)
    make_attendee(attendee_type=kind)
    return kind


def last_offer(attendee):
    return Offer.objects.filter(attendee=attendee).latest("pk")


def after(prepare, act):
    def prepared_act(attendee):
        prepare(attendee)
        return act(attendee)

    return prepared_act


def approved(attendee):
    Attendee.objects.filter(pk=attendee.pk).update(approved_at=timezone.now())
    attendee.refresh_from_db()


def full_where_pending_holds_none(attendee):
    change(attendee, pending_holds_place=False)
    fill(attendee)


def wants_approval(attendee):
    attendee.attendee_type.mode = "manual"
    attendee.attendee_type.save()


# --- The acts --------------------------------------------------------------------------------------------------------------------
def register(attendee, **how):
    person = Person("Ada", "Lovelace", attendee.email, user=attendee.user)
    register_attendee(attendee_type=first_type(attendee.event), person=person, **how)


def register_as_stranger(attendee):
    register_attendee(attendee_type=first_type(attendee.event), person=Person("Somebody", email=attendee.email))


def offer_ends(attendee):
    Offer.objects.open().update(expires_at=ago(seconds=1))
    waiting_list.expire_offers()


def closing_comes_earlier(attendee):
    Offer.objects.open().update(created_at=ago(hours=2))
    change(attendee, registration_closes_at=ago(hours=1))
    waiting_list.withdraw_late_offers()


def event_starts(attendee):
    change(attendee, starts_at=ago(minutes=1))
    waiting_list.close_lists()


def call_off(attendee):
    change(attendee, visibility="cancelled")
    end_some(attendee.event, by=None, source="admin")


def pay(attendee):
    """Money arrives that somebody sent, whatever became of the place meanwhile."""
    fields = {"provider": "transfer", "key": f"k{next(keys)}", "amount": attendee.to_pay, "currency": attendee.currency}
    receive(Payment.objects.create(attendee=attendee, **fields))


def late_term(attendee):
    Attendee.objects.filter(pk=attendee.pk).update(due_at=ago(seconds=1))
    end_terms()


def late_term_of_checkout(attendee, *, outcome):
    """The term ends while a page of the provider's is open, or was paid at a moment ago."""
    Payment.objects.filter(attendee=attendee, state=PaymentState.OPEN).update(provider="test", reference="r1")
    for payment in Payment.objects.open().filter(attendee=attendee):
        TestProvider().decide(payment.key, outcome)
    late_term(attendee)


FREE_ACTS = {
    "register": register,
    "register as a stranger": register_as_stranger,
    "register at the desk": lambda row: register(row, source="desk"),
    "register when full": after(fill, register),
    "register when sold out": after(sell_out, register),
    "register when closed": after(lambda row: change(row, registration_closes_at=ago(minutes=1)), register),
    "a worker offers": lambda row: waiting_list.offer_freed_places(row.event),
    "offer": lambda row: waiting_list.offer_by_hand(row, by=None),
    "offer when full": after(fill, lambda row: waiting_list.offer_by_hand(row, by=None)),
    "accept": lambda row: waiting_list.accept_offer(last_offer(row)),
    "accept, to be approved": after(wants_approval, lambda row: waiting_list.accept_offer(last_offer(row))),
    "accept too late": after(
        lambda row: row.offers.update(expires_at=ago(seconds=1)), lambda row: waiting_list.accept_offer(last_offer(row))
    ),
    "decline": lambda row: waiting_list.decline_offer(last_offer(row)),
    "offer ends": offer_ends,
    "withdraw offer": lambda row: waiting_list.withdraw_offer(last_offer(row), by=None),
    "closing comes earlier": closing_comes_earlier,
    "approve": lambda row: approve(row, by=None),
    "approve again": after(approved, lambda row: approve(row, by=None)),
    "approve when full": after(full_where_pending_holds_none, lambda row: approve(row, by=None)),
    "reject": lambda row: reject(row, by=None),
    "reopen": lambda row: reopen(row, by=None),
    "reopen when full": after(fill, lambda row: reopen(row, by=None)),
    "reopen when sold out": after(sell_out, lambda row: reopen(row, by=None)),
    "edit sends back": lambda row: send_back(row, by=None),
    "to a full type": lambda row: change_type(row, fill_type(row), by=None),
    "to a type of another event": lambda row: change_type(row, first_type(make_event()), by=None),
    "cancel": cancel_registration,
    "cancel too late": after(lambda row: change(row, cancel_until=ago(minutes=1)), cancel_registration),
    "staff cancel later": after(lambda row: change(row, cancel_until=ago(minutes=1)), lambda row: cancel_registration(row, source="admin")),
    "pass on": lambda row: pass_on(row, GRACE),
    "pass on too late": after(lambda row: change(row, transfer_until=ago(minutes=1)), lambda row: pass_on(row, GRACE)),
    "staff pass on later": after(lambda row: change(row, transfer_until=ago(minutes=1)), lambda row: pass_on(row, GRACE, source="admin")),
    "event starts": event_starts,
    "event is called off": call_off,
}
# In an event that costs something: unpaid places have a checkout that runs, and confirmed ones were paid for.
PAID_ACTS = {
    "register what costs": register,
    "accept what costs": lambda row: waiting_list.accept_offer(last_offer(row)),
    "approve what costs": lambda row: approve(row, by=None),
    "pay": pay,
    "pay when the place is gone": after(fill, pay),
    "mark paid": lambda row: mark_paid(row, by=None, method="transfer"),
    "mark paid in part": lambda row: mark_paid(row, by=None, method="transfer", amount=PRICE - 1),
    "begin a checkout": begin_checkout,
    "term ends": late_term,
    "term ends before paying": lambda row: late_term_of_checkout(row, outcome=Outcome.OPEN),
    "term ends as it is paid": lambda row: late_term_of_checkout(row, outcome=Outcome.PAID),
    "to a free type": lambda row: change_type(row, make_type(row.event), by=None),
    "give money back": lambda row: order_refund(row, PRICE, by=None),
    "cancel what was paid": cancel_registration,
    "pass on what was paid": lambda row: pass_on(row, GRACE),
    "call off what was paid": call_off,
}
ACTS = FREE_ACTS | PAID_ACTS

# One column a state; a state is where the act leads, a word its refusal, SAME that nothing happens.
_ = SAME
NO_WAIT, NO_PENDING, OVER, TAKEN, ENDED = "not_waiting", "not_pending", "offer_over", "not_rejectable", "ended"
FULL, CLOSED, LATE, OTHER = "sold_out", "registration_closed", "too_late_to_cancel", "other_event"
NO_PLACE, LATE_PASS, NO_PAY, TOO_MUCH = "no_place", "too_late_to_transfer", "nothing_to_pay", "refund_too_much"
TABLE = {
    #                             waitlisted offered     pending     unpaid      confirmed   cancelled   rejected    expired
    "register":                   (_,          _,          _,          _,          _,          C,          "rejected", C),
    "register as a stranger":     (_,          _,          _,          _,          _,          C,          _,          C),
    "register at the desk":       (_,          _,          _,          _,          _,          C,          C,          C),
    "register when full":         (_,          _,          _,          _,          _,          W,          "rejected", W),
    "register when sold out":     (_,          _,          _,          _,          _,          FULL,       "rejected", FULL),
    "register when closed":       (CLOSED,     CLOSED,     CLOSED,     CLOSED,     CLOSED,     CLOSED,     CLOSED,     CLOSED),
    "register what costs":        (_,          _,          _,          _,          _,          D,          "rejected", D),
    "a worker offers":            (O,          _,          _,          _,          _,          _,          _,          _),
    "offer":                      (O,          NO_WAIT,    NO_WAIT,    NO_WAIT,    NO_WAIT,    NO_WAIT,    NO_WAIT,    NO_WAIT),
    "offer when full":            (FULL,       NO_WAIT,    NO_WAIT,    NO_WAIT,    NO_WAIT,    NO_WAIT,    NO_WAIT,    NO_WAIT),
    "accept":                     (OVER,       C,          OVER,       OVER,       OVER,       OVER,       OVER,       OVER),
    "accept what costs":          (OVER,       D,          OVER,       OVER,       OVER,       OVER,       OVER,       OVER),
    "accept, to be approved":     (OVER,       P,          OVER,       OVER,       OVER,       OVER,       OVER,       OVER),
    "accept too late":            (OVER,       OVER,       OVER,       OVER,       OVER,       OVER,       OVER,       OVER),
    "decline":                    (OVER,       X,          OVER,       OVER,       OVER,       OVER,       OVER,       OVER),
    "offer ends":                 (_,          E,          _,          _,          _,          _,          _,          _),
    "withdraw offer":             (_,          W,          _,          _,          _,          _,          _,          _),
    "closing comes earlier":      (_,          W,          _,          _,          _,          _,          _,          _),
    "approve":                    (NO_PENDING, NO_PENDING, C,          NO_PENDING, NO_PENDING, NO_PENDING, NO_PENDING, NO_PENDING),
    "approve what costs":         (NO_PENDING, NO_PENDING, D,          NO_PENDING, NO_PENDING, NO_PENDING, NO_PENDING, NO_PENDING),
    "approve again":              (NO_PENDING, NO_PENDING, C,          _,          _,          NO_PENDING, NO_PENDING, NO_PENDING),
    "approve when full":          (NO_PENDING, NO_PENDING, FULL,       NO_PENDING, NO_PENDING, NO_PENDING, NO_PENDING, NO_PENDING),
    "reject":                     (R,          R,          R,          TAKEN,      TAKEN,      TAKEN,      _,          TAKEN),
    "reopen":                     (_,          _,          _,          _,          _,          _,          C,          _),
    "reopen when full":           (_,          _,          _,          _,          _,          _,          W,          _),
    "reopen when sold out":       (_,          _,          _,          _,          _,          _,          FULL,       _),
    "edit sends back":            (_,          _,          _,          _,          P,          _,          _,          _),
    "to a free type":             (_,          _,          _,          C,          _,          ENDED,      ENDED,      ENDED),
    "to a full type":             (_,          FULL,       FULL,       FULL,       FULL,       ENDED,      ENDED,      ENDED),
    "to a type of another event": (OTHER,      OTHER,      OTHER,      OTHER,      OTHER,      OTHER,      OTHER,      OTHER),
    "pay":                        (_,          _,          _,          C,          _,          C,          _,          C),
    "pay when the place is gone": (_,          _,          _,          C,          _,          _,          _,          _),
    "mark paid":                  (NO_PAY,     NO_PAY,     NO_PAY,     C,          NO_PAY,     NO_PAY,     NO_PAY,     NO_PAY),
    "mark paid in part":          (NO_PAY,     NO_PAY,     NO_PAY,     _,          NO_PAY,     NO_PAY,     NO_PAY,     NO_PAY),
    "begin a checkout":           (NO_PAY,     NO_PAY,     NO_PAY,     _,          NO_PAY,     NO_PAY,     NO_PAY,     NO_PAY),
    "term ends":                  (_,          _,          _,          E,          _,          _,          _,          _),
    "term ends before paying":    (_,          _,          _,          E,          _,          _,          _,          _),
    "term ends as it is paid":    (_,          _,          _,          C,          _,          _,          _,          _),
    "give money back":            (TOO_MUCH,   TOO_MUCH,   TOO_MUCH,   TOO_MUCH,   _,          TOO_MUCH,   TOO_MUCH,   TOO_MUCH),
    "cancel":                     (X,          X,          X,          X,          X,          _,          _,          _),
    "cancel what was paid":       (X,          X,          X,          X,          X,          _,          _,          _),
    "cancel too late":            (LATE,       LATE,       LATE,       LATE,       LATE,       LATE,       LATE,       LATE),
    "staff cancel later":         (X,          X,          X,          X,          X,          _,          _,          _),
    "pass on":                    (NO_PLACE,   NO_PLACE,   X,          X,          X,          NO_PLACE,   NO_PLACE,   NO_PLACE),
    "pass on what was paid":      (NO_PLACE,   NO_PLACE,   X,          X,          X,          NO_PLACE,   NO_PLACE,   NO_PLACE),
    "pass on too late":           (NO_PLACE,   NO_PLACE,   LATE_PASS,  LATE_PASS,  LATE_PASS,  NO_PLACE,   NO_PLACE,   NO_PLACE),
    "staff pass on later":        (NO_PLACE,   NO_PLACE,   X,          X,          X,          NO_PLACE,   NO_PLACE,   NO_PLACE),
    "event starts":               (E,          _,          _,          _,          _,          _,          _,          _),
    "event is called off":        (X,          X,          X,          X,          X,          _,          _,          _),
    "call off what was paid":     (X,          X,          X,          X,          X,          _,          _,          _),
}  # fmt: skip
CELLS = [(act, status, led_to) for act, row in TABLE.items() for status, led_to in zip(STATES, row, strict=True)]


# --- Somebody in a state ---------------------------------------------------------------------------------------------------------
def in_state(status, price=Decimal(0)):
    """Somebody in this state, with the offer, the spot in the queue and the money that belong to it."""
    event = make_event(max_attendees=10, recheck_on_edit=True)
    kind, user = first_type(event), make_user()
    kind.price = price
    kind.save()
    person = Person("Ada", "Lovelace", user.email, user=user)
    attendee = register_attendee(attendee_type=kind, person=person).attendee
    if price:
        pay_or_begin(attendee, status)
    attendee.status, attendee.queue_number = status, 1 if status in (W, O) else None
    attendee.save(update_fields=["status", "queue_number", "updated_at"])
    ledger.bring_to(
        attendee, ledger.cost_of(attendee) if status in OWED else {}, known=ledger.charged(attendee), cause=f"state{attendee.pk}"
    )
    write_step(attendee, act="brought here", from_state=D if price else C, source="admin", by=None)
    make_offer(attendee, OfferState.OPEN if status == O else OfferState.WITHDRAWN)
    return Attendee.objects.select_related("event", "attendee_type").get(pk=attendee.pk)


def pay_or_begin(attendee, status):
    if status == C:
        mark_paid(attendee, by=None, method="cash")
    if status == D:
        begin_checkout(attendee)


def make_offer(attendee, state):
    nonce = tokens.new_nonce()
    sealed = tokens.digest(tokens.derive(OFFER_PURPOSE, nonce))
    until = timezone.now() + timedelta(hours=1)
    Offer.objects.create(attendee=attendee, attendee_type=attendee.attendee_type, nonce=nonce, digest=sealed, state=state, expires_at=until)


def broken():
    return [promise.name for promise in (*invariants.promises(), *invariants_money.promises()) if promise.broken]


def test_the_table_names_every_act():
    assert TABLE.keys() == ACTS.keys()


@pytest.mark.parametrize("price", [Decimal(0), PRICE], ids=["free", "paid"])
def test_the_states_of_the_table_are_whole(price):
    for status in STATES:
        assert in_state(status, price).status == status
    assert not broken()


@pytest.mark.parametrize(("act", "status", "led_to"), CELLS, ids=[f"{act} while {status}" for act, status, _led_to in CELLS])
def test_each_act_in_each_state(act, status, led_to):
    attendee = in_state(status, PRICE if act in PAID_ACTS else Decimal(0))
    before = attendee.steps.latest("pk")

    if led_to == SAME or isinstance(led_to, Status):
        ACTS[act](attendee)
    else:
        with pytest.raises(DomainError) as refusal:
            ACTS[act](attendee)
        assert refusal.value.code == led_to

    reached = led_to if isinstance(led_to, Status) else status
    attendee = Attendee.objects.get(pk=attendee.pk)
    steps = attendee.steps.filter(pk__gt=before.pk).exclude(act="change_type").values_list("from_state", "to_state")
    assert attendee.status == reached
    assert list(steps) == ([(status, reached)] if reached != status else [])
    assert ledger.paid(attendee) <= (attendee.to_pay if reached in OWED else 0), "money is kept for a place alone"
    assert not broken()


# --- Random acts of several people -----------------------------------------------------------------------------------------------
NAMES = ("ada", "grace", "alan", "edsger", "barbara")
HOLDS = {O, P, D, C}
ENDS = {  # from which states to which, whatever the kind
    "decline": ({O}, X),
    "expire": ({O}, E),
    "approve": ({P}, C),
    "reject": ({P, W, O}, R),
    "cancel": ({*HOLDS, W}, X),
    "term ends": ({D}, E),
}


class Model:
    """What registration promises, in a few lines: three places, of which one kind has one; nobody overtakes; money follows the place."""

    places, small, price = 3, 1, Decimal(5)

    def __init__(self):
        self.state, self.kind, self.queue = {}, {}, []

    def held(self, kind=None):
        return sum(state in HOLDS and kind in (None, self.kind[name]) for name, state in self.state.items())

    def kind_has_place(self, kind):
        return kind != "small" or self.held("small") < self.small

    def has_room(self, kind):
        waiting = [self.kind[name] for name in self.queue if self.state[name] == W]
        if kind == "small" and self.held("small") + waiting.count("small") >= self.small:
            return False
        return self.held() + sum(self.kind_has_place(kind) for kind in waiting) < self.places

    def kept(self):
        """Money stays where a place stands that costs something, and nowhere else."""
        return {name: Model.price * (state == C and self.kind[name] == "paid") for name, state in self.state.items()}

    def leave(self, name, state):
        self.state[name] = state
        if name in self.queue:
            self.queue.remove(name)

    def register(self, name, kind):
        if self.state.get(name, X) not in (X, E):
            return
        self.kind[name] = kind
        self.state[name] = (P if kind == "manual" else D if kind == "paid" else C) if self.has_room(kind) else W
        if self.state[name] == W:
            self.queue.append(name)

    def offer_all(self):
        for name in list(self.queue):
            if self.state[name] == W and self.held() < self.places and self.kind_has_place(self.kind[name]):
                self.state[name] = O

    def onward(self, name):
        self.leave(name, {"manual": P, "paid": D}.get(self.kind[name], C))

    def act(self, act, name, kind):
        state = self.state.get(name)
        if act in ENDS:
            begins, end = ENDS[act]
            if state in begins:
                self.leave(name, end)
        elif act == "register":
            self.register(name, kind)
        elif act == "offer all":
            self.offer_all()
        elif act == "accept" and state == O:
            self.onward(name)
        elif act == "pay" and self.kind.get(name) == "paid":
            self.pay(name, state)
        elif act == "pass on" and state in (P, D, C):
            self.pass_on(name, state)

    def pay(self, name, state):
        if state == D or (state in (X, E) and self.has_room("paid")):
            self.state[name] = C

    def pass_on(self, name, state):
        other = next_name(name)
        if self.state.get(other, X) in (X, E):
            self.state[name], self.state[other], self.kind[other] = X, state, self.kind[name]


def next_name(name):
    return NAMES[NAMES.index(name) - 1]


class World:
    """The same acts through the services."""

    def __init__(self):
        self.event = make_event(max_attendees=Model.places)
        self.kinds = {
            "plain": first_type(self.event),
            "small": make_type(self.event, capacity=Model.small),
            "paid": make_type(self.event, price=Model.price),
            "manual": make_type(self.event, mode="manual"),
        }

    def row(self, name):
        return Attendee.objects.select_related("event", "attendee_type").filter(event=self.event, email=f"{name}@example.org").first()

    def act(self, act, name, kind):
        row = self.row(name)
        try:
            if act == "register":
                register_attendee(attendee_type=self.kinds[kind], person=Person(name, email=f"{name}@example.org"))
            elif act == "offer all":
                waiting_list.offer_freed_places(self.event)
            elif row is not None:
                self.act_on(row, act)
        except DomainError:
            pass  # the model says that nothing happens

    def act_on(self, row, act):
        offer = Offer.objects.filter(attendee=row).order_by("pk").last()
        if act == "expire" and offer:
            Offer.objects.open().filter(attendee=row).update(expires_at=timezone.now() - timedelta(seconds=1))
            waiting_list.expire_offers()
        elif act in ("accept", "decline") and offer:
            {"accept": waiting_list.accept_offer, "decline": waiting_list.decline_offer}[act](offer)
        elif act == "approve":
            approve(row, by=None)
        elif act == "reject":
            reject(row, by=None)
        elif act == "cancel":
            cancel_registration(row)
        elif act == "pay" and row.price:
            pay(row)
        elif act == "term ends" and row.status == D:
            late_term(row)
        elif act == "pass on":
            other = next_name(row.first_name)
            pass_on(row, Person(other, email=f"{other}@example.org"))

    def kept(self):
        """What was paid and stays, by person."""
        return {row.first_name: ledger.paid(row) for row in self.event.attendees.all()}

    def states(self):
        return {email.partition("@")[0]: state for email, state in self.event.attendees.values_list("email", "status")}


MOST = ("register", "register", "register", "register", "offer all", "offer all", "accept", "pay", "pay")
WORDS = (*MOST, "cancel", "decline", "expire", "approve", "reject", "term ends", "pass on")
acts = st.tuples(st.sampled_from(WORDS), st.sampled_from(NAMES), st.sampled_from(("plain", "small", "paid", "manual")))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=8, max_size=30))
def test_random_acts_do_what_the_model_says_and_break_no_promise(script):
    with transaction.atomic():
        world, model = World(), Model()
        for act, name, kind in script:
            world.act(act, name, kind)
            model.act(act, name, kind)
            assert world.states() == model.state, (act, name, kind)
            assert world.kept() == model.kept(), (act, name, kind)
        assert not broken()
        transaction.set_rollback(True)
