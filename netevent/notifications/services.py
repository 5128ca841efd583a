"""Write a message with its fact; send what is due."""

from __future__ import annotations

import logging
import math
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from netevent.accounts.models import User
from netevent.core.courtesy import Pace
from netevent.core.doorbell import ring_after_commit
from netevent.core.errors import DomainError
from netevent.notifications.models import Message
from netevent.notifications.rendering import Dropped, render
from netevent.notifications.transport import NotSent, Postman

logger = logging.getLogger(__name__)

BATCH = 50
# Messages of a batch are begun within START_WITHIN of its claim and the rest given back: what is being sent then still has the difference,
# many times a socket's time-out, before another worker may take it for lost.
START_WITHIN = 60.0
LEASE = timedelta(seconds=300)
RUN_SECONDS = 240.0
RING = "notifications.deliver_due"
RING_DELAY = 0.5  # one wake-up for all registrations of half a second
SECRET_WORDS = ("token", "password", "secret", "link", "url")


def outgoing(
    template: str,
    *,
    about: str,
    receiver: object,
    version: object,
    to_user: User | None = None,
    to_address: str | None = "",
    language: str = "",
    context: dict[str, Any] | None = None,
    scope: str = "",
    channel: str = Message.Channel.EMAIL,
) -> Message:
    """An unsaved message for `queue_messages`.

    Raises:
        ValueError: the key would hold an address, or the context a token or link (receivers of `rendering` supply those).
    """
    key = f"{template}:{about}:{receiver}:{version}"
    if "@" in key:
        raise ValueError(f"The key of a message is made from ids, never from an address ({template}).")
    if secret := next((name for name in context or {} if any(word in name.lower() for word in SECRET_WORDS)), None):
        raise ValueError(f"{secret!r} is made while a message is sent, never stored ({template}).")
    message = Message(key=key, template=template, channel=channel, language=language, to_user=to_user, to_address=to_address or None)
    message.context, message.scope, message.about = context or {}, scope, about
    if to_user is None and not to_address:
        message.state, message.error = Message.State.DROPPED, "no_address"
    return message


def queue_message(template: str, **facts: Any) -> Message | None:
    """Write a message in the caller's transaction; it is sent after the commit, or never when there is none.

    Takes the arguments of `outgoing`. Costs one statement. None when a message with the same key (template, object, person, version)
    exists already.
    """
    message = outgoing(template, **facts)
    written = queue_messages([message])
    return message if written else None


def queue_messages(messages: Sequence[Message]) -> int:
    """The same for many: one statement for each 500, one ring for all. Answers how many were new."""
    written = Message.objects.insert_new(messages)
    for message in messages:
        if message.key in written:
            message.pk, message._state.adding = written[message.key], False
    if written:
        ring_after_commit(RING, delay=RING_DELAY)
    return len(written)


def deliver_due(*, batch: int = BATCH, seconds: float = RUN_SECONDS) -> Counter[str]:
    """Send all that is due, over one connection a batch; how many ended in which state.

    Any number of workers may call it at once: each message is sent by one. When the mail server is away it stops, and when its time is
    over it rings for the next.
    """
    tally: Counter[str] = Counter()
    until = time.monotonic() + seconds
    while claimed := Message.objects.claim(batch, LEASE):
        if not deliver_batch(claimed, tally):
            break
        if time.monotonic() > until:
            ring_after_commit(RING)
            break
    if tally[Message.State.WAITING]:
        ring_for_next_rung()
    return tally


def ring_for_next_rung() -> None:
    """The ladder's first rung is shorter than the sweep's minute."""
    now = timezone.now()
    soon = Message.objects.filter(state=Message.State.WAITING, due_at__gt=now, due_at__lt=now + timedelta(seconds=60))
    if first := soon.order_by("due_at").values_list("due_at", flat=True).first():
        ring_after_commit(RING, countdown=math.ceil((first - now).total_seconds()))


def deliver_batch(messages: Iterable[Message], tally: Counter[str]) -> bool:
    """Send claimed messages in turn; False when nobody took mail, which puts off the rest of them too."""
    until, away, pace = time.monotonic() + START_WITHIN, None, Pace()
    with Postman() as postman:
        for message in messages:
            pace.breathe()
            if away is not None:
                tally[put_off(message, away)] += 1
            elif time.monotonic() > until:
                give_back(message)
            else:
                state, away = deliver(message, postman)
                tally[state] += 1
    return away is None


def deliver(message: Message, postman: Postman) -> tuple[str, NotSent | None]:
    """Send one claimed message and note how it went. Nothing that is wrong with it reaches the next one."""
    if message.attempt > len(settings.EMAIL_RETRY_SECONDS) + 1:  # whoever sent it died each time
        return finish(message, Message.State.FAILED, "sender_lost"), None
    try:
        postman.send(render(message))
    except Dropped as reason:
        return finish(message, Message.State.DROPPED, reason.reason), None
    except NotSent as failure:
        return put_off(message, failure), failure if failure.away else None
    except Exception as error:  # a template or a receiver is broken: this message waits for its repair, the others go
        log_rendering(message, error)
        return put_off(message, NotSent("rendering", type(error).__name__)), None
    return finish(message, Message.State.SENT), None


def log_rendering(message: Message, error: Exception) -> None:
    """Where it broke. Not what it said: an error's text may quote the link that was being made."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    facts = {"key": message.key, "error": type(error).__name__, "where": f"{where.filename}:{where.lineno}"}
    logger.error("a message could not be rendered: %(key)s, %(error)s at %(where)s", facts, extra=facts)


def put_off(message: Message, failure: NotSent) -> str:
    """Wait for the next rung of the ladder; failed when refused for good or when the ladder is at its end."""
    ladder = settings.EMAIL_RETRY_SECONDS
    if failure.permanent or message.attempt > len(ladder):
        return finish(message, Message.State.FAILED, failure.error)
    due = timezone.now() + timedelta(seconds=ladder[message.attempt - 1])
    return finish(message, Message.State.WAITING, failure.error, due_at=due)


def give_back(message: Message) -> None:
    """Claimed but not begun in time: as if it had not been taken."""
    finish(message, Message.State.WAITING, message.error, attempt=message.attempt - 1)


def finish(message: Message, state: str, error: str = "", **more: Any) -> str:
    """Note the end of one try, if the message is still mine: a sender that was taken for dead changes nothing any more."""
    sent_at = timezone.now() if state == Message.State.SENT else None
    mine = Message.objects.filter(pk=message.pk, claim=message.claim, state=Message.State.SENDING)
    mine.update(state=state, error=error[:300], claim=None, lease_until=None, sent_at=sent_at, updated_at=timezone.now(), **more)
    if state == Message.State.FAILED:
        logger.warning("a message was given up: %s, %s", message.key, error)
    return str(state)


@transaction.atomic
def send_again(message: Message) -> None:
    """Give a failed message the whole ladder again.

    Raises:
        DomainError: `not_failed` when it waits, is being sent, or was sent.
    """
    failed = Message.objects.filter(pk=message.pk, state__in=(Message.State.FAILED, Message.State.HELD))
    if not failed.update(state=Message.State.WAITING, attempt=0, due_at=timezone.now(), error="", updated_at=timezone.now()):
        raise DomainError("not_failed", _("Only a message that failed or is held can be sent again."))
    ring_after_commit(RING)


def drop_message(message: Message, reason: str = "dropped_by_staff") -> None:
    """Never send it.

    Raises:
        DomainError: `already_sent` when it was sent or is being sent.
    """
    open_ = Message.objects.filter(pk=message.pk, state__in=(Message.State.HELD, Message.State.WAITING, Message.State.FAILED))
    if not open_.update(state=Message.State.DROPPED, error=reason, updated_at=timezone.now()):
        raise DomainError("already_sent", _("This message was sent already."))
