"""Money at the entrance: taken from the person who stands there, who is let in at once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from attendees.models import Attendee, Checkpoint
from attendees.services.door_money import Taken, take_and_enter
from attendees.staff_forms import TakeForm
from attendees.views.check_in import answer_of, at_the_door, body_of, door, invalid, page_context, staff_of, state_of, whole_number
from netevent.core import limits
from netevent.core.errors import DomainError, TooOften
from netevent.core.money import show_money


@at_the_door
@require_POST
@never_cache
def take(request: HttpRequest, event_id: int) -> HttpResponse:
    """Note what was paid here and check in: answered as a scan is, as JSON to the page's script, else as the page."""
    by_script = request.content_type == "application/json"
    data = body_of(request)
    checkpoint, form = door(request, event_id, whole_number(str(data.get("checkpoint") or ""))), TakeForm(data)
    limits.hit("checkin.device", f"{staff_of(request).pk}:{checkpoint.pk}")
    if not form.is_valid():
        return invalid(form) if by_script else page(request, checkpoint, status=422, refusal=_("We could not read this request."))
    attendee = get_object_or_404(checkpoint.event.attendees, code=form.cleaned_data["code"], erased_at__isnull=True)
    try:
        answer, state = taken_from(request, checkpoint, attendee, form.cleaned_data)
    except TooOften:
        raise
    except DomainError as refusal:
        if by_script or refusal.status == 403:
            raise
        return page(request, checkpoint, status=refusal.status, refusal=refusal.message)
    return JsonResponse(answer) if by_script else page(request, checkpoint, result=answer, state=state)


def taken_from(request: HttpRequest, checkpoint: Checkpoint, attendee: Attendee, data: dict[str, Any]) -> tuple[dict[str, Any], str]:
    taken = take_and_enter(
        checkpoint=checkpoint,
        attendee=attendee,
        amount=data["amount"],
        method=data["method"],
        scan_id=data["scan_id"],
        by=staff_of(request),
    )
    return {**answer_of(taken.result, checkpoint, staff_of(request)), "taken": words_of(taken)}, state_of(taken.result)


def words_of(taken: Taken) -> str:
    """What became of the money: whoever holds it must know whether it was noted."""
    if taken.payment is None:
        return _("Nothing was open any more: no money was noted. Please give it back.")
    amount = {"amount": show_money(taken.payment.amount, taken.payment.currency)}
    return (_("%(amount)s in cash") if taken.payment.method == "cash" else _("%(amount)s by card")) % amount


def page(request: HttpRequest, checkpoint: Checkpoint, *, status: int = 200, **shown: Any) -> HttpResponse:
    return render(request, "attendees/staff/check_in.html", page_context(request, checkpoint, **shown), status=status)
