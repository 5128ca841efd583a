"""Registration: one state machine, one function that performs every change of state."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from attendees.models import AcceptedType, Attendee, Offer, OfferState, PaysBy, RegistrationStep, Status
from attendees.models.attendee import ENDED, HOLDING
from attendees.services.badges import give_badge
from attendees.services.consents import give_consents
from attendees.services.ledger import still_to_pay
from attendees.services.party_places import keep_no_more_than_wait
from attendees.services.places import Places, lock_places, locked
from attendees.services.questions import take_answers
from attendees.services.settlement import THEIR_OWN, settle
from attendees.services.vouchers import discount_of, give_back_vouchers, has_kept_place, opens, refuse_voucher, use_voucher, voucher_of
from attendees.signals import place_freed, registration_changed
from events.models import AttendeeType, Event, Visibility
from netevent.core.codes import new_code
from netevent.core.currencies import rounded
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_email
from netevent.core.locks import hold_names
from netevent.core.prepared import prepared
from netevent.notifications.services import outgoing, queue_messages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from attendees.models import ConsentText, Voucher
    from netevent.accounts.models import User
    from netevent.notifications.models import Message

# Staff, imports and the desk register people whatever the window says, and nobody approves them a second time.
BY_STAFF = frozenset({"desk", "admin", "import"})
TRANSFER = "transfer"  # the one act that ends a registration and frees no place: somebody else has it at once
# What an act tells the person; any other tells the state it led to.
MESSAGE_OF_ACT = {
    TRANSFER: "transferred_away",
    "offer": "offer",
    "offer_ends": "offer_expired",
    "withdraw_offer": "offer_withdrawn",
    "reject": "rejected",
    "close_list": "closed",
    "pay": "paid",
    "pay_late": "paid",
    "term_ends": "expired",
}
ANSWER_OF_ACT = {"accept": OfferState.ACCEPTED, "decline": OfferState.DECLINED, "offer_ends": OfferState.EXPIRED}
PROFILE_FIELDS = ("organisation", "role", "introduction", "phone", "linkedin")
STUDY_FIELDS = ("department", "semester")


@dataclass(frozen=True)
class Person:
    """Who registers: names as typed, and what the profile tells."""

    first_name: str
    last_name: str = ""
    email: str | None = None
    user: User | None = None
    language: str = ""
    profile: dict[str, Any] = field(default_factory=dict)

    @property
    def proved(self) -> bool:
        """Signed in with this very address: the only case in which a page may say what it knows about it."""
        return self.user is not None and (not self.email or self.user.email == normalise_email(self.email))


@dataclass(frozen=True)
class Registered:
    """What became of it: `is_new` is false when a registration of this person stood already.

    `state` and `position` are what whoever asked may be told: for a stranger with a known address, what a new one would have got.
    """

    attendee: Attendee
    is_new: bool
    state: Status
    position: int | None = None


@transaction.atomic
def register_attendee(
    *,
    attendee_type: AttendeeType,
    person: Person,
    source: str = "page",
    by: User | None = None,
    tell: bool = True,
    accept_waiting_list: bool = True,
    answers: Mapping[str, Any] | None = None,
    consents: Sequence[ConsentText] = (),
    voucher: Voucher | None = None,
    pays_by: str = "",
) -> Registered:
    """Give a person a place, or a spot on the waiting list when the event or the type is full.

    Asking again with the same e-mail or user changes nothing; a registration that ended is revived: same row and code, today's price, a new
    place in the queue.

    Args:
        source: page, api, desk, admin or import. Staff sources ignore the window and need no approval or payment first.
        tell: queue a message to the person (an import may ask for silence).
        accept_waiting_list: whether the person agreed to wait when there is no place.
        answers: question key → stored answer, of somebody who was asked; None asks nothing.
        consents: the texts that the person agreed to.
        voucher: makes it cheaper or possible; its uses are counted under the event's lock.
        pays_by: how the person means to pay, one of `PaysBy`.

    Raises:
        DomainError: `registration_closed`, `event_cancelled`, `voucher_…` (over, used up, for another type), `sold_out` (full and no waiting
            list), `full` (one may wait, which the person has not agreed to), `rejected`, `clash` (booked elsewhere at the same hour, and the
            organiser forbids that).
    """
    return register_in_transaction(
        attendee_type=attendee_type,
        person=person,
        source=source,
        by=by,
        tell=tell,
        accept_waiting_list=accept_waiting_list,
        answers=answers,
        consents=consents,
        voucher=voucher,
        pays_by=pays_by,
    )


def register_in_transaction(
    *,
    attendee_type: AttendeeType,
    person: Person,
    source: str = "page",
    by: User | None = None,
    tell: bool = True,
    accept_waiting_list: bool = True,
    answers: Mapping[str, Any] | None = None,
    consents: Sequence[ConsentText] = (),
    voucher: Voucher | None = None,
    pays_by: str = "",
    size: int = 1,
) -> Registered:
    """`register_attendee` without a transaction of its own: for a caller in one that a refusal ends too.

    With `size` the person is the first of so many, whom the caller registers in the state that is answered: there is room for all or for none.
    """
    if source not in BY_STAFF:
        hold_people(attendee_type.event, [person])
    event, places = lock_places(attendee_type.event)  # what is counted stays true only while we hold this row
    attendee_type.event = event
    refuse_when_closed(event, attendee_type, source, voucher)
    if voucher is not None:
        refuse_voucher(voucher, attendee_type)
    known, code = known_or_code(event, person)
    stands = known is not None and (known.is_active or (known.status == Status.REJECTED and source not in BY_STAFF))
    if known is not None and stands and (person.proved or source != "page"):
        return answer_owner(known)
    if person.proved and source not in BY_STAFF:
        refuse_clash(event, email=person.email, user=person.user)
    entry = state_on_entry(attendee_type, places, source=source, accept_waiting_list=accept_waiting_list, voucher=voucher, size=size)
    position = places.waiting.total() + 1 if entry == Status.WAITLISTED else None
    if known is not None and stands:
        if tell:
            tell_already_registered(known)
        return Registered(known, is_new=False, state=entry, position=position)
    is_theirs = known is None or person.proved or known.email_proved_at is None
    attendee = admit(
        known or Attendee(event=event, code=code),
        attendee_type,
        person,
        entry,
        source=source,
        by=by,
        tell=tell,
        voucher=voucher,
        pays_by=pays_by,
    )
    if answers is not None:
        take_answers(attendee, answers, keep_known=not is_theirs)
    if consents and is_theirs:
        give_consents(attendee, consents)
    return Registered(attendee, is_new=True, state=entry, position=position)


def hold_people(event: Event, people: Sequence[Person]) -> None:
    """Before the event is locked: the same person at the same moment, sent twice, comes once this is over.

    One that counts last (`count_last`) has its row written and waits for the event: who holds the event must not wait for that row.
    """
    names = (normalise_email(person.email or "") or (person.user and f"user:{person.user.pk}") for person in people)
    hold_names(f"registration:{event.pk}:{name}" for name in names if name)


def answer_owner(known: Attendee) -> Registered:
    """To somebody who may know what stands here: it stands, or was not accepted."""
    if known.status == Status.REJECTED:
        raise DomainError("rejected", _("This registration was not accepted. Please ask the organiser."))
    return Registered(known, is_new=False, state=Status(known.status))


def state_on_entry(
    attendee_type: AttendeeType,
    places: Places,
    *,
    source: str,
    accept_waiting_list: bool,
    voucher: Voucher | None = None,
    size: int = 1,
) -> Status:
    """The state a newcomer starts in: the same answer whether their address is known or not."""
    if places.has_room(attendee_type.pk, size) or has_kept_place(places, attendee_type.pk, voucher):
        return first_state(attendee_type, source, voucher)
    if not attendee_type.event.has_waiting_list:
        raise DomainError("sold_out", _("There is no place left.") if size == 1 else _("There are not enough places left for all of you."))
    if not accept_waiting_list:
        raise DomainError("full", _("All places are taken. You can join the waiting list."))
    return Status.WAITLISTED


def refuse_when_closed(event: Event, attendee_type: AttendeeType, source: str, voucher: Voucher | None = None) -> None:
    if event.is_cancelled:
        raise DomainError("event_cancelled", _("This event was called off."))
    if source in BY_STAFF:
        return
    if not event.takes_registrations() or not (attendee_type.is_on_sale() or opens(voucher, attendee_type)):
        raise DomainError("registration_closed", _("Registration for this event is closed."))


def refuse_clash(event: Event, *, email: str | None, user: User | None) -> None:
    """Refuse who is booked elsewhere at the same hour, where the organiser wants that. Costs nothing where not.

    Only ask for somebody who has proved who they are: the answer names the other event.

    Raises:
        DomainError: `clash`.
    """
    if not event.refuses_same_hour:
        return
    if user is not None:
        locked(user)  # two registrations at one moment see each other
    booked = Attendee.objects.filter(of_person(email, user), status__in=HOLDING, event__starts_at__lt=event.until).exclude(event=event)
    booked = booked.exclude(event__visibility=Visibility.CANCELLED).exclude(event__ends_at__lte=event.starts_at)
    for other in booked.select_related("event"):
        if other.event.until > event.starts_at:
            raise DomainError("clash", _("You are registered for %(event)s at the same hour.") % {"event": other.event.name})


def of_person(email: str | None, user: User | None) -> Q:
    """By address or by user; nothing of somebody who has neither."""
    match = Q(pk__in=())
    if email:
        match |= Q(email=email)
    return match | Q(user=user) if user is not None else match


@prepared
def known_or_taken(event: Any, email: Any, user: Any, code: Any) -> QuerySet[Attendee, tuple[int]]:
    return Attendee.objects.filter(Q(event=event, email=email) | Q(event=event, user=user) | Q(code=code)).order_by().values_list("pk")[:1]


def known_or_code(event: Event, person: Person) -> tuple[Attendee | None, str]:
    """This person's one row at this event, by address or by user; else a code that is free, for a new one (it may be empty: `give_code`).

    Most people are new: whether they are, and whether their code is, is one question, and cheaper than reading what isn't there.
    """
    code = new_code()
    if (
        person.email
        and person.user is not None
        and known_or_taken.first(event=event.pk, email=person.email, user=person.user.pk, code=code) is None
    ):
        return None, code
    rows = list(Attendee.objects.filter(of_person(person.email, person.user), event=event)[:2])
    own = (row for row in rows if person.user is not None and row.user_id == person.user.pk)
    return next(own, rows[0] if rows else None), ""


def admit(
    attendee: Attendee,
    attendee_type: AttendeeType,
    person: Person,
    entry: Status,
    *,
    source: str,
    by: User | None,
    tell: bool,
    voucher: Voucher | None = None,
    pays_by: str = "",
) -> Attendee:
    """Write a new or revived row in the state it starts with; the event is locked by the caller."""
    describe(attendee, attendee_type, person, source)
    attendee.discount, attendee.pays_by = discount_of(voucher, attendee.price, attendee.currency), pays_by
    start_round(attendee, entry, act="register", source=source, by=by, tell=tell, voucher=voucher)
    return attendee


def start_round(
    attendee: Attendee, entry: Status, *, act: str, source: str, by: User | None, tell: bool, voucher: Voucher | None = None
) -> None:
    """The beginning of a registration, or of its return after it ended; the event is locked by the caller."""
    before = attendee.status if attendee.pk else ""
    if before:
        attendee.party = None  # whoever comes back comes for themselves
        AcceptedType.objects.filter(attendee=attendee).delete()
    attendee.status = entry
    attendee.queue_number = next_in_queue(attendee.event) if entry == Status.WAITLISTED else None
    attendee.due_at, attendee.approved_at = payment_due(attendee), approved_by(voucher)
    attendee.save()
    if entry == Status.CONFIRMED:  # here and not when the page shows it: a GET changes nothing
        give_badge(attendee, is_new=not before)
    step = write_step(attendee, act=act, from_state=before, source=source, by=by, starts_round=bool(before))
    if voucher is not None:
        use_voucher(attendee, voucher)
    elif before:
        give_back_vouchers(attendee)
    settle(attendee, step, before)
    if tell:
        tell_state(attendee, step)
    registration_changed.send(sender=Attendee, attendee=attendee, step=step)


def describe(attendee: Attendee, attendee_type: AttendeeType, person: Person, source: str) -> None:
    """Who they are and what they booked. A stranger who types a known address can't rewrite a proved person's name."""
    if attendee.pk is None or person.proved or attendee.email_proved_at is None:
        attendee.first_name, attendee.last_name = person.first_name, person.last_name
        for name in (*PROFILE_FIELDS, *STUDY_FIELDS):
            if (value := person.profile.get(name)) is not None:
                setattr(attendee, name, value)
        attendee.photo = attendee.photo or person.profile.get("photo", "")
    attendee.email = attendee.email or person.email or (person.user.email if person.user else None)
    attendee.user = attendee.user or (person.user if person.proved else None)
    if person.proved and attendee.email_proved_at is None and person.user is not None and person.user.email == attendee.email:
        attendee.email_proved_at = timezone.now()
    attendee.language = person.language or get_language() or "en"
    attendee.attendee_type = attendee_type
    attendee.price = rounded(attendee_type.price, attendee_type.event.currency)
    attendee.currency, attendee.vat_rate, attendee.source = attendee_type.event.currency, attendee_type.vat_rate, source
    attendee.give_code()


def first_state(attendee_type: AttendeeType, source: str, voucher: Voucher | None = None) -> Status:
    """What a newcomer gets when there is room."""
    event = attendee_type.event
    newcomer = Attendee(event=event, attendee_type=attendee_type, price=rounded(attendee_type.price, event.currency))
    newcomer.discount, newcomer.approved_at = discount_of(voucher, newcomer.price, event.currency), approved_by(voucher)
    return onward(newcomer, source)


def approved_by(voucher: Voucher | None) -> datetime | None:
    """A voucher may stand for the organiser's approval."""
    return timezone.now() if voucher is not None and voucher.skips_approval else None


def onward(attendee: Attendee, source: str = "page") -> Status:
    """The state after "has a place": steps that the event doesn't use, that were taken already, or that staff stand for, are skipped."""
    if source in BY_STAFF:
        return Status.CONFIRMED
    if attendee.attendee_type.needs_approval and attendee.approved_at is None:
        return Status.PENDING_APPROVAL
    return Status.AWAITING_PAYMENT if still_to_pay(attendee) else Status.CONFIRMED


def next_in_queue(event: Event) -> int:
    """Max + 1 under the event's lock: the order in which the lock was won, without clocks."""
    last: int | None = Attendee.objects.filter(event=event).aggregate(last=Max("queue_number"))["last"]
    return (last or 0) + 1


def payment_due(attendee: Attendee) -> Any:
    if attendee.status != Status.AWAITING_PAYMENT or attendee.pays_by == PaysBy.DOOR:
        return None
    return min(timezone.now() + timedelta(days=attendee.event.payment_term_days), attendee.event.until)


@transaction.atomic
def cancel_registration(attendee: Attendee, *, by: User | None = None, source: str = "page", reason: str = "") -> bool:
    """End a registration and free its place at once.

    Of many at the same moment one wins and tells the person; True is for that one. Freeing needs no lock.

    Raises:
        DomainError: `too_late_to_cancel` when the attendee asks after the cut-off.
    """
    if source in THEIR_OWN and not attendee.event.may_be_cancelled_by_attendees():
        raise DomainError("too_late_to_cancel", _("It is too late to cancel online. Please write to the organiser."))
    return change_state(attendee, to=Status.CANCELLED, act="cancel", by=by, source=source, reason=reason)


def change_state(
    attendee: Attendee, *, to: Status, act: str, by: User | None, source: str, reason: str = "", tell: bool = True, **fields: Any
) -> bool:
    """Every change of a standing registration: one conditional UPDATE decides who wins; the winner writes step and message.

    `fields` are columns that change with the state.
    """
    before, held = attendee.status, attendee.holds_a_place
    if before in ENDED or before == to or not win_state(attendee, before, to, **fields):
        attendee.refresh_from_db(fields=["status", "queue_number", "due_at"])
        return False
    if before == Status.OFFERED:
        end_offer(attendee, ANSWER_OF_ACT.get(act, OfferState.WITHDRAWN))
    if to == Status.CONFIRMED:
        give_badge(attendee)
    step = write_step(attendee, act=act, from_state=before, source=source, by=by, reason=reason)
    settle(attendee, step, before)
    if tell:
        tell_state(attendee, step)
    registration_changed.send(sender=Attendee, attendee=attendee, step=step)
    if before == Status.WAITLISTED and attendee.party_id:
        keep_no_more_than_wait(attendee)
    if act != TRANSFER and not attendee.holds_a_place and (held or attendee.party_id):  # a smaller party may fit where it did not
        place_freed.send(sender=Event, event=attendee.event)
    return True


def win_state(attendee: Attendee, before: str, to: Status, **fields: Any) -> bool:
    """The spot in the queue is kept while a place is on offer: whose offer is withdrawn goes back to it."""
    attendee.status = to  # for `payment_due`; put back when somebody else won
    told = {"status": to, "due_at": payment_due(attendee), **fields}
    if to not in (Status.WAITLISTED, Status.OFFERED):
        told["queue_number"] = None
    won = Attendee.objects.filter(pk=attendee.pk, status=before).update(**told, updated_at=timezone.now())
    for name, value in told.items() if won else [("status", before)]:
        setattr(attendee, name, value)
    return bool(won)


def end_offer(attendee: Attendee, state: OfferState) -> None:
    """Whoever leaves `offered`, however, has no open offer any more, and has the type they waited for again unless they accepted another."""
    if state != OfferState.ACCEPTED:
        go_back(attendee)
    Offer.objects.open().filter(attendee=attendee).update(state=state, answered_at=timezone.now(), updated_at=timezone.now())


def go_back(attendee: Attendee) -> None:
    offer = Offer.objects.open().filter(attendee=attendee, instead_of__isnull=False).select_related("instead_of__event").first()
    if offer is not None and offer.instead_of is not None:
        move_to(attendee, offer.instead_of)


def move_to(attendee: Attendee, attendee_type: AttendeeType) -> AttendeeType | None:
    """Give somebody who has not got a place yet this type, at today's price; the type they had, None when it is the same."""
    had = attendee.attendee_type if attendee.attendee_type_id != attendee_type.pk else None
    attendee.event, attendee.attendee_type = attendee_type.event, attendee_type
    if had is not None:
        take_type(attendee, attendee_type)
    return had


def take_type(attendee: Attendee, attendee_type: AttendeeType) -> None:
    """At today's price, less what their voucher takes off; what is free costs no statement more."""
    cost = attendee.price
    attendee.attendee_type, attendee.vat_rate = attendee_type, attendee_type.vat_rate
    attendee.price = rounded(attendee_type.price, attendee.currency)
    attendee.discount = discount_of(voucher_of(attendee), attendee.price, attendee.currency) if cost or attendee.price else Decimal(0)
    attendee.save(update_fields=["attendee_type", "price", "discount", "vat_rate", "updated_at"])


@transaction.atomic
def change_type(attendee: Attendee, attendee_type: AttendeeType, *, by: User | None, source: str = "admin") -> bool:
    """Move a registration to another type of the same event, at today's price; its state stays. False when it had that type.

    Raises:
        DomainError: `other_event`, `ended`, `party_waits`, or `sold_out` when the other type has no place for it.
    """
    if attendee_type.event_id != attendee.event_id:
        raise DomainError("other_event", _("This attendee type belongs to another event."))
    _event, places = lock_places(attendee.event)
    fresh = Attendee.objects.select_related("event", "attendee_type").get(pk=attendee.pk)
    if not fresh.is_active:
        raise DomainError("ended", _("This registration has ended."))
    if fresh.attendee_type_id == attendee_type.pk:
        return False
    if fresh.party_id and fresh.status in (Status.WAITLISTED, Status.OFFERED):
        raise DomainError("party_waits", _("A group waits for places of one type: nobody of it can be moved to another now."))
    if fresh.holds_a_place and not places.type_has_place(attendee_type.pk):
        raise DomainError("sold_out", _("There is no place left."))
    cost = fresh.price
    take_type(fresh, attendee_type)
    step = write_step(fresh, act="change_type", from_state=fresh.status, source=source, by=by)
    if cost or fresh.price:
        settle(fresh, step, fresh.status)
    if fresh.status == Status.OFFERED:
        Offer.objects.open().filter(attendee=fresh).update(attendee_type=attendee_type, instead_of=None, updated_at=timezone.now())
    queue_to(fresh, "changed", step.pk)
    if fresh.status == Status.AWAITING_PAYMENT and not still_to_pay(fresh):
        change_state(fresh, to=Status.CONFIRMED, act="pay", by=by, source=source)
    if fresh.holds_a_place:
        place_freed.send(sender=Event, event=fresh.event)
    attendee.refresh_from_db()
    return True


def write_step(
    attendee: Attendee, *, act: str, from_state: str, source: str, by: User | None, reason: str = "", starts_round: bool = False
) -> RegistrationStep:
    """Append what happened: from, to, who, when, why."""
    last = attendee.steps.order_by("-pk").values_list("round", flat=True).first() if from_state else None
    return RegistrationStep.objects.create(
        attendee=attendee,
        event=attendee.event,
        round=(last or 1) + (1 if starts_round else 0),
        act=act,
        from_state=from_state,
        to_state=attendee.status,
        attendee_type=attendee.attendee_type,
        price=attendee.price,
        by=by,
        source=source,
        reason=reason,
    )


# --- Messages ------------------------------------------------------------------------------------------------------------------
def tell_state(attendee: Attendee, step: RegistrationStep) -> None:
    queue_to(attendee, message_of(step), step.pk)


def message_of(step: RegistrationStep) -> str:
    """The name of the message that tells this step."""
    return MESSAGE_OF_ACT.get(step.act) or ("cancelled" if step.to_state == Status.CANCELLED else f"registered_{step.to_state}")


def tell_already_registered(attendee: Attendee) -> None:
    """To the address only, and at most once an hour: the page answers a stranger as it would a new address."""
    queue_to(attendee, "already_registered", timezone.now().strftime("%Y%m%d%H"))


def queue_to(attendee: Attendee, template: str, version: int | str) -> None:
    """A message to this attendee in their language; without an address there is nobody to write to."""
    if address_of(attendee):
        queue_messages([message_to(attendee, template, version)])


def address_of(attendee: Attendee) -> str | None:
    """Their own, else that of whoever registered the party they belong to."""
    return attendee.email or (attendee.party.lead.email if attendee.party else None)


def message_to(attendee: Attendee, template: str, version: int | str) -> Message:
    """Unsaved, for `queue_messages`."""
    return outgoing(
        template,
        about=attendee.about,
        receiver=f"attendee:{attendee.pk}",
        version=version,
        to_address=address_of(attendee),
        language=attendee.language,
        scope=f"event:{attendee.event_id}",
    )
