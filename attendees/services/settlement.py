"""What a change of state means for money: called once by each, in its transaction. A free registration costs no statement here."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils import timezone

from attendees.models import LedgerEntry, LedgerKind, Payment, PaymentState, Refund, Status
from attendees.models.attendee import ENDED
from attendees.models.money import cents
from attendees.services.ledger import bring_to, charged, cost_of, line, paid
from attendees.services.vouchers import give_back_vouchers
from netevent.core.currencies import rounded

if TYPE_CHECKING:
    from attendees.models import Attendee, RegistrationStep

OWED = frozenset({Status.AWAITING_PAYMENT, Status.CONFIRMED})
THEIR_OWN = frozenset({"page", "api"})  # doors at which people act for themselves
PASSED_ON = "transfer"  # the place goes on with its money: `pass_on` moves it


def settle(attendee: Attendee, step: RegistrationStep, before: str) -> None:
    """Write what this step costs, or give back what its end sets free.

    Entering a state in which the price is owed charges it; an end takes the charge back, ends open checkouts, hands the voucher back and makes
    refunds due: by the event's rule when the person cancelled, all of it when anybody else ended it.
    """
    if step.act == "change_type":
        move_price(attendee, step)
    elif attendee.status in ENDED:
        if attendee.price:
            end_round(attendee, step)
    elif attendee.price and attendee.status in OWED and before not in OWED:
        known = charged(attendee) if before else {}
        bring_to(attendee, cost_of(attendee), known=known, cause=str(step.pk))


def move_price(attendee: Attendee, step: RegistrationStep) -> None:
    """The difference to another type's price: owed, or due to go back."""
    if attendee.status not in OWED:
        return
    bring_to(attendee, cost_of(attendee), known=charged(attendee), cause=str(step.pk))
    if (over := paid(attendee) - attendee.to_pay) > 0:
        make_due(attendee, over, reason="change_type", key=f"step:{step.pk}")


def end_round(attendee: Attendee, step: RegistrationStep) -> None:
    bring_to(attendee, {}, known=charged(attendee), cause=str(step.pk))
    Payment.objects.open().filter(attendee=attendee).update(state=PaymentState.ENDED, updated_at=timezone.now())
    give_back_vouchers(attendee)
    if step.act != PASSED_ON and (left := paid(attendee)) > 0:
        give_back(attendee, left, step)


def give_back(attendee: Attendee, left: Decimal, step: RegistrationStep) -> None:
    own = step.source in THEIR_OWN and step.act == "cancel"
    back = rounded(left * attendee.event.refund_percent / 100, attendee.currency) if own else left
    if left - back:
        line(attendee, LedgerKind.FEE, left - back, key=f"fee:{step.pk}", rate=attendee.vat_rate).save()
    make_due(attendee, back, reason=step.act, key=f"step:{step.pk}")


def make_due(attendee: Attendee, amount: Decimal, *, reason: str, key: str) -> list[Refund]:
    """Refunds of so much in all, of the newest payments first, to be sent by somebody; the caller holds the attendee's row.

    `key` says what for: the same twice makes one refund a payment.
    """
    made = []
    for payment in Payment.objects.paid().filter(attendee=attendee).annotate(back=Sum("refunds__amount")).order_by("-pk"):
        part = min(amount, payment.amount - cents(payment.back))
        if part > 0:
            made.append(Refund.objects.create(payment=payment, key=f"{key}:{payment.pk}"[:64], amount=part, reason=reason))
            amount -= part
    return made


def pass_on(giver: Attendee, taker: Attendee, step: RegistrationStep) -> None:
    """The place went to somebody else in one transaction: what was paid for it goes along, in both accounts."""
    if not giver.price:
        return
    kinds = (LedgerKind.PAYMENT, LedgerKind.REFUND, LedgerKind.FEE)  # with its payments goes what was kept of them in an earlier round
    rows = LedgerEntry.objects.filter(attendee=giver, kind__in=kinds).order_by().values_list("kind")
    for kind, moved in rows.annotate(sum=Sum("amount")):
        key = f"{PASSED_ON}:{step.pk}:{kind}"
        line(giver, kind, -moved, key=f"{key}:out").save()
        line(taker, kind, moved, key=f"{key}:in").save()
    Payment.objects.paid().filter(attendee=giver).update(attendee=taker, updated_at=timezone.now())
