"""Links that open an account's doors. They are made from BASE_URL while a message is rendered, and kept nowhere."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from netevent.accounts.models import User


def absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def password_url(user: User) -> str:
    """A page to choose a password; ends with its first use, with a new address, and after PASSWORD_RESET_TIMEOUT."""
    return absolute(password_path(user))


def password_path(user: User) -> str:
    return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), default_token_generator.make_token(user)])


def confirm_url(address: EmailAddress) -> str:
    """A page to prove this address; ends with its first use and after ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS."""
    return absolute(reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key]))


def sign_up_url() -> str:
    return absolute(reverse("account_signup"))


def sign_in_url() -> str:
    return absolute(reverse("account_login"))


def password_request_url() -> str:
    return absolute(reverse("account_reset_password"))
