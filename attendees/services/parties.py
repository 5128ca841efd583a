"""Parties: several people registered by one of them, who get places together, wait together and are told once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, Party, Status
from attendees.services.places import locked
from attendees.services.registration import (
    Person,
    Registered,
    admit,
    cancel_registration,
    change_state,
    hold_people,
    queue_to,
    register_in_transaction,
)
from netevent.core.errors import DomainError

if TYPE_CHECKING:
    from attendees.models import ConsentText
    from events.models import AttendeeType, Event
    from netevent.accounts.models import User


# --- Registering -----------------------------------------------------------------------------------------------------------------
@transaction.atomic
def register_party(
    *,
    attendee_type: AttendeeType,
    people: Sequence[Person],
    accept_waiting_list: bool = True,
    answers: Mapping[str, Any] | None = None,
    consents: Sequence[ConsentText] = (),
) -> Registered:
    """Give all of these people a place, or all of them a spot on the waiting list; what is answered is true of each.

    The first one is the contact: mail goes there, and answers and consents are theirs. Somebody else's address that is known at this event is
    left out and that person registered by name alone, so that nothing is told about it.

    Raises:
        DomainError: as `register_attendee`; `party_too_large` for the event, or for its places; `party_not_free` where the type costs something.
    """
    refuse_party(attendee_type, len(people))
    hold_people(attendee_type.event, people)
    registered = register_in_transaction(
        attendee_type=attendee_type,
        person=people[0],
        accept_waiting_list=accept_waiting_list,
        answers=answers,
        consents=consents,
        size=len(people),
    )
    if registered.is_new and len(people) > 1:
        bring_along(registered, people[1:])
    return registered


def refuse_party(attendee_type: AttendeeType, size: int) -> None:
    if size == 1:
        return
    event = attendee_type.event
    if size > event.max_party_size:
        raise DomainError("party_too_large", _("At most %(number)d people may register together.") % {"number": event.max_party_size})
    if attendee_type.price:
        raise DomainError("party_not_free", _("A group can only register for what costs nothing. Please register one by one."))
    if any(limit is not None and size > limit for limit in (event.max_attendees, attendee_type.capacity)):
        raise DomainError("party_too_large", _("There are not enough places for all of you."))


def bring_along(registered: Registered, people: Sequence[Person]) -> None:
    """The others, in the lead's state and right behind them; the event is locked."""
    lead = registered.attendee
    lead.party = Party.objects.create(event=lead.event, lead=lead, size=1 + len(people))
    lead.save(update_fields=["party", "updated_at"])
    taken = addresses_at(lead.event, people)
    for person in people:
        named = replace(person, email=None if person.email in taken else person.email, language=lead.language)
        row = Attendee(event=lead.event, party=lead.party)
        admit(row, lead.attendee_type, named, registered.state, source="page", by=None, tell=False)


def addresses_at(event: Event, people: Sequence[Person]) -> set[str]:
    told = [person.email for person in people if person.email]
    rows = Attendee.objects.filter(Q(email__in=told) | Q(user__email__in=told), event=event).values_list("email", "user__email")
    return {address for row in rows for address in row if address} if told else set()


def no_fields(_attendee: Attendee) -> dict[str, Any]:
    return {}


# --- Together --------------------------------------------------------------------------------------------------------------------
def lock_together(attendee: Attendee) -> list[Attendee]:
    """This person, and all of their party who are in the same state; locked, so that answers and sweeps come one after the other."""
    if attendee.party_id is None:
        return [locked(attendee)]
    rows = Attendee.objects.select_for_update(no_key=True, of=("self",)).select_related("event", "attendee_type", "party__lead")
    alike = list(rows.filter(party=attendee.party_id, status=attendee.status).order_by("pk"))
    return alike if attendee in alike else [locked(attendee)]


def change_together(
    people: Sequence[Attendee],
    *,
    to: Status | Callable[[Attendee], Status],
    act: str,
    by: User | None,
    source: str,
    reason: str = "",
    tell: bool = True,
    fields_of: Callable[[Attendee], dict[str, Any]] = no_fields,
) -> int:
    """`change_state` of each of a party, or of one person; one of them is told. How many changed."""
    told, done = speaker_of(people), 0
    for person in people:
        state, tells = to(person) if callable(to) else to, tell and person == told
        done += change_state(person, to=state, act=act, by=by, source=source, reason=reason, tell=tells, **fields_of(person))
    return done


def speaker_of(people: Sequence[Attendee]) -> Attendee | None:
    """The contact, else the first of those who are concerned: one message is about all of them."""
    return next((person for person in people if person.party and person.party.lead_id == person.pk), people[0] if people else None)


# --- What the contact may do -----------------------------------------------------------------------------------------------------
def party_of(attendee: Attendee) -> Party | None:
    """The party that this person registered, while somebody of it still comes or waits."""
    led = Party.objects.filter(lead=attendee).order_by("-pk").first()
    return led if led is not None and led.members.active().exists() else None


def members_of(party: Party) -> list[Attendee]:
    return list(party.members.select_related("event", "attendee_type").order_by("pk"))


@transaction.atomic
def give_up_for(lead: Attendee, member_code: str, *, by: User | None = None) -> bool:
    """The contact gives back the place, or the spot, of one member. False when that was done already.

    Raises:
        DomainError: `no_member`, `too_late_to_cancel`.
    """
    party = party_of(lead)
    member = party.members.select_related("event", "attendee_type").filter(code=member_code).first() if party else None
    if member is None:
        raise DomainError("no_member", _("This person is not in your group."), status=404)
    return cancel_registration(member, by=by)


def tell_who_is_left(attendee: Attendee) -> None:
    """Whoever was sent the offer for all has left: the others' is sent, with a link of its own."""
    offered = Attendee.objects.filter(party=attendee.party_id, status=Status.OFFERED).select_related("event", "party__lead")
    left = list(offered.order_by("pk"))
    heir = speaker_of(left)
    if heir is not None and speaker_of(sorted([attendee, *left], key=lambda person: person.pk)) == attendee:
        queue_to(heir, "offer", f"after-{attendee.pk}")
