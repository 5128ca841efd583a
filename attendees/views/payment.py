"""Paying for a registration: the page, the way to the provider and back, what providers tell, and the receipts."""

from __future__ import annotations

import json
import logging
import uuid
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from attendees.exports.receipt_pdf import receipt_pdf
from attendees.models import Attendee, LedgerEntry, Payment, PaymentState, PaysBy, Receipt, Refund, Status
from attendees.providers import BadNotice, Outcome, online, provider_named
from attendees.providers.test import SIGNATURE, TestProvider, signed_notice
from attendees.services.checkouts import ask_provider, begin_checkout
from attendees.services.ledger import balance, still_to_pay
from attendees.services.notices import take_notice
from attendees.services.payments import choose_how
from attendees.views.chosen import POLICY, ask_who, mine, own_address, private
from attendees.views.personal import download
from attendees.views.public import SeeOther
from netevent.core.errors import DomainError, TooOften
from netevent.core.fields import normalise_code
from netevent.core.policies import policy

logger = logging.getLogger(__name__)

LONGEST_NOTICE = 256 * 1024


# --- The page --------------------------------------------------------------------------------------------------------------
@policy(POLICY, methods=["GET", "POST"])
@never_cache
def payment(request: HttpRequest, code: str) -> HttpResponseBase:
    """What is to pay, how, and how it stands. A POST chooses the way; coming back from a provider asks it."""
    rows = mine(request)
    found = [row for row in rows if row.event.code == normalise_code(code)]
    if not found:
        if not rows and not request.user.is_authenticated:
            return ask_who(request)
        raise Http404
    attendee = found[0]
    if request.method == "POST":
        return private(choose(request, attendee))
    if request.GET.get("back"):
        ask_about_open(attendee)
        attendee.refresh_from_db()
    return private(page_of(request, attendee))


def ask_about_open(attendee: Attendee) -> None:
    """The person is back from the provider: its notice may be late, so it is asked."""
    for row in Payment.objects.open().filter(attendee=attendee, reference__isnull=False).select_related("attendee"):
        ask_provider(row)


def choose(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """One of the ways to pay. Sent twice it leads to the same page of the provider's."""
    way = request.POST.get("pays_by", "")
    try:
        if way == PaysBy.ONLINE:
            return to_provider(attendee, begin_checkout(attendee))
        choose_how(attendee, way)
    except TooOften:
        raise
    except DomainError as refusal:
        return page_of(request, attendee, refusal=refusal)
    return SeeOther(address_of(attendee))


def address_of(attendee: Attendee) -> str:
    return reverse("attendees:payment", args=[attendee.event.code])


def to_provider(attendee: Attendee, row: Payment) -> HttpResponse:
    """Straight there, where our content policy knows the way; else to our page, which has a link."""
    parts = urlsplit(row.checkout_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    provider = provider_named(row.provider)
    if origin != settings.BASE_URL and origin not in provider.origins:
        return SeeOther(f"{address_of(attendee)}?on=1")
    response = SeeOther(row.checkout_url)
    if provider.origins:
        response._csp_update = {"form-action": list(provider.origins)}  # type: ignore[attr-defined]  # as django-csp's decorators do
    return response


def page_of(request: HttpRequest, attendee: Attendee, *, refusal: DomainError | None = None) -> HttpResponse:
    tries = list(Payment.objects.filter(attendee=attendee).order_by("-pk"))
    refunds = list(Refund.objects.filter(payment__attendee=attendee).order_by("-pk"))
    state, running = state_of(attendee, tries, refunds)
    context = {
        "attendee": attendee,
        "event": attendee.event,
        "organiser": attendee.event.organiser,
        "state": state,
        "to_pay": still_to_pay(attendee) if attendee.status == Status.AWAITING_PAYMENT else None,
        "running": running,
        "ways": ways_of(attendee) if attendee.status == Status.AWAITING_PAYMENT else [],
        "is_back": bool(request.GET.get("back")),
        "entries": list(LedgerEntry.objects.filter(attendee=attendee)),
        "balance": (open_amount := balance(attendee)),
        "open_amount": abs(open_amount),
        "refunds": refunds,
        "receipts": receipts_of(attendee),
        "refusal": refusal.message if refusal else "",
        "back": own_address("dashboard", attendee),
        "address": address_of(attendee),
    }
    response = render(request, "attendees/payment.html", context, status=refusal.status if refusal else 200)
    if (provider := online()) is not None and provider.origins:
        response._csp_update = {"form-action": list(provider.origins)}  # type: ignore[attr-defined]
    return response


def state_of(attendee: Attendee, tries: list[Payment], refunds: list[Refund]) -> tuple[str, Payment | None]:
    """The page's word for machines, and the checkout that runs, if any."""
    now = timezone.now()
    running = next((row for row in tries if row.state == PaymentState.OPEN and row.checkout_url and (row.expires_at or now) > now), None)
    if attendee.status == Status.AWAITING_PAYMENT and still_to_pay(attendee):
        if running is not None:
            return "payment-waiting", running
        if tries and tries[0].state == PaymentState.FAILED:
            return "payment-failed", None
        return "payment-due", None
    if any(row.state != "done" for row in refunds):
        return "refund-due", None
    if attendee.status == Status.EXPIRED:
        return "payment-expired", None
    if refunds and not attendee.is_active:
        return "refunded", None
    return ("paid" if any(row.state == PaymentState.PAID for row in tries) else "nothing-to-pay"), None


def ways_of(attendee: Attendee) -> list[dict[str, Any]]:
    """How this event may be paid here, the chosen way named."""
    event, provider = attendee.event, online()
    ways: list[dict[str, Any]] = []
    if event.pays_online and provider is not None:
        ways.append({"name": PaysBy.ONLINE, "label": provider.label, "text": _("At once, on the provider's page."), "icon": "money"})
    if event.pays_by_transfer:
        ways.append({"name": PaysBy.TRANSFER, "label": PaysBy.TRANSFER.label, "text": _("With your code as reference."), "icon": "edit"})
    if event.pays_at_door:
        ways.append({"name": PaysBy.DOOR, "label": PaysBy.DOOR.label, "text": _("When you come."), "icon": "ticket"})
    return ways


def receipts_of(attendee: Attendee) -> list[Receipt]:
    return list(Receipt.objects.filter(attendee=attendee).order_by("-pk"))


@policy(POLICY, methods=["GET"])
@never_cache
def receipt(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A receipt or credit note of one's own, drawn from today's rows in the person's language."""
    rows = mine(request)
    if not rows and not request.user.is_authenticated:
        return ask_who(request)
    row = get_object_or_404(Receipt.objects.select_related("attendee__event", "organiser"), pk=pk, attendee__in=[row.pk for row in rows])
    return private(receipt_file(row))


def receipt_file(row: Receipt) -> HttpResponse:
    return download(receipt_pdf(row), "application/pdf", f"{row.get_kind_display()}-{row.label}.pdf".replace(" ", "-"))


# --- Providers -------------------------------------------------------------------------------------------------------------
@policy("provider: signature", methods=["POST"])
@csrf_exempt
@never_cache
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """A provider's word, believed by its signature alone. A copy of what was applied is answered like the first."""
    try:
        speaker = provider_named(provider)
    except KeyError as error:
        raise Http404 from error
    if int(request.headers.get("Content-Length") or 0) > LONGEST_NOTICE:
        return HttpResponse(status=413)
    try:
        notice = speaker.parse_notice(request.body, request.headers)
    except BadNotice as error:
        logger.warning("a notice for %s was not believed: %s", provider, error)
        return HttpResponse(status=400)
    take_notice(provider, notice)
    return HttpResponse(status=200)


# --- The page of the test provider -------------------------------------------------------------------------------------------
@policy("public", methods=["GET", "POST"])
@never_cache
def test_payment(request: HttpRequest, key: str) -> HttpResponse:
    """Plays the provider's part: pay, fail, or pay later. It exists where the setting says so, and never in production."""
    if not settings.PAYMENT_TEST_PROVIDER or settings.IS_PRODUCTION:
        raise Http404
    row = get_object_or_404(Payment.objects.select_related("attendee__event"), provider="test", key=key)
    provider = TestProvider()
    back, away = provider.addresses(key)
    if request.method == "POST":
        return SeeOther(back if play(provider, row, request.POST.get("do", "")) else away or address_of(row.attendee))
    return render(request, "attendees/test_payment.html", {"payment": row, "event": row.attendee.event, "away": away})


def play(provider: TestProvider, row: Payment, what: str) -> bool:
    """Decide, and tell ourselves as a real provider would; True when it was paid."""
    outcome = {"pay": Outcome.PAID, "fail": Outcome.FAILED}.get(what)
    if outcome is None or row.state != PaymentState.OPEN:
        return row.state == PaymentState.PAID
    provider.decide(row.key, outcome)
    body = json.dumps({"id": str(uuid.uuid4()), "outcome": outcome, "key": row.key, "reference": row.reference or ""}).encode()
    take_notice(provider.name, provider.parse_notice(body, {SIGNATURE: signed_notice(body)}))
    return outcome == Outcome.PAID
