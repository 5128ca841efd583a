"""Each act in each state: where it leads, or how it is refused; and random acts of several people against a small model."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendees.invariants import promises
from attendees.models import Attendee, Offer, OfferState, RegistrationStep, Status
from attendees.models.waiting_list import OFFER_PURPOSE
from attendees.services import waiting_list
from attendees.services.approval import approve, reject, reopen, send_back
from attendees.services.registration import Person, cancel_registration, change_type, register_attendee
from events.models import Event
from netevent.core import tokens
from netevent.core.errors import DomainError
from tests.factories import first_type, make_event, make_type, make_user, money

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
SAME = "same"
NOT_WAITING, NOT_PENDING, OVER, TAKEN = "not_waiting", "not_pending", "offer_over", "not_rejectable"


def register(attendee):
    person = Person("Ada", "Lovelace", attendee.email, user=attendee.user)
    register_attendee(attendee_type=first_type(attendee.event), person=person)


def last_offer(attendee):
    return Offer.objects.filter(attendee=attendee).latest("pk")


def offer_ends(attendee):
    Offer.objects.open().update(expires_at=timezone.now() - timedelta(seconds=1))
    waiting_list.expire_offers()


def event_starts(attendee):
    Event.objects.filter(pk=attendee.event_id).update(starts_at=timezone.now() - timedelta(minutes=1))
    waiting_list.close_lists()


ACTS = {
    "register": register,
    "offer": lambda row: waiting_list.offer_by_hand(row, by=None),
    "accept": lambda row: waiting_list.accept_offer(last_offer(row)),
    "decline": lambda row: waiting_list.decline_offer(last_offer(row)),
    "offer ends": offer_ends,
    "withdraw offer": lambda row: waiting_list.withdraw_offer(last_offer(row), by=None),
    "approve": lambda row: approve(row, by=None),
    "reject": lambda row: reject(row, by=None),
    "reopen": lambda row: reopen(row, by=None),
    "cancel": cancel_registration,
    "edit sends back": lambda row: send_back(row, by=None),
    "to a free type": lambda row: change_type(row, make_type(row.event), by=None),
    "event starts": event_starts,
}
# One column a state; a state is where the act leads, a word its refusal, SAME that nothing happens.
TABLE = {
    #                  waitlisted offered pending unpaid confirmed cancelled rejected expired
    "register":        (SAME, SAME, SAME, SAME, SAME, C,    "rejected", C),
    "offer":           (O,    NOT_WAITING, NOT_WAITING, NOT_WAITING, NOT_WAITING, NOT_WAITING, NOT_WAITING, NOT_WAITING),
    "accept":          (OVER, C,    OVER, OVER, OVER, OVER, OVER, OVER),
    "decline":         (OVER, X,    OVER, OVER, OVER, OVER, OVER, OVER),
    "offer ends":      (SAME, E,    SAME, SAME, SAME, SAME, SAME, SAME),
    "withdraw offer":  (SAME, W,    SAME, SAME, SAME, SAME, SAME, SAME),
    "approve":         (NOT_PENDING, NOT_PENDING, C, NOT_PENDING, NOT_PENDING, NOT_PENDING, NOT_PENDING, NOT_PENDING),
    "reject":          (R,    R,    R,    TAKEN, TAKEN, TAKEN, SAME, TAKEN),
    "reopen":          (SAME, SAME, SAME, SAME, SAME, SAME, C,    SAME),
    "cancel":          (X,    X,    X,    X,    X,    SAME, SAME, SAME),
    "edit sends back": (SAME, SAME, SAME, SAME, P,    SAME, SAME, SAME),
    "to a free type":  (SAME, SAME, SAME, C,    SAME, "ended", "ended", "ended"),
    "event starts":    (E,    SAME, SAME, SAME, SAME, SAME, SAME, SAME),
}  # fmt: skip
STATES = (W, O, P, D, C, X, R, E)


def in_state(status):
    """Somebody in this state, with the offer and the spot in the queue that belong to it."""
    event = make_event(max_attendees=10, recheck_on_edit=True)
    user = make_user("ada@example.org")
    person = Person("Ada", "Lovelace", user.email, user=user)
    attendee = register_attendee(attendee_type=first_type(event), person=person).attendee
    in_queue = 1 if status in (W, O) else None
    Attendee.objects.filter(pk=attendee.pk).update(status=status, queue_number=in_queue)
    make_offer(attendee, OfferState.OPEN if status == O else OfferState.WITHDRAWN)
    return Attendee.objects.select_related("event", "attendee_type").get(pk=attendee.pk)


def make_offer(attendee, state):
    nonce = tokens.new_nonce()
    sealed = tokens.digest(tokens.derive(OFFER_PURPOSE, nonce))
    until = timezone.now() + timedelta(hours=1)
    Offer.objects.create(attendee=attendee, attendee_type=attendee.attendee_type, nonce=nonce, digest=sealed, state=state, expires_at=until)


def test_the_table_names_every_act():
    assert TABLE.keys() == ACTS.keys()


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("act", TABLE)
def test_each_act_in_each_state(act, status):
    expected = TABLE[act][STATES.index(status)]
    attendee = in_state(status)
    steps = RegistrationStep.objects.count()

    if isinstance(expected, str) and not isinstance(expected, Status) and expected != SAME:
        with pytest.raises(DomainError) as refusal:
            ACTS[act](attendee)
        assert refusal.value.code == expected
    else:
        ACTS[act](attendee)

    reached = expected if isinstance(expected, Status) else status
    assert Attendee.objects.get().status == reached
    if reached != status:
        step = RegistrationStep.objects.latest("pk")
        assert (step.from_state, step.to_state) == (status, reached)
    elif act != "to a free type":
        assert RegistrationStep.objects.count() == steps


# --- Random acts of several people -----------------------------------------------------------------------------------------------
NAMES = ("ada", "grace", "alan", "edsger", "barbara")
HOLDS = {O, P, D, C}


class Model:
    """What registration promises, in a few lines: three places, of which one kind has one; nobody overtakes."""

    places, small = 3, 1

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
        if act == "register":
            self.register(name, kind)
        elif act == "offer all":
            self.offer_all()
        elif act == "accept" and state == O:
            self.onward(name)
        elif act == "decline" and state == O:
            self.leave(name, X)
        elif act == "expire" and state == O:
            self.leave(name, E)
        elif act == "approve" and state == P:
            self.leave(name, C)
        elif act == "reject" and state in (P, W, O):
            self.leave(name, R)
        elif act == "cancel" and state in {*HOLDS, W}:
            self.leave(name, X)


class World:
    """The same acts through the services."""

    def __init__(self):
        self.event = make_event(max_attendees=Model.places)
        self.kinds = {
            "plain": first_type(self.event),
            "small": make_type(self.event, capacity=Model.small),
            "paid": make_type(self.event, price=money("5")),
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

    def states(self):
        return {email.partition("@")[0]: state for email, state in self.event.attendees.values_list("email", "status")}


WORDS = ("register", "register", "register", "cancel", "offer all", "offer all", "accept", "decline", "expire", "approve", "reject")
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
        assert not [promise.name for promise in promises() if promise.broken]
        transaction.set_rollback(True)
