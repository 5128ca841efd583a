"""A registration's amounts, as page, desk, export and API show them: booked, paid, given back, open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Sum

from attendees.models import LedgerEntry, LedgerKind, Refund
from attendees.models.money import cents
from attendees.services.ledger import NOTHING
from attendees.services.settlement import OWED

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from attendees.models import Attendee
    from events.models import Event

MOVED = (LedgerKind.PAYMENT, LedgerKind.REFUND, LedgerKind.FEE)


class Amounts(NamedTuple):
    """`paid` is all that came in, `refunded` what of it has gone back; `still_open` is owed now, without what is ordered to go back."""

    price: Decimal
    discount: Decimal
    to_pay: Decimal
    paid: Decimal
    refunded: Decimal
    still_open: Decimal


NOTHING_AT_ALL = Amounts(*(cents(NOTHING) for _name in Amounts._fields))


@dataclass(frozen=True)
class Accounts:
    """What moved on the accounts of many people, by attendee and kind; without any, nothing moved."""

    moved: Mapping[tuple[int, str], Decimal] = field(default_factory=dict)
    ordered_back: Mapping[int, Decimal] = field(default_factory=dict)

    def amounts(self, pk: int, *, status: str, price: Decimal, discount: Decimal) -> Amounts:
        """Those of one registration, by what its row says. What is open is `ledger.still_to_pay`, where the price is owed at all."""
        if not price and not self.moved:
            return NOTHING_AT_ALL  # as of most people, and of each row of a long export
        paid = -self.moved.get((pk, LedgerKind.PAYMENT), NOTHING)
        stays = paid - self.ordered_back.get(pk, NOTHING) - self.moved.get((pk, LedgerKind.FEE), NOTHING)
        to_pay = price - discount
        still_open = max(NOTHING, to_pay - stays) if to_pay and status in OWED else NOTHING
        refunded = self.moved.get((pk, LedgerKind.REFUND), NOTHING)
        return Amounts(*(cents(amount) for amount in (price, discount, to_pay, paid, refunded, still_open)))


def accounts_at(event: Event) -> Accounts:
    """Of everybody at an event, in two queries."""
    return accounts(LedgerEntry.objects.filter(event=event), Refund.objects.filter(payment__attendee__event=event))


def amounts_of(attendee: Attendee) -> Amounts:
    """Of one registration, in two queries: also who owes nothing now may have paid before."""
    known = accounts(LedgerEntry.objects.filter(attendee=attendee), Refund.objects.filter(payment__attendee=attendee))
    return known.amounts(attendee.pk, status=attendee.status, price=attendee.price, discount=attendee.discount)


def accounts(lines: QuerySet[LedgerEntry], refunds: QuerySet[Refund]) -> Accounts:
    moved = lines.filter(kind__in=MOVED).order_by().values_list("attendee", "kind").annotate(sum=Sum("amount"))
    ordered = refunds.order_by().values_list("payment__attendee").annotate(sum=Sum("amount"))
    return Accounts({(pk, kind): cents(amount) for pk, kind, amount in moved}, {pk: cents(amount) for pk, amount in ordered})
