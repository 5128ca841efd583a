"""Registering as people do it for themselves, on the page and by programs: what they ask for, and the two ways in which it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from attendees.services.count_last import CountFirst, may_count_last, register_counting_last
from attendees.services.parties import register_party
from attendees.services.registration import Person, Registered, register_in_transaction
from netevent.core.errors import DomainError

if TYPE_CHECKING:
    from attendees.models import ConsentText, Voucher
    from events.models import AttendeeType

Given = TypeVar("Given")


@dataclass(frozen=True)
class Wish:
    """What somebody asks for: places for `people`, themselves the first of them. The rest is as in `register_attendee`."""

    attendee_type: AttendeeType
    people: Sequence[Person]
    accept_waiting_list: bool
    voucher: Voucher | None
    pays_by: str
    answers: Mapping[str, Any] | None
    consents: Sequence[ConsentText]
    has_files: bool = False
    source: str = "page"


Way = Callable[[Wish], Registered]


def register_carefully(wish: Wish) -> Registered:
    """With the count before the writing, in the caller's transaction.

    Raises:
        DomainError: as `register_attendee` and `register_party`; `already_registered` to somebody who may know it.
    """
    first, *others = wish.people
    told: dict[str, Any] = {"attendee_type": wish.attendee_type, "answers": wish.answers, "consents": wish.consents}
    told["accept_waiting_list"] = wish.accept_waiting_list
    if others:
        registered = register_party(people=wish.people, **told)
    else:
        registered = register_in_transaction(person=first, voucher=wish.voucher, pays_by=wish.pays_by, source=wish.source, **told)
    if first.proved and not registered.is_new:
        raise DomainError("already_registered", _("You are registered for this event already."))
    return registered


def count_last(wish: Wish) -> Registered:
    return register_counting_last(
        attendee_type=wish.attendee_type, person=wish.people[0], answers=wish.answers, consents=wish.consents, pays_by=wish.pays_by
    )


def quickest(wish: Wish, attempt: Callable[[Way], Given]) -> Given:
    """What `attempt` gives for the way that keeps others waiting least: one transaction, ended by a refusal.

    A second attempt follows when the first wrote in vain. A group and a voucher are counted first anyhow, and a file can be read once.
    """
    if len(wish.people) == 1 and wish.voucher is None and not wish.has_files and may_count_last(wish.attendee_type.event):
        with suppress(CountFirst, IntegrityError):  # whatever it was, the careful way finds out
            return attempt(count_last)
    return attempt(register_carefully)
