"""The staff's pages: assigned events, the door, and what a scan is answered."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.contrib.staticfiles import finders
from django.db.models import Count, Q, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from attendees.exports.qr_reader import read_qr
from attendees.models import Answer, AttendanceStatus, Attendee, CheckIn, Checkpoint, Status
from attendees.services import check_in as service
from attendees.services.amounts import amounts_of
from attendees.services.check_in import ScanResult
from attendees.services.door_money import may_take, payment_of, shut_for
from attendees.services.door_questions import says_at_door, tells_at_door
from attendees.services.questions import shown_at_desk
from attendees.services.registration import Person
from attendees.staff_forms import ScanForm, WalkInForm
from attendees.views.about_me import picture
from events.models import Event, TeamMember
from events.permissions import Right
from netevent.accounts.models import User
from netevent.core import limits
from netevent.core.dates import show_datetime, show_time
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_code
from netevent.core.money import show_money
from netevent.core.policies import policy, signed_in, uses_camera
from netevent.core.prepared import prepared

FOUND_AT_MOST = 20
FRAME_AT_MOST = 400_000
# What a scan decides by. An event has 70 columns, most of them texts in seven languages: reading them took a third of a scan's time.
READ_FOR_SCAN = (
    *("event_id", "is_main", "repeat", "opens_at", "closes_at"),
    *(f"event__{name}" for name in ("starts_at", "ends_at", "time_zone", "visibility")),
)
at_the_door = policy("team: check in", check=signed_in)
STATES = {Answer.IN: "checked-in", Answer.ALREADY_IN: "already-checked-in"}
DECODER = "vendor/jsqr/jsQR.js"


# --- Who may stand here --------------------------------------------------------------------------------------------------------
def door(request: HttpRequest, event_id: int, checkpoint_id: int | None = None, *, fields: tuple[str, ...] = ()) -> Checkpoint:
    """The checkpoint with its event, for somebody who may check in there; 404 for everybody else.

    One query for the event's team, which is who scans all day; a second one for owners. With `fields` only those are read of both.
    """
    which = Q(pk=checkpoint_id) if checkpoint_id else Q(is_main=True)
    rows = Checkpoint.objects.select_related("event").annotate(**says_at_door()).filter(which, event_id=event_id).order_by()
    rows = rows.only(*fields) if fields else rows
    found = next(iter(rows.staffed_by(request.user, Right.CHECK_IN)), None)
    if found is not None:
        return found
    mine = Event.objects.run_by(request.user, Right.CHECK_IN)
    found = next(iter(rows.filter(event__in=mine)), None)
    if found is None:
        raise Http404
    return found


def door_of_scan(request: HttpRequest, event_id: int, checkpoint_id: int | None) -> Checkpoint:
    """`door` with what a scan reads, in one question that is put together once for those who scan all day."""
    user = staff_of(request)
    mine = {"event": event_id, "user": user.pk}
    found = door_by_id.first(pk=checkpoint_id, **mine) if checkpoint_id else main_door.first(**mine)
    return found if found and user.is_active else door(request, event_id, checkpoint_id, fields=READ_FOR_SCAN)


def doors(event: Any, user: Any) -> QuerySet[Checkpoint]:
    rows = Checkpoint.objects.select_related("event").annotate(**says_at_door()).filter(event=event).of_team(user, Right.CHECK_IN)
    return rows.only(*READ_FOR_SCAN).order_by()


@prepared
def main_door(event: Any, user: Any) -> QuerySet[Checkpoint]:
    return doors(event, user).filter(is_main=True)


@prepared
def door_by_id(event: Any, user: Any, pk: Any) -> QuerySet[Checkpoint]:
    return doors(event, user).filter(pk=pk)


def staff_of(request: HttpRequest) -> User:
    return cast("User", request.user)


# --- Dashboards ----------------------------------------------------------------------------------------------------------------
@policy("signed-in")
@require_safe
@never_cache
def dashboard(request: HttpRequest) -> HttpResponse:
    """The events this person checks in at, today's and coming ones first."""
    events = Event.objects.run_by(request.user, Right.CHECK_IN).select_related("venue", "organiser")
    coming, past = events.upcoming().order_by("starts_at"), events.past().order_by("-starts_at")[:10]
    return render(request, "attendees/staff/dashboard.html", {"coming": coming[:50], "past": past})


@at_the_door
@require_safe
@never_cache
def event_dashboard(request: HttpRequest, event_id: int) -> HttpResponse:
    checkpoint = door(request, event_id)
    recent = checkpoint.event.check_ins.select_related("attendee__attendee_type", "by", "checkpoint").order_by("-scanned_at", "-pk")[:15]
    context = {
        "event": checkpoint.event,
        "checkpoint": checkpoint,
        "totals": totals_of(checkpoint),
        "recent": recent,
        "by_type": by_type(checkpoint),
    }
    return render(request, "attendees/staff/event.html", context)


def by_type(checkpoint: Checkpoint) -> list[dict[str, Any]]:
    types = checkpoint.event.attendee_types.annotate(**counts("attendees__")).order_by("position", "pk")
    return [{"name": kind.name, **{name: getattr(kind, name) for name in counts()}} for kind in types]


def counts(of: str = "") -> dict[str, Count]:
    """How many are in, how many are expected, and how many of those still out said that they won't come."""
    confirmed = Q(**{f"{of}status": Status.CONFIRMED})
    away = Q(**{f"{of}first_entry_at__isnull": True, f"{of}attendance_status": AttendanceStatus.NOT_ATTENDING})
    return {
        "inside": Count(f"{of}pk", filter=Q(**{f"{of}first_entry_at__isnull": False})),
        "expected": Count(f"{of}pk", filter=confirmed),
        "wont_come": Count(f"{of}pk", filter=confirmed & away),
    }


def totals_of(checkpoint: Checkpoint) -> dict[str, Any]:
    """The counts of the whole event, with the words for those who won't come."""
    found: dict[str, Any] = checkpoint.event.attendees.aggregate(**counts())
    number = found["wont_come"]
    text = ngettext("%(number)d won't come", "%(number)d won't come", number) % {"number": number} if number else ""
    return {**found, "wont_come_text": text}


@at_the_door
@require_safe
@never_cache
def totals(request: HttpRequest, event_id: int) -> JsonResponse:
    return JsonResponse(totals_of(door(request, event_id)))


@policy("staff code")
@require_safe
@never_cache
def by_staff_code(request: HttpRequest, staff_code: str) -> HttpResponse:
    """The short door: sign in, and the code leads to the event it belongs to. Who isn't of that team learns nothing."""
    if not request.user.is_authenticated:
        limits.hit("code.ip", limits.client_address(request))
        return redirect_to_login(reverse("staff:by-code", args=[staff_code]), settings.LOGIN_URL)
    mine = TeamMember.objects.filter(user=request.user, staff_code=normalise_code(staff_code)).first()
    if mine is None:
        raise Http404
    return redirect("staff:event", event_id=mine.event_id)


@policy("public")
@require_safe
def by_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Members of a team come in by signing in; invitations by mail will open here too."""
    return redirect("staff:dashboard")


# --- The door ------------------------------------------------------------------------------------------------------------------
@uses_camera
@at_the_door
@never_cache
def check_in(request: HttpRequest, event_id: int) -> HttpResponse:
    """The page at the door. It works without JavaScript: a code or a name typed here is answered by the next page."""
    if request.method == "POST":
        return scan_page(request, event_id)
    checkpoint = door(request, event_id, whole_number(request.GET.get("checkpoint")))
    query = request.GET.get("q") or request.GET.get("found") or ""
    if query:
        limits.hit("checkin.device", f"{staff_of(request).pk}:search")
    return render(request, "attendees/staff/check_in.html", page_context(request, checkpoint, query=query))


def page_context(request: HttpRequest, checkpoint: Checkpoint, *, query: str = "", **more: Any) -> dict[str, Any]:
    return {
        "event": checkpoint.event,
        "checkpoint": checkpoint,
        "checkpoints": list(checkpoint.event.checkpoints.all()),
        "totals": totals_of(checkpoint),
        "query": query,
        "found": find(checkpoint, query),
        "fresh_id": uuid.uuid4(),
        "decoder": bool(finders.find(DECODER)),
        "walk_in": WalkInForm(event=checkpoint.event),
        **more,
    }


def whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None


def find(checkpoint: Checkpoint, query: str) -> list[Attendee]:
    """People whose name, organisation or code fits, those not yet in first. Staff see no address."""
    if len(query.strip()) < 2:
        return []
    people = checkpoint.event.attendees.search_at_door(query[:100]).select_related("attendee_type")
    return list(people.order_by("first_entry_at", "last_name", "first_name", "pk")[:FOUND_AT_MOST])


def scan_page(request: HttpRequest, event_id: int) -> HttpResponse:
    checkpoint, form = door(request, event_id, whole_number(request.POST.get("checkpoint"))), ScanForm(request.POST)
    if not form.is_valid():
        return render(request, "attendees/staff/check_in.html", page_context(request, checkpoint, form=form), status=422)
    result = do_scan(request, checkpoint, form.cleaned_data)
    context = page_context(request, checkpoint, result=answer_of(result, checkpoint, staff_of(request)), state=state_of(result))
    return render(request, "attendees/staff/check_in.html", context)


def state_of(result: ScanResult) -> str:
    return STATES.get(result.answer, result.answer.value.replace("_", "-"))


@at_the_door
@require_POST
def scan(request: HttpRequest, event_id: int) -> JsonResponse:
    """A scan by the page's own scanner: JSON or a form in, the answer as JSON, 200 for whatever the answer is."""
    data = body_of(request)
    form = ScanForm(data)
    if not form.is_valid():
        return invalid(form)
    checkpoint = door_of_scan(request, event_id, form.cleaned_data["checkpoint"])
    return JsonResponse(answer_of(do_scan(request, checkpoint, form.cleaned_data), checkpoint, staff_of(request)))


def invalid(form: Form) -> JsonResponse:
    fields = {key: errors[0] for key, errors in form.errors.items()}
    return JsonResponse({"code": "invalid", "message": next(iter(fields.values())), "fields": fields}, status=422)


def do_scan(request: HttpRequest, checkpoint: Checkpoint, data: dict[str, Any]) -> ScanResult:
    staff = staff_of(request)
    limits.hit("checkin.device", f"{staff.pk}:{checkpoint.pk}")
    return service.scan(checkpoint=checkpoint, text=data["text"], scan_id=data["scan_id"], by=staff, scanned_at=data["scanned_at"])


def body_of(request: HttpRequest) -> Mapping[str, Any]:
    if request.content_type != "application/json":
        return request.POST
    try:
        data = json.loads(request.body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def answer_of(result: ScanResult, checkpoint: Checkpoint, by: User) -> dict[str, Any]:
    """What the screen shows, as plain data. `status` is the stable word."""
    person, entry = result.attendee, result.check_in
    return {
        "status": result.answer.value,
        "state": state_of(result),
        "label": str(result.answer.label),
        "scan": str(entry.scan_id),
        "name": person.full_name if person else "",
        "code": person.code if person else "",
        "type": person.attendee_type.name if person else "",
        "colour": person.attendee_type.colour.lstrip("#") if person else "",
        "organisation": person.organisation if person else "",
        "photo": reverse("staff:photo", args=[checkpoint.event_id, person.pk]) if person and person.photo else "",
        "note": person.staff_note if person else "",
        "intends": person.attendance_status if person else "",
        "told": shown_at_desk(person) if person and tells_at_door(checkpoint) else [],
        "ask": ask_address(result, checkpoint),
        "earlier": earlier_of(result, checkpoint),
        "unpaid": unpaid_of(result, checkpoint, by),
        "taken": "",
        "may_undo": result.answer == Answer.IN,
    }


def unpaid_of(result: ScanResult, checkpoint: Checkpoint, by: User) -> dict[str, str] | None:
    """What stands open, and where it is taken, for whoever handles money here; everybody else sends the person on."""
    if result.attendee is None or result.answer != Answer.UNPAID:
        return None
    if not may_take(checkpoint, by):
        return {"text": _("Please send them to the desk."), "hint": "", "amount": "", "take": "", "scan": ""}
    person = Attendee.objects.get(pk=result.attendee.pk)  # a scan reads no amounts
    still_open, shut = amounts_of(person).still_open, shut_for(checkpoint, person)
    return {
        "text": _("Unpaid: %(amount)s") % {"amount": show_money(still_open, person.currency)},
        "hint": str(shut.label) if shut else "",
        "amount": str(still_open),
        "take": "" if shut else reverse("staff:take", args=[checkpoint.event_id]),
        "scan": str(uuid.uuid4()),
    }


def ask_address(result: ScanResult, checkpoint: Checkpoint) -> str:
    """Where the entrance's questions are answered, when that is what keeps this person out."""
    if result.attendee is None or result.answer != Answer.NEEDS_ANSWERS:
        return ""
    return f"{reverse('staff:answers', args=[checkpoint.event_id, result.attendee.code])}?checkpoint={checkpoint.pk}"


def earlier_of(result: ScanResult, checkpoint: Checkpoint) -> dict[str, str] | None:
    """When and by whom the first entry was recorded, in the event's time."""
    if result.earlier is None:
        return None
    at, zone, by = result.earlier.scanned_at, checkpoint.event.time_zone, result.earlier.by
    words = {"time": show_time(at, zone), "by": str(by) if by else _("somebody")}
    return {"at": show_datetime(at, zone), "time": words["time"], "by": words["by"], "text": _("%(time)s, by %(by)s") % words}


@at_the_door
@require_safe
@never_cache
def search(request: HttpRequest, event_id: int) -> HttpResponse:
    """The rows of the search alone, for the page that is open already."""
    checkpoint = door(request, event_id, whole_number(request.GET.get("checkpoint")))
    limits.hit("checkin.device", f"{staff_of(request).pk}:search")
    query = request.GET.get("q", "")
    context = {
        "event": checkpoint.event,
        "checkpoint": checkpoint,
        "query": query,
        "found": find(checkpoint, query),
        "fresh_id": uuid.uuid4(),
    }
    return render(request, "attendees/staff/_found.html", context)


@at_the_door
@require_POST
def undo(request: HttpRequest, event_id: int) -> HttpResponse:
    checkpoint = door(request, event_id)
    limits.hit("checkin.device", f"{staff_of(request).pk}:undo")
    scan_id = body_of(request).get("scan", "")
    row = CheckIn.objects.filter(event=checkpoint.event, scan_id=as_uuid(scan_id)).first()
    if row is None:
        raise Http404
    undone = service.undo(row, by=staff_of(request), reason=str(body_of(request).get("reason", ""))[:500])
    name, note = str(undone.attendee.full_name if undone.attendee else ""), money_stays(undone)
    if request.content_type == "application/json":
        return JsonResponse({"status": "undone", "label": _("Check-in undone"), "name": name, "note": note})
    messages.success(request, " ".join(filter(None, (_("Check-in undone"), f"({name}).", note))))
    return redirect("staff:check-in", event_id=event_id)


def money_stays(undone: CheckIn) -> str:
    """Money that was taken with a scan is not given back by undoing it, and staff are told so."""
    payment = payment_of(undone)
    if payment is None:
        return ""
    return _("%(amount)s stays noted as paid. It is given back at the desk.") % {"amount": show_money(payment.amount, payment.currency)}


def as_uuid(text: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        raise Http404 from None


@at_the_door
@never_cache
def walk_in(request: HttpRequest, event_id: int) -> HttpResponse:
    """Register somebody at the door and check them in, in one act."""
    checkpoint = door(request, event_id)
    form = WalkInForm(request.POST or None, event=checkpoint.event)
    if request.method == "POST" and form.is_valid():
        try:
            result = register_at_door(request, checkpoint, form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal.message))
            return render(request, "attendees/staff/walk_in.html", {"event": checkpoint.event, "form": form}, status=refusal.status)
        context = page_context(request, checkpoint, result=answer_of(result, checkpoint, staff_of(request)), state=state_of(result))
        return render(request, "attendees/staff/check_in.html", context)
    return render(request, "attendees/staff/walk_in.html", {"event": checkpoint.event, "form": form}, status=422 if form.is_bound else 200)


def register_at_door(request: HttpRequest, checkpoint: Checkpoint, data: dict[str, Any]) -> ScanResult:
    staff = staff_of(request)
    limits.hit("checkin.device", f"{staff.pk}:{checkpoint.pk}")
    person = Person(first_name=data["first_name"], last_name=data["last_name"], email=data["email"] or None)
    kind = data["attendee_type"]
    return service.walk_in(checkpoint=checkpoint, attendee_type=kind, person=person, scan_id=data["scan_id"], by=staff)


@at_the_door
@require_safe
@never_cache
def photo(request: HttpRequest, event_id: int, attendee_id: int) -> HttpResponseBase:
    """Is this the person of the badge? For whoever may check in here."""
    checkpoint = door(request, event_id)
    return picture(checkpoint.event.attendees.filter(pk=attendee_id).values_list("photo", flat=True).first() or "")


@at_the_door
@require_POST
def frame(request: HttpRequest, event_id: int) -> JsonResponse:
    """Read one camera frame where the browser can't: the picture is looked at and forgotten."""
    door(request, event_id)
    limits.hit("checkin.device", f"{staff_of(request).pk}:frame")
    if len(request.body) > FRAME_AT_MOST:
        return JsonResponse({"code": "too_large", "message": _("The picture is too large.")}, status=422)
    return JsonResponse({"text": read_qr(request.body)})
