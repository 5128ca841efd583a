"""Money that goes back: ordered under the attendee's lock, sent outside of it, noted once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, LedgerKind, Payment, PaymentState, Refund, RefundState, Status
from attendees.models.money import cents
from attendees.providers import ProviderError, Sent, provider_named
from attendees.services.ledger import NOTHING, bring_to, charged, cost_of, line, paid, write_refund
from attendees.services.payments import lock_account, new_key
from attendees.services.receipts import issue_credit_note
from attendees.services.registration import queue_to
from netevent.core.currencies import rounded
from netevent.core.errors import DomainError

if TYPE_CHECKING:
    from netevent.accounts.models import User

UNSENT = (RefundState.DUE, RefundState.FAILED)


def left_of(payment: Payment) -> Decimal:
    """What of a payment was not ordered back yet."""
    return payment.amount - cents(Refund.objects.filter(payment=payment).aggregate(sum=Sum("amount"))["sum"])


def refundable(attendee: Attendee) -> Decimal:
    """What of all that this person paid may still go back."""
    return sum((left_of(payment) for payment in Payment.objects.paid().filter(attendee=attendee)), NOTHING)


@transaction.atomic
def order_refund(attendee: Attendee, amount: Decimal, *, by: User | None, reason: str = "") -> list[Refund]:
    """Order so much back, of the newest payments first: due until it is sent. Whose registration stands pays so much less for it from now on.

    Raises:
        DomainError: `bad_amount`, or `refund_too_much`: more than was paid and not ordered back yet.
    """
    first = Payment.objects.paid().filter(attendee=attendee).order_by("-pk").first()
    if first is None:
        raise DomainError("refund_too_much", _("Nothing was paid here."))
    fresh = lock_account(first)
    if amount <= 0 or amount != rounded(amount, fresh.currency):
        raise bad_amount(_("This amount can't be given back."))
    if amount > refundable(fresh):
        raise DomainError("refund_too_much", _("More than was paid can't be given back."), fields={"amount": _("This is too much.")})
    ordered = spread(fresh, amount, by=by, reason=reason)
    lower_price(fresh, cause=f"refund-{ordered[0].pk}")
    return ordered


def bad_amount(message: object) -> DomainError:
    return DomainError("bad_amount", str(message), status=422, fields={"amount": str(message)})


def spread(attendee: Attendee, amount: Decimal, *, by: User | None, reason: str) -> list[Refund]:
    ordered = []
    for payment in Payment.objects.paid().filter(attendee=attendee).order_by("-pk"):
        if (part := min(amount, left_of(payment))) > 0:
            ordered.append(Refund.objects.create(payment=payment, key=new_key(), amount=part, reason=reason[:300], by=by))
            amount -= part
    return ordered


def lower_price(attendee: Attendee, *, cause: str) -> None:
    """A refund to somebody whose place stays is a discount: they owe nothing again."""
    if attendee.status != Status.CONFIRMED:
        return
    stays = max(NOTHING, paid(attendee))
    if stays < attendee.to_pay:
        attendee.discount = attendee.price - stays
        attendee.save(update_fields=["discount", "updated_at"])
        bring_to(attendee, cost_of(attendee), known=charged(attendee), cause=cause)


def give_back(attendee: Attendee, amount: Decimal, *, by: User | None, reason: str = "", send: bool = False) -> list[Refund]:
    """Order so much back, and send it at once when wished. Not to be called in a transaction then: the provider is asked.

    Raises:
        DomainError: as `order_refund` and `send_refund`; what was ordered stays due when sending fails.
    """
    ordered = order_refund(attendee, amount, by=by, reason=reason)
    for refund in ordered if send else ():
        send_refund(refund, by=by)
    return ordered


# --- Sending -----------------------------------------------------------------------------------------------------------------
def send_refund(refund: Refund, *, by: User | None = None) -> bool:
    """Give it back through its provider, by a person for what was paid by hand. True when it is done, False while the provider works on it.

    Not to be called in a transaction: the provider is asked. Asked twice, the money goes back once.

    Raises:
        DomainError: `already_sent`, or `refund_failed` with the provider's reason; it may be tried again.
    """
    provider = provider_named(refund.payment.provider)
    if not provider.is_online:
        return finish_refund(refund, by=by)
    claim_for_sending(refund, by=by)
    try:
        sent: Sent = provider.refund(refund)
    except ProviderError as error:
        fail_refund(refund, error.reason)
        raise DomainError("refund_failed", _("The provider did not give it back: %(reason)s") % {"reason": error.reason}) from error
    if sent.is_done:
        return finish_refund(refund, reference=sent.reference, by=by)
    Refund.objects.filter(pk=refund.pk, reference=None).update(reference=sent.reference, updated_at=timezone.now())
    return False


def claim_for_sending(refund: Refund, *, by: User | None) -> None:
    """What failed gets a new key, since a provider answers the same key the same; what was left halfway keeps it."""
    failed = Refund.objects.filter(pk=refund.pk, state=RefundState.FAILED)
    failed.update(key=new_key(), reference=None, state=RefundState.DUE)
    rows = Refund.objects.filter(pk=refund.pk, state__in=(*UNSENT, RefundState.SENT))
    if not rows.update(state=RefundState.SENT, error="", updated_at=timezone.now(), **({"by": by} if by else {})):
        raise DomainError("already_sent", _("This was given back already."))
    refund.refresh_from_db()


def fail_refund(refund: Refund, reason: str) -> None:
    rows = Refund.objects.filter(pk=refund.pk, state=RefundState.SENT)
    rows.update(state=RefundState.FAILED, error=reason[:300], updated_at=timezone.now())
    refund.refresh_from_db()


@transaction.atomic
def finish_refund(refund: Refund, *, reference: str | None = None, by: User | None = None) -> bool:
    """The money has gone back: line, credit note and message, once whoever tells it first."""
    attendee = lock_account(refund.payment)
    now = timezone.now()
    told = {**({"reference": reference} if reference else {}), **({"by": by} if by else {})}
    rows = Refund.objects.filter(pk=refund.pk).exclude(state=RefundState.DONE)
    if not rows.update(state=RefundState.DONE, done_at=now, error="", updated_at=now, **told):
        return False
    refund.refresh_from_db()
    refund.payment.attendee = attendee
    write_refund(refund)
    issue_credit_note(refund)
    queue_to(attendee, "refunded", refund.pk)
    return True


@transaction.atomic
def take_back(refund: Refund, reason: str) -> None:
    """What the provider took for sent came back to it: it is to be done again."""
    attendee = lock_account(refund.payment)
    was_done = bool(Refund.objects.filter(pk=refund.pk, state=RefundState.DONE).count())
    rows = Refund.objects.filter(pk=refund.pk, state__in=(RefundState.DONE, RefundState.SENT))
    if rows.update(state=RefundState.FAILED, error=reason[:300], done_at=None, updated_at=timezone.now()) and was_done:
        line(attendee, LedgerKind.REFUND, -refund.amount, key=f"refund-failed:{refund.key}").save()


@transaction.atomic
def note_refunded(payment: Payment, in_all: Decimal) -> None:
    """The provider says how much of a payment went back in all: ours that are on their way are done, the rest was ordered over there."""
    lock_account(payment)
    if payment.state != PaymentState.PAID:
        return
    done = cents(Refund.objects.filter(payment=payment, state=RefundState.DONE).aggregate(sum=Sum("amount"))["sum"])
    rest = min(in_all, payment.amount) - done
    waiting = Refund.objects.filter(payment=payment).exclude(state=RefundState.DONE)
    for refund in sorted(waiting, key=lambda row: (row.state != RefundState.SENT, row.pk)):
        if 0 < refund.amount <= rest:
            rest -= refund.amount
            finish_refund(refund)
    if rest > 0:
        elsewhere(payment, rest)


def elsewhere(payment: Payment, amount: Decimal) -> None:
    """Given back on the provider's own pages; what was due here anyway (each of it more than this) becomes so much less."""
    short = amount - left_of(payment)
    due = Refund.objects.filter(payment=payment, state__in=UNSENT).order_by("pk").first()
    if short > 0 and due is not None:
        due.amount -= short
        due.save(update_fields=["amount", "updated_at"])
    if (amount := min(amount, left_of(payment))) > 0:
        finish_refund(Refund.objects.create(payment=payment, key=new_key(), amount=amount, reason="provider"))
