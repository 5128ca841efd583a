"""From a row to a mail: in the receiver's language, with links that exist in no table."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, engines
from django.utils import translation

from netevent.accounts import languages
from netevent.notifications.models import Message
from netevent.notifications.signals import rendering

SUBJECT_LENGTH = 200
EMPTY_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
# A stranger may register somebody else's address: a name that is an advertisement is left out of the greeting.
NOT_A_NAME = re.compile(r"://|www\.|[@<>]|\.[a-z]{2,}/", re.IGNORECASE)
GREETING_LENGTH = 60


class Dropped(Exception):  # noqa: N818 -- news, not an error
    """Not to be sent any more; `reason` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def language_of(message: Message) -> str:
    """The receiver's language: as asked for when the message was written, else the user's own, else the default."""
    known = {code for code, _name in settings.LANGUAGES}
    wishes = (message.language, message.to_user.language if message.to_user else "")
    return next((wish for wish in wishes if wish in known), None) or languages.default_code()


def render(message: Message) -> EmailMultiAlternatives:
    """The mail as it is sent.

    Raises:
        Dropped: nobody to send it to, or an app says that it is no longer true.
    """
    address = message.address
    if not address:
        raise Dropped("no_address")
    with translation.override(language_of(message)):
        parts = collected(message)
        if parts["drop"]:
            raise Dropped(str(parts["drop"]))
        return written(message, address, parts)


def collected(message: Message) -> dict[str, Any]:
    """What the row and the apps know, joined; `attachments`, `reply_to` and `drop` are always there."""
    context: dict[str, Any] = {**message.context, "base_url": settings.BASE_URL, "language": translation.get_language()}
    attachments: list[tuple[str, str, bytes]] = []
    for _receiver, answer in rendering.send(sender=Message, message=message):
        given: dict[str, Any] = answer if isinstance(answer, dict) else {}
        attachments += given.get("attachments", ())
        context |= given
    context["greeting_name"] = greeting_name(message, context)
    return {"reply_to": "", "drop": "", **context, "attachments": attachments}


def written(message: Message, address: str, parts: dict[str, Any]) -> EmailMultiAlternatives:
    subject, text, html = (part(message.template, name, parts) for name in ("subject.txt", "body.txt", "body.html"))
    mail = EmailMultiAlternatives(
        subject=one_line(subject),
        body=EMPTY_LINES.sub("\n\n", text.strip()) + "\n",
        to=[address],
        reply_to=[parts["reply_to"]] if parts["reply_to"] else None,
        headers={"Message-ID": message.header_id, "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(html, "text/html")
    for filename, mimetype, content in parts["attachments"]:
        mail.attach(filename, content, mimetype)
    return mail


def part(template: str, name: str, context: dict[str, Any]) -> str:
    """One file of a message. Text is not HTML: nothing in it is escaped, whatever its author forgot."""
    engine = engines["django"].engine  # type: ignore[attr-defined]
    return str(engine.get_template(f"emails/{template}/{name}").render(Context(context, autoescape=name.endswith(".html"))))


def one_line(subject: str) -> str:
    """A subject no name can break out of: control characters are gone and every kind of line break is a blank."""
    bare = "".join(" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in subject)
    return " ".join(bare.split())[:SUBJECT_LENGTH]


def greeting_name(message: Message, context: dict[str, Any]) -> str:
    """The first name to greet with; empty when none is known or what stands there is no name."""
    attendee = context.get("attendee") or {}
    name = attendee.get("first_name") or context.get("first_name") or (message.to_user.first_name if message.to_user else "")
    name = one_line(str(name))
    return "" if len(name) > GREETING_LENGTH or NOT_A_NAME.search(name) else name
