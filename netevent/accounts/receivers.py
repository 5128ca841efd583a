"""What accounts hears from allauth, Django and its own rows."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, password_reset
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from netevent.accounts import checks, door, languages, locale, services
from netevent.accounts.models import Language, User
from netevent.accounts.signals import address_proved
from netevent.core.demo import Demo
from netevent.core.signals import Finding, Invariant, demo_parts, doctor_checks, invariants

post_save.connect(languages.forget, sender=Language, dispatch_uid="accounts.languages.saved")
post_delete.connect(languages.forget, sender=Language, dispatch_uid="accounts.languages.deleted")


@receiver(email_confirmed, dispatch_uid="accounts.email_confirmed")
def announce_proof(email_address: EmailAddress, **kwargs: Any) -> None:
    address_proved.send(sender=User, user=email_address.user, email=email_address.email)


@receiver(password_reset, dispatch_uid="accounts.password_reset")
def prove_by_reset(user: User, **kwargs: Any) -> None:
    """The link came by mail to the account's address: whoever used it has that mailbox."""
    door.forgive(user)
    if user.email and not services.has_proved(user):
        services.prove_address(user, user.email)


@receiver(user_logged_in, dispatch_uid="accounts.user_logged_in")
def bring_language(request: HttpRequest, user: User, **kwargs: Any) -> None:
    locale.carry_preference(request, user.language)


@receiver(demo_parts, dispatch_uid="accounts.demo")
def make_demo(demo: Demo, **kwargs: Any) -> None:
    from netevent.accounts.demo import make_people

    make_people(demo)


@receiver(doctor_checks, dispatch_uid="accounts.doctor_checks")
def report_to_doctor(**kwargs: Any) -> list[Finding]:
    return list(checks.findings())


@receiver(invariants, dispatch_uid="accounts.invariants")
def report_to_audit(**kwargs: Any) -> list[Invariant]:
    return list(checks.promises())
