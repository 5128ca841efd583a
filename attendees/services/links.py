"""Personal links: they open one registration, never an account."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from attendees.models import Attendee, AttendeeToken, Purpose
from netevent.core import tokens


def personal_token(attendee: Attendee, *, asked_for: bool = False) -> str:
    """A token for the personal page: the one that lives until after the event, or a short-lived one that somebody asked for.

    The same token is derived again as long as its row is valid, so a second mail shows the same link.
    """
    until = timezone.now() if asked_for else max(attendee.event.until, timezone.now())
    until += timedelta(hours=settings.PERSONAL_LINK_HOURS)
    return live_token(attendee, Purpose.PERSONAL, until, reuse=not asked_for)


def live_token(attendee: Attendee, purpose: Purpose, expires_at: object, *, reuse: bool = True) -> str:
    known = attendee.tokens.valid().filter(purpose=purpose).order_by("-expires_at").first() if reuse else None
    if known is not None and (token := known.token):
        return token
    nonce = tokens.new_nonce()
    token = tokens.derive(purpose, nonce)
    AttendeeToken.objects.create(attendee=attendee, purpose=purpose, nonce=nonce, digest=tokens.digest(token), expires_at=expires_at)
    return token


def attendee_by_token(token: str, purpose: Purpose = Purpose.PERSONAL) -> Attendee | None:
    """Whose link is this? None for one that is unknown, over or revoked. Opening it proves that the mail was read."""
    row = AttendeeToken.objects.valid().filter(digest=tokens.digest(token), purpose=purpose).select_related("attendee__event").first()
    return row.attendee if row else None


def prove_address(attendee: Attendee) -> None:
    """The link that went to the address came back: the address is theirs."""
    if attendee.email_proved_at is None:
        attendee.email_proved_at = timezone.now()
        Attendee.objects.filter(pk=attendee.pk, email_proved_at__isnull=True).update(email_proved_at=attendee.email_proved_at)
