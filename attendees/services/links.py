"""Personal links: they open one registration, never an account."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from attendees.models import Attendee, AttendeeToken, Purpose
from attendees.services.registration import message_to
from netevent.accounts.models import User
from netevent.accounts.services import has_proved
from netevent.core import tokens
from netevent.core.fields import normalise_email
from netevent.notifications.services import queue_messages

MOST_LINKS = 50  # registrations an address is written about at once


def personal_token(attendee: Attendee, *, asked_for: bool = False) -> str:
    """A token for the personal page: the one that lives until after the event, or a short-lived one that somebody asked for.

    The same token is derived again as long as its row is valid, so a second mail shows the same link.
    """
    until = timezone.now() if asked_for else max(attendee.event.until, timezone.now())
    until += timedelta(hours=settings.PERSONAL_LINK_HOURS)
    return live_token(attendee, Purpose.PERSONAL, until, reuse=not asked_for)


def live_token(attendee: Attendee, purpose: Purpose, expires_at: datetime | None, *, reuse: bool = True) -> str:
    known = attendee.tokens.valid().filter(purpose=purpose).order_by("-expires_at").first() if reuse else None
    if known is not None and (token := known.token):
        return token
    nonce = tokens.new_nonce()
    token = tokens.derive(purpose, nonce)
    AttendeeToken.objects.create(attendee=attendee, purpose=purpose, nonce=nonce, digest=tokens.digest(token), expires_at=expires_at)
    return token


def link_by_token(token: str, purpose: Purpose = Purpose.PERSONAL) -> AttendeeToken | None:
    """The link with its attendee; None for one that is unknown, over or revoked, or whose person is gone."""
    rows = AttendeeToken.objects.valid().filter(digest=tokens.digest(token), purpose=purpose, attendee__erased_at__isnull=True)
    return rows.select_related("attendee__event").first()


def attendee_by_token(token: str, purpose: Purpose = Purpose.PERSONAL) -> Attendee | None:
    """Whose link is this? Opening it proves that the mail was read."""
    row = link_by_token(token, purpose)
    return row.attendee if row else None


def prove_address(attendee: Attendee) -> None:
    """The link that went to the address came back: the address is theirs.

    The one thing that opening a link (a GET) writes: the link is the proof, whoever's program follows it; a second time changes nothing.
    """
    if attendee.email_proved_at is None:
        attendee.email_proved_at = timezone.now()
        Attendee.objects.filter(pk=attendee.pk, email_proved_at__isnull=True).update(email_proved_at=attendee.email_proved_at)


@transaction.atomic
def request_links(email: str) -> int:
    """Write to this address a link for each of its registrations whose event is not long over; how many there are.

    The links themselves are made when the mails are rendered.
    """
    since = timezone.now() - timedelta(hours=settings.PERSONAL_LINK_HOURS)
    rows = Attendee.objects.filter(email=email, erased_at__isnull=True).select_related("event").order_by("-event__starts_at")
    wanted = [row for row in rows[:MOST_LINKS] if row.event.is_public and row.event.until > since]
    version = tokens.new_nonce()
    return queue_messages([message_to(row, "personal_link", version) for row in wanted])


@transaction.atomic
def claim_for_owner(attendee: Attendee) -> None:
    """Link a registration whose link was opened to the account that has proved the same address, when there is one."""
    if attendee.user_id is not None or not attendee.email:
        return
    owner = User.objects.filter(email=attendee.email, is_active=True).first()
    if owner is not None and has_proved(owner):
        claim_registrations(owner, attendee.email)


@transaction.atomic
def claim_registrations(user: User, email: str) -> int:
    """Link the rows of a proved address to its user; where the user has a row at that event already, theirs stays. How many were linked."""
    taken = Attendee.objects.filter(user=user).values("event")
    rows = Attendee.objects.filter(email=normalise_email(email), user__isnull=True, erased_at__isnull=True).exclude(event__in=taken)
    now = timezone.now()
    rows.filter(email_proved_at__isnull=True).update(email_proved_at=now)
    return rows.update(user=user, updated_at=now)
