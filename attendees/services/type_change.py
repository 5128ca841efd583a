"""What moving many people to another type would do: said before anybody is moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from attendees.models import HOLDING, LedgerEntry, LedgerKind, Payment, Refund, Status, VoucherUse
from attendees.services.places import places_of
from attendees.services.vouchers import discount_of
from netevent.core.currencies import rounded

if TYPE_CHECKING:
    from attendees.models import Attendee
    from events.models import AttendeeType

NOTHING = Decimal(0)
OWED = (Status.AWAITING_PAYMENT, Status.CONFIRMED)
MOVES, SAME, ENDED, FULL = "moves", "same", "ended", "full"


@dataclass(frozen=True)
class Move:
    """One person: what they pay now and would pay, what came in, and whether they fit."""

    attendee: Attendee
    before: Decimal
    after: Decimal
    paid: Decimal
    outcome: str

    @property
    def owes(self) -> Decimal:
        """How much more would be owed than now."""
        return max(NOTHING, self.after - max(self.before, self.paid)) if self.counts else NOTHING

    @property
    def back(self) -> Decimal:
        """What would become due to go back."""
        return max(NOTHING, self.paid - self.after) if self.counts else NOTHING

    @property
    def counts(self) -> bool:
        return self.outcome == MOVES and self.attendee.status in OWED


def plan_moves(people: Sequence[Attendee], attendee_type: AttendeeType) -> list[Move]:
    """In the order in which they would be moved; seven queries, however many they are. Everybody is of the type's event.

    The same rules as `change_type`, which decides again under the event's lock.
    """
    event = attendee_type.event
    places, paid, vouchers = places_of(event), paid_by(people), vouchers_of(people)
    limit = places.capacity.get(attendee_type.pk)
    free = None if limit is None else limit - places.taken(attendee_type.pk)
    moves = []
    for person in people:
        outcome = outcome_of(person, attendee_type, free)
        if outcome == MOVES and free is not None and holds(person, event):
            free -= 1
        price = rounded(attendee_type.price, person.currency)
        after = price - discount_of(vouchers.get(person.pk), price, person.currency) if outcome == MOVES else person.to_pay
        moves.append(Move(person, person.to_pay, after, Decimal(paid[person.pk]), outcome))
    return moves


def outcome_of(person: Attendee, attendee_type: AttendeeType, free: int | None) -> str:
    if not person.is_active:
        return ENDED
    if person.attendee_type_id == attendee_type.pk:
        return SAME
    return FULL if free is not None and free <= 0 and holds(person, attendee_type.event) else MOVES


def holds(person: Attendee, event: Any) -> bool:
    return person.status in HOLDING and (person.status != Status.PENDING_APPROVAL or event.pending_holds_place)


def vouchers_of(people: Sequence[Attendee]) -> dict[int, Any]:
    uses = VoucherUse.objects.filter(attendee__in=[person.pk for person in people], returned_at__isnull=True).select_related("voucher")
    return {use.attendee_id: use.voucher for use in uses}


def paid_by(people: Sequence[Attendee]) -> Counter[int]:
    """What came in from each and stays: less what goes back and what is kept as a fee."""
    keys = [person.pk for person in people]
    came = Payment.objects.paid().filter(attendee__in=keys).order_by().values_list("attendee")
    back = Refund.objects.filter(payment__attendee__in=keys).order_by().values_list("payment__attendee")
    fees = LedgerEntry.objects.filter(attendee__in=keys, kind=LedgerKind.FEE).order_by().values_list("attendee")
    paid: Counter[int] = Counter(dict(came.annotate(sum=Sum("amount"))))
    for rows in (back, fees):
        paid.subtract(dict(rows.annotate(sum=Sum("amount"))))
    return paid
