"""Registrations for programs: another door to the page's own services, with the same refusals and the same cents."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import gettext as _
from ninja import Router, Status

from attendees import selectors
from attendees.forms import RegistrationForm
from attendees.models import AskedWhen, Attendee, Question, QuestionKind
from attendees.money_fields import ways_to_pay
from attendees.schemas import FormOut, RegistrationIn, RegistrationOut, Said
from attendees.services.amounts import amounts_of
from attendees.services.answer_kinds import NO, YES, labels_of
from attendees.services.on_sale import published_event, types_on_sale
from attendees.services.registering import register_carefully
from attendees.services.registration import cancel_registration
from events.models import AttendeeType
from netevent.accounts.models import User
from netevent.core import limits
from netevent.core.currencies import rounded
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_code
from netevent.core.idempotency import for_request

router = Router(tags=["registrations"])


@router.post("/events/{code}/registrations", response={201: RegistrationOut}, summary="Register me")
def register(request: HttpRequest, code: str, data: RegistrationIn) -> Any:
    """A place for the signed-in person, or a spot on the waiting list.

    409 as on the page: `registration_closed`, `event_cancelled`, `already_registered`, `sold_out`, `full` (ask again with
    `accept_waiting_list`), `rejected`, `clash`. 422 names each field at fault. With `Idempotency-Key` it is done once.
    """
    limits.hit("register.ip", limits.client_address(request))
    form = checked(request, data, types_for(request, code, data.voucher.strip()[:20]))

    def act() -> tuple[int, dict[str, Any]]:
        return 201, told(register_carefully(form.wish(source="api")).attendee)

    return Status(*for_request(request, act)[:2])


@router.get("/events/{code}/registrations/form", response=FormOut, summary="What registering asks")
def asked(request: HttpRequest, code: str, voucher: str = "") -> dict[str, Any]:
    """Types with their prices, questions and consents, in the request's language; `voucher` shows what it opens. Refused as registering is."""
    types = types_for(request, code, voucher.strip()[:20])
    form = RegistrationForm(event=types[0].event, types=types, user=user_of(request))
    return {
        "types": [type_told(kind) for kind in types],
        "pays_by": [way for way, _label in ways_to_pay(form.event)] if any(kind.price for kind in types) else [],
        "takes_vouchers": "voucher" in form.fields,
        "questions": [question_told(question) for question in form.sheet.of(AskedWhen.REGISTRATION)],
        "consents": [{"purpose": text.purpose, "number": text.pk, "text": text.text, "required": text.is_required} for text in form.texts],
    }


@router.get("/events/{code}/registrations/me", response=RegistrationOut, summary="My registration")
def mine(request: HttpRequest, code: str) -> dict[str, Any]:
    """How it stands and what it costs. 404 for whoever has none at this event."""
    return told(own(request, code))


@router.delete("/events/{code}/registrations/me", response=RegistrationOut, summary="Cancel my registration")
def cancel(request: HttpRequest, code: str) -> Any:
    """Frees the place at once; what was paid goes back by the event's rule. Cancelling twice is harmless. 409 `too_late_to_cancel`."""
    attendee = own(request, code)

    def act() -> tuple[int, dict[str, Any]]:
        cancel_registration(attendee, by=user_of(request), source="api")
        attendee.refresh_from_db()
        return 200, told(attendee)

    return for_request(request, act)[1]


# --- Whose, and for what -------------------------------------------------------------------------------------------------------
def user_of(request: HttpRequest) -> User:
    return cast("User", request.user)


def own(request: HttpRequest, code: str) -> Attendee:
    """The signed-in person's, whatever became of event and registration since."""
    rows = selectors.registrations_of(request.user, {})
    found = next((row for row in rows if row.event.code == normalise_code(code)), None)
    if found is None:
        raise Http404
    return found


def types_for(request: HttpRequest, code: str, voucher: str) -> list[AttendeeType]:
    """What one may register as, with what a voucher opens.

    Raises:
        Http404: there is no such event to be seen.
        DomainError: `event_cancelled`, `registration_closed`.
    """
    types = types_on_sale(code, voucher=voucher, address=limits.client_address(request), to_show=False)
    if types and types[0].event.takes_registrations():
        return types
    if published_event(code).is_cancelled:
        raise DomainError("event_cancelled", _("This event was called off."))
    raise DomainError("registration_closed", _("Registration for this event is closed."))


# --- In ------------------------------------------------------------------------------------------------------------------------
def checked(request: HttpRequest, data: RegistrationIn, types: list[AttendeeType]) -> RegistrationForm:
    """What was sent, read by the page's own form.

    Raises:
        DomainError: `bad_input` with each field at fault, under the name it was sent by.
    """
    form = RegistrationForm(sent_as_form(data), event=types[0].event, types=types, user=user_of(request))
    form.address = limits.client_address(request)
    form.is_valid()
    faults = {name_of(field): str(texts[0]) for field, texts in form.errors.items()} | meaningless(data, form)
    if faults:
        message = faults.pop("__all__", None) or _("Some of this can't be used as it is.")
        raise DomainError("bad_input", message, status=422, fields=faults)
    return form


def sent_as_form(data: RegistrationIn) -> QueryDict:
    sent = QueryDict(mutable=True)
    plain = data.model_dump(exclude={"type", "answers", "consents", "accept_waiting_list"}, exclude_none=True)
    sent.update({name: str(value) for name, value in plain.items()})
    sent["attendee_type"] = data.type
    if data.accept_waiting_list:
        sent["accept_waiting_list"] = "on"
    for key, value in data.answers.items():
        sent.setlist(f"answer_{key}", words_of(value))
    for purpose, text in data.consents.items():
        sent[f"consent_{purpose}"] = str(text)
    return sent


def words_of(value: Said) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return [YES if value else NO]
    return value if isinstance(value, list) else [str(value)]


def name_of(field: str) -> str:
    for beginning, name in (("answer_", "answers."), ("consent_", "consents.")):
        if field.startswith(beginning):
            return f"{name}{field.removeprefix(beginning)}"
    return "type" if field == "attendee_type" else field


def meaningless(data: RegistrationIn, form: RegistrationForm) -> dict[str, str]:
    """What a page could not have sent: it is refused and not left out in silence."""
    asked = {question.key: question for question in form.sheet.of(AskedWhen.REGISTRATION)}
    purposes = {text.purpose for text in form.texts}
    files = {key for key, question in asked.items() if question.kind == QuestionKind.FILE}
    return {
        **{f"answers.{key}": _("There is no such question.") for key in data.answers if key not in asked},
        **{f"answers.{key}": _("Files can't be sent here. Please register on the page.") for key in data.answers if key in files},
        **{f"consents.{key}": _("Nobody asks for this consent.") for key in data.consents if key not in purposes},
        **({"voucher": _("We don't know this code.")} if data.voucher.strip() and "voucher" not in form.fields else {}),
    }


# --- Out -----------------------------------------------------------------------------------------------------------------------
def type_told(kind: AttendeeType) -> dict[str, str]:
    currency = kind.event.currency
    return {"code": kind.code, "name": kind.name, "price": str(rounded(kind.price, currency)), "currency": currency}


def question_told(question: Question) -> dict[str, Any]:
    return {
        "key": question.key,
        "label": question.label,
        "help": question.help_text or "",
        "kind": question.kind,
        "required": question.is_required,
        "choices": [{"key": key, "label": str(label)} for key, label in labels_of(question).items()],
        "types": [kind.code for kind in question.types.all()],
    }


def told(attendee: Attendee) -> dict[str, Any]:
    amounts = amounts_of(attendee)._asdict()
    return {
        "event": attendee.event.code,
        "code": attendee.code,
        "state": str(attendee.status),
        "position": selectors.queue_position(attendee),
        "type": attendee.attendee_type.code,
        "first_name": attendee.first_name,
        "last_name": attendee.last_name,
        **{name: str(rounded(amount, attendee.currency)) for name, amount in amounts.items()},
        "currency": attendee.currency,
        "due_at": attendee.due_at.isoformat() if attendee.due_at else None,
    }
