"""How a message to many reads for one of them, in the mail and in the look beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.dispatch import receiver
from django.utils import translation
from django.utils.html import linebreaks, urlize
from django.utils.safestring import mark_safe

from attendees.models import Attendee
from attendees.receivers import attendee_facts, event_facts, personal_link
from attendees.selectors import registrations
from attendees.services.mailing import TEMPLATE, filled, message_in, text_in
from netevent.notifications.models import Mailing, Message
from netevent.notifications.rendering import greeting_name, written
from netevent.notifications.signals import rendering

if TYPE_CHECKING:
    from django.core.mail import EmailMultiAlternatives

NO_LINK = f"{settings.BASE_URL}/attendee/personal/…"


@receiver(rendering)
def tell_mailing(message: Message, **kwargs: Any) -> dict[str, Any] | None:
    """The words of the mailing, with what belongs to this person put in."""
    if message.template != TEMPLATE:
        return None
    mailing = message.mailing
    attendee = registrations().filter(pk=message.about.rpartition(":")[2]).first()
    if mailing is None or attendee is None:
        return {"drop": "mailing_gone"}
    return words_for(mailing, message, attendee, link=personal_link(attendee, asked_for=False))


def words_for(mailing: Mailing, message: Message, attendee: Attendee, *, link: str) -> dict[str, Any]:
    """Subject and text, plain and as HTML. Whatever people wrote is text: nothing of it becomes markup but addresses, which can be followed."""
    _code, text = text_in(mailing, message.language)
    name = greeting_name(message, {"attendee": attendee_facts(attendee)})
    values = {"first_name": name, "event": attendee.event.name, "link": link}
    body = filled(text["text"], values)
    html = linebreaks(urlize(body, autoescape=True), autoescape=False)
    return {"subject": filled(text["subject"], values), "text": body, "html": mark_safe(html)}  # noqa: S308 -- escaped by urlize


def preview(mailing: Mailing, attendee: Attendee) -> EmailMultiAlternatives:
    """What this person would get; their link is not made, since whoever looks is somebody else."""
    message = message_in(mailing, attendee)
    with translation.override(message.language):
        facts: dict[str, Any] = {
            "event": event_facts(attendee.event),
            "attendee": attendee_facts(attendee),
            "base_url": settings.BASE_URL,
            "language": message.language,
            **words_for(mailing, message, attendee, link=NO_LINK),
        }
        facts["greeting_name"] = greeting_name(message, facts)
        return written(message, attendee.email or "nobody@example.org", {**facts, "attachments": [], "reply_to": "", "drop": ""})
