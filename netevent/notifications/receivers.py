"""What the outbox hears from accounts: whom to write to; and the links of such mails, and of those to the desk, when they are rendered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from django.dispatch import receiver
from django.urls import NoReverseMatch, reverse

from netevent.accounts import links
from netevent.accounts.models import User
from netevent.accounts.signals import account_mail
from netevent.core.signals import Finding, Part, doctor_checks, readiness
from netevent.notifications import health
from netevent.notifications.models import Message
from netevent.notifications.services import queue_message
from netevent.notifications.signals import rendering


@receiver(account_mail, dispatch_uid="notifications.account_mail")
def queue_account_mail(
    template: str,
    address: str,
    user: User | None,
    about: str,
    version: object,
    language: str,
    context: dict[str, Any],
    **_kwargs: Any,
) -> None:
    """To the address that was asked about, which need not be the account's own yet."""
    receiver_id = user.pk if user else 0
    queue_message(
        template,
        about=about,
        receiver=receiver_id,
        version=version,
        to_user=user,
        to_address=address,
        language=language,
        context=context,
    )


def confirm_parts(message: Message) -> dict[str, Any]:
    waiting = EmailAddress.objects.filter(pk=message.context.get("email_address"), email=message.to_address, verified=False)
    address = waiting.first()
    return {"confirm_link": links.confirm_url(address)} if address else {"drop": "nothing_to_prove"}


def password_parts(message: Message) -> dict[str, Any]:
    """Only to the address that the account has now: one given up meanwhile opens nothing any more."""
    user = message.to_user
    if user is None or not user.is_active or user.email != message.to_address:
        return {"drop": "account_changed"}
    return {"reset_link": links.password_url(user)}


def desk_link(about: str = "") -> str:
    """The desk, at the row a message is about where it has a page there."""
    kind, _separator, pk = about.partition(":")
    try:
        path = reverse(f"admin:{kind.replace('.', '_')}_change", args=[pk])
    except NoReverseMatch:
        path = reverse("admin:index")
    return links.absolute(path)


def organiser_request_parts(message: Message) -> dict[str, Any]:
    person = User.objects.filter(pk=message.context.get("asked_by")).first()
    facts = {"person_name": person.get_full_name() or person.username, "person_email": person.email or ""} if person else {}
    return {"desk_link": desk_link(message.about), **facts}


PARTS: dict[str, Callable[[Message], dict[str, Any]]] = {
    "account_confirm": confirm_parts,
    "account_password": password_parts,
    "account_unknown": lambda _message: {"signup_link": links.sign_up_url()},
    "organiser_requested": organiser_request_parts,
    "organiser_granted": lambda _message: {"desk_link": desk_link()},
    "account_exists": lambda _message: {"reset_link": links.password_request_url()},
}


@receiver(rendering, dispatch_uid="notifications.account_parts")
def account_parts(message: Message, **_kwargs: Any) -> dict[str, Any] | None:
    parts = PARTS.get(message.template)
    return parts(message) if parts else None


@receiver(readiness, dispatch_uid="notifications.readiness")
def report_to_probe(**_kwargs: Any) -> Part:
    return health.part()


@receiver(doctor_checks, dispatch_uid="notifications.doctor_checks")
def report_to_doctor(**_kwargs: Any) -> list[Finding]:
    return list(health.findings())
