"""How often may somebody knock: the limits of signing in and of asking for links.

They stand in front of allauth's own, which are switched off because they answer 200 or 400 instead of 429.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest

from netevent.accounts.models import User, normalise_username
from netevent.core import limits
from netevent.core.errors import TooOften
from netevent.core.fields import normalise_email

Answer = TypeVar("Answer")


def account_key(name: str, user: User | None) -> str:
    """One count for a person, however they write their name; an unknown name counts just the same, so the answer tells nothing."""
    return f"user:{user.pk}" if user else f"name:{normalise_username(name)}"


def guess(request: HttpRequest, account: str, check: Callable[[], Answer]) -> Answer:
    """Run a check of a password; only failures stay counted, so a venue full of people behind one address gets in.

    Counted before the check and given back after a success: tries made at the same moment can't slip through together.

    Raises:
        TooOften: too many failures for this account, or from this address; the password wasn't even looked at.
    """
    address = limits.client_address(request)
    limits.hit("login.account", account)
    limits.hit("login.ip", address)
    answer = check()
    if answer:
        limits.give_back("login.account", account)
        limits.give_back("login.ip", address)
    return answer


def forgive(user: User) -> None:
    """Somebody who chose a new password by mail may sign in with it at once."""
    limits.forget("login.account", account_key("", user))


def refuse_mail_flood(request: HttpRequest, email: str) -> None:
    """Count one request for a mail to this address, whether anybody has it or not.

    Raises:
        TooOften: the address got enough mails, or this visitor asked often enough.
    """
    limits.hit("link.ip", limits.client_address(request))
    limits.hit("link.address", normalise_email(email))


def may_mail(request: HttpRequest, email: str) -> bool:
    """The same for a mail that comes along with another act: left out quietly when it is too much, since an earlier one still holds."""
    try:
        refuse_mail_flood(request, email)
    except TooOften:
        return False
    return True
