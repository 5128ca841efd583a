"""A message that an organiser writes to many attendees: chosen by type and state, in their languages, once to each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, Status
from attendees.models.attendee import ENDED
from attendees.services.registration import message_to
from events.models import Event
from events.permissions import Right, allowed
from netevent.core import limits
from netevent.core.errors import DomainError
from netevent.jobs.services import enqueue
from netevent.notifications.models import Mailing, Message
from netevent.notifications.services import queue_messages

if TYPE_CHECKING:
    from attendees.models import AttendeeQuerySet
    from netevent.accounts.models import User
    from netevent.jobs.models import Job

KIND = "attendees.mailing"
TEMPLATE = "mailing"
CHUNK = 500
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
PLACEHOLDERS = {"first_name": _("first name"), "event": _("name of the event"), "link": _("link to the person's own page")}
ACTIVE = tuple(str(state) for state in Status.values if state not in ENDED)
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
NOT_ALLOWED = _("Your role at this event does not include sending messages.")


def receivers(event: Event, choice: Mapping[str, Any]) -> AttendeeQuerySet:
    """Who is written to: people with an address, of these types and states (without any named: of all types, and whoever is registered)."""
    rows = Attendee.objects.filter(event=event, erased_at__isnull=True, email__isnull=False)
    rows = rows.filter(status__in=choice.get("states") or ACTIVE)
    if types := choice.get("types"):
        rows = rows.filter(attendee_type__in=types)
    if arrived := choice.get("arrived"):
        rows = rows.filter(first_entry_at__isnull=arrived == "no")
    return rows.order_by("pk")


def languages_of(event: Event, choice: Mapping[str, Any]) -> Counter[str]:
    """How many of them read which language."""
    return Counter(receivers(event, choice).order_by().values_list("language", flat=True))


def text_in(mailing: Mailing, language: str) -> tuple[str, Mapping[str, str]]:
    """The text for a reader of this language, and the language that it is in: theirs, else the first that was written."""
    code = language if language in mailing.texts else mailing.choice["language"]  # PostgreSQL keeps no order of keys
    return code, mailing.texts[code]


def subject_of(mailing: Mailing) -> str:
    return text_in(mailing, "")[1]["subject"]


def unknown_placeholders(text: str) -> list[str]:
    return sorted({name for name in PLACEHOLDER.findall(text) if name not in PLACEHOLDERS})


def filled(text: str, values: Mapping[str, str]) -> str:
    """Each placeholder once: what stands in a value is text, never a placeholder again."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


# --- From draft to outbox ----------------------------------------------------------------------------------------------------
def keep_draft(
    event: Event, by: User, *, texts: Mapping[str, Mapping[str, str]], choice: Mapping[str, Any], draft: Mailing | None = None
) -> Mailing:
    """Keep what was written, to be looked at before it is sent.

    Raises:
        DomainError: `not_allowed` (403), `no_text` (422), `already_sent`.
    """
    refuse_unless_allowed(by, event)
    if not texts:
        text = _("Please write the message in at least one language.")
        raise DomainError("no_text", text, status=422)
    written = {
        "by": by,
        "texts": {code: dict(text) for code, text in texts.items()},
        "choice": {
            "event": event.pk,
            "code": event.code,
            "language": next(iter(texts)),
            **{name: value for name, value in choice.items() if value},
        },
    }
    if draft is None:
        return Mailing.objects.create(scope=f"event:{event.pk}", **written)
    if not Mailing.objects.filter(pk=draft.pk, queued_at__isnull=True).update(**written, updated_at=timezone.now()):
        raise DomainError("already_sent", _("This message was sent already."))
    draft.refresh_from_db()
    return draft


def refuse_unless_allowed(user: User, event: Event) -> None:
    if not allowed(user, Right.MESSAGES, event):
        raise DomainError("not_allowed", NOT_ALLOWED, status=403)


def event_of(mailing: Mailing) -> Event:
    return Event.objects.get(pk=mailing.choice["event"])


def send_mailing(mailing: Mailing, by: User) -> Job | None:
    """Order the sending; of many who press at the same moment one does, and only what is ordered counts towards the limit. None for the rest.

    Raises:
        DomainError: `not_allowed` (403), `nobody` when nobody is left to write to.
        TooOften: `message.event`.
    """
    event = event_of(mailing)
    refuse_unless_allowed(by, event)
    if Mailing.objects.filter(pk=mailing.pk, queued_at__isnull=False).exists():
        return None
    number = receivers(event, mailing.choice).count()
    if not number:
        raise DomainError("nobody", _("Nobody fits: there is nobody to write to."))
    limits.hit("message.event", event.pk)
    with transaction.atomic():
        open_ = Mailing.objects.filter(pk=mailing.pk, queued_at__isnull=True)
        if not open_.update(queued_at=timezone.now(), count=number, by=by, updated_at=timezone.now()):
            return None
        return enqueue(KIND, params={"mailing": mailing.pk, "event": event.pk}, owner=by, scope=mailing.scope, key=f"mailing:{mailing.pk}")


def discard(mailing: Mailing, by: User) -> None:
    """Forget a draft.

    Raises:
        DomainError: `not_allowed` (403), `already_sent`.
    """
    refuse_unless_allowed(by, event_of(mailing))
    if not Mailing.objects.filter(pk=mailing.pk, queued_at__isnull=True).delete()[0]:
        raise DomainError("already_sent", _("This message was sent already."))


def queue_some(mailing: Mailing, event: Event, last: int) -> list[int]:
    """Write to the next few hundred after this row, in the caller's transaction; their keys. The same mailing reaches nobody twice."""
    people = list(receivers(event, mailing.choice).filter(pk__gt=last)[:CHUNK])
    queue_messages([message_in(mailing, person) for person in people])
    return [person.pk for person in people]


def message_in(mailing: Mailing, person: Attendee) -> Message:
    message = message_to(person, TEMPLATE, mailing.pk)
    message.mailing = mailing
    message.language = text_in(mailing, person.language)[0]  # the words around it are in the language of the text
    return message


def delivery_of(mailing: Mailing) -> dict[str, int]:
    """How many messages are in which state."""
    return dict(Counter(Message.objects.filter(mailing=mailing).order_by().values_list("state", flat=True)))
