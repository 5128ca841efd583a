"""A registration's e-mail: it changes when whoever reads the new one says so, and the old one is told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, EmailChange, Purpose
from attendees.models.desk import EMAIL_CHANGE_PURPOSE
from attendees.services.links import claim_for_owner
from attendees.services.registration import queue_to
from netevent.core import tokens
from netevent.core.errors import DomainError
from netevent.notifications.services import outgoing, queue_messages

if TYPE_CHECKING:
    from netevent.accounts.models import User

VALID_FOR = timedelta(hours=48)


def has_own_address(attendee: Attendee) -> bool:
    """Whether the address can be changed here: that of an account is changed there, and its registrations follow."""
    return attendee.user_id is None and bool(attendee.email) and attendee.is_active


@transaction.atomic
def ask_new_address(attendee: Attendee, email: str) -> EmailChange:
    """Send a link to the new address, and word of it to the old one. Nothing changes before the link is used; an earlier one ends.

    The answer is the same whether or not somebody else has the new address.

    Raises:
        DomainError: `account_address`.
    """
    if not has_own_address(attendee):
        raise DomainError("account_address", _("This registration belongs to an account. Please change the address there."))
    take_back(attendee)
    nonce = tokens.new_nonce()
    digest = tokens.digest(tokens.derive(EMAIL_CHANGE_PURPOSE, nonce))
    change = EmailChange.objects.create(attendee=attendee, email=email, nonce=nonce, digest=digest, expires_at=timezone.now() + VALID_FOR)
    write(attendee, "email_change", change, email)
    queue_to(attendee, "email_change_asked", change.pk)
    return change


def write(attendee: Attendee, template: str, change: EmailChange, address: str | None) -> None:
    """To an address that is not, or no longer, the registration's own."""
    message = outgoing(
        template,
        about=attendee.about,
        receiver=f"attendee:{attendee.pk}",
        version=change.pk,
        to_address=address,
        language=attendee.language,
        context={"change": change.pk},
        scope=f"event:{attendee.event_id}",
    )
    queue_messages([message])


def take_back(attendee: Attendee) -> bool:
    """The address stays as it is; links that were sent open nothing any more."""
    return bool(attendee.email_changes.open().update(revoked_at=timezone.now(), updated_at=timezone.now()))


def change_by_token(token: str) -> EmailChange | None:
    rows = EmailChange.objects.open().filter(digest=tokens.digest(token), attendee__erased_at__isnull=True)
    return rows.select_related("attendee__event").first()


def confirm_new_address(change: EmailChange) -> Attendee:
    """The link came back from the new address: the registration has it, proved. Links that went to the old one end.

    Raises:
        DomainError: `link_over`, or `not_possible` when another registration of this event has the address.
    """
    try:
        with transaction.atomic():
            return confirm_in_transaction(change)
    except IntegrityError as error:  # registered with it in this very moment
        raise not_possible() from error


def confirm_in_transaction(change: EmailChange) -> Attendee:
    if not EmailChange.objects.open().filter(pk=change.pk).update(used_at=timezone.now(), updated_at=timezone.now()):
        raise DomainError("link_over", _("This link is over. Please ask for a new one on your page."))
    attendee = Attendee.objects.select_for_update(of=("self",)).select_related("event").get(pk=change.attendee_id)
    if (
        attendee.user_id is not None
        or Attendee.objects.filter(event=attendee.event_id, email=change.email).exclude(pk=attendee.pk).exists()
    ):
        raise not_possible()
    write(attendee, "email_changed", change, attendee.email)
    give_address(attendee, change.email)
    claim_for_owner(attendee)
    return attendee


def give_address(attendee: Attendee, email: str) -> None:
    """A proved address. Links that went to the one before open nothing any more."""
    attendee.tokens.filter(purpose=Purpose.PERSONAL, revoked_at__isnull=True).update(revoked_at=timezone.now())
    attendee.email, attendee.email_proved_at = email, timezone.now()
    attendee.save(update_fields=["email", "email_proved_at", "updated_at"])


def not_possible() -> DomainError:
    return DomainError("not_possible", _("This address can't be used for this registration. Please ask the organiser."))


@transaction.atomic
def follow_account(user: User, email: str) -> int:
    """An account has a new proved address: its registrations at events to come have it too, but where another one holds it. How many."""
    rows = Attendee.objects.filter(user=user, erased_at__isnull=True, event__starts_at__gt=timezone.now()).exclude(email=email)
    taken = set(Attendee.objects.filter(email=email).values_list("event", flat=True)) if rows.exists() else set()
    followed = [row for row in rows if row.event_id not in taken]
    for row in followed:
        give_address(row, email)
    return len(followed)
