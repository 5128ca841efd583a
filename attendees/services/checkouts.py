"""Paying online: a checkout is begun, asked about, and ended. The provider is always asked outside transactions."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, Payment, PaymentState, PaysBy, Status
from attendees.providers import Outcome, Provider, ProviderError, online, provider_named
from attendees.services.ledger import still_to_pay
from attendees.services.payments import close_payment, new_key, receive
from attendees.services.registration import change_state, message_to
from netevent.core.errors import DomainError
from netevent.core.locks import locked
from netevent.notifications.services import queue_messages

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger(__name__)

REMIND_BEFORE = timedelta(days=2)
SWEEP_LIMIT = 200


def begin_checkout(attendee: Attendee) -> Payment:
    """A page to pay at what is open; one that still runs is given again. The place is held while it runs, for HOLD_MINUTES.

    Not to be called in a transaction.

    Raises:
        DomainError: `not_offered`, `nothing_to_pay`, or `provider_away`: another way to pay may work.
    """
    provider = online()
    if provider is None or not attendee.event.pays_online:
        raise DomainError("not_offered", _("This event can't be paid in this way."), status=422)
    payment = open_payment(attendee, provider)
    if payment.checkout_url:
        return payment
    try:
        made = provider.create_checkout(payment, back=address(attendee, "paid"), away=address(attendee, "away"), text=text_of(attendee))
    except ProviderError as error:
        close_payment(payment, PaymentState.FAILED)
        logger.warning("a checkout could not be made at %s: %s", provider.name, error.reason)
        raise DomainError("provider_away", _("The payment page does not answer. Please try again in a moment."), status=503) from error
    Payment.objects.filter(pk=payment.pk).update(reference=made.reference, checkout_url=made.url, updated_at=timezone.now())
    payment.refresh_from_db()
    return payment


@transaction.atomic
def open_payment(attendee: Attendee, provider: Provider) -> Payment:
    """The row of the try: the one that runs, if it is for what is open, else a new one with an own key. The place is due when it ends."""
    fresh = locked(attendee)
    fresh.event = attendee.event
    amount = still_to_pay(fresh)
    if fresh.status != Status.AWAITING_PAYMENT or not amount:
        raise DomainError("nothing_to_pay", _("There is nothing to pay."))
    now = timezone.now()
    running = Payment.objects.open().filter(attendee=fresh, provider=provider.name, expires_at__gt=now)
    if (known := running.filter(amount=amount, currency=fresh.currency).order_by("-pk").first()) is not None:
        return known
    until = now + timedelta(minutes=settings.HOLD_MINUTES)
    Attendee.objects.filter(pk=fresh.pk).update(pays_by=PaysBy.ONLINE, due_at=until, updated_at=now)
    return Payment.objects.create(
        attendee=fresh, provider=provider.name, key=new_key(), amount=amount, currency=fresh.currency, expires_at=until
    )


def address(attendee: Attendee, answer: str) -> str:
    return f"{settings.BASE_URL}{reverse('attendees:payment', args=[attendee.event.code])}?{urlencode({'back': answer})}"


def text_of(attendee: Attendee) -> str:
    with translation.override(attendee.language):
        return gettext("%(event)s: %(type)s") % {"event": attendee.event.name, "type": attendee.attendee_type.name}


def ask_provider(payment: Payment) -> Outcome:
    """How an open try stands, asked where it is made, and noted: a notice may be late or lost. Not to be called in a transaction."""
    try:
        outcome = provider_named(payment.provider).fetch(payment)
    except ProviderError as error:
        logger.warning("%s did not say how a payment stands: %s", payment.provider, error.reason)
        return Outcome.OPEN
    if outcome == Outcome.PAID:
        receive(payment)
    elif outcome == Outcome.FAILED:
        close_payment(payment, PaymentState.FAILED)
    elif outcome == Outcome.ENDED:
        close_payment(payment, PaymentState.ENDED)
    return outcome


# --- The term ----------------------------------------------------------------------------------------------------------------
def end_terms(now: datetime | None = None) -> int:
    """Registrations that were not paid in time expire, and their places are free; how many. Providers are asked first."""
    now = now or timezone.now()
    rows = Attendee.objects.filter(status=Status.AWAITING_PAYMENT, due_at__lte=now).select_related("event", "attendee_type")
    ended = 0
    for attendee in rows.order_by("due_at")[:SWEEP_LIMIT]:
        try:
            ended += end_term(attendee, now)
        except Exception:  # what one of them trips over holds up nobody else
            logger.exception("the term of registration %s was not ended", attendee.pk)
    return ended


def end_term(attendee: Attendee, now: datetime) -> bool:
    for payment in Payment.objects.open().filter(attendee=attendee, reference__isnull=False).select_related("attendee"):
        ask_provider(payment)
        end_checkout(payment)
    return expire(attendee, now)


def end_checkout(payment: Payment) -> None:
    """Nobody should pay for a place that is gone; who does it in that moment is paid back."""
    try:
        provider_named(payment.provider).end(payment)
    except ProviderError as error:
        logger.info("a checkout was not ended at %s: %s", payment.provider, error.reason)


@transaction.atomic
def expire(attendee: Attendee, now: datetime) -> bool:
    """Only who is still to pay, and still late: a payment that came meanwhile, or another way to pay, wins."""
    event = attendee.event
    fresh = locked(attendee)
    fresh.event = event
    if fresh.status != Status.AWAITING_PAYMENT or fresh.due_at is None or fresh.due_at > now:
        return False
    return change_state(fresh, to=Status.EXPIRED, act="term_ends", by=None, source="sweep")


def remind(now: datetime | None = None) -> int:
    """Whoever has to pay within two days hears it once; a checkout that runs for minutes needs no reminder. How many are told by this call."""
    now = now or timezone.now()
    rows = Attendee.objects.filter(status=Status.AWAITING_PAYMENT, due_at__gt=now, due_at__lte=now + REMIND_BEFORE, email__isnull=False)
    rows = rows.filter(event__payment_term_days__gt=REMIND_BEFORE.days).exclude(pays_by=PaysBy.ONLINE)
    told = last = 0
    while some := list(rows.filter(pk__gt=last).annotate(step=Max("steps")).order_by("pk")[:SWEEP_LIMIT]):
        told += queue_messages([message_to(attendee, "payment_reminder", attendee.step or 0) for attendee in some])
        last = some[-1].pk
    return told


def sweep() -> None:
    remind()
    end_terms()
