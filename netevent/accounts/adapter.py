"""allauth, in the house's ways: our limits, our outbox, our addresses, one normalised form of every name."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from netevent.accounts import door, services
from netevent.accounts.models import User, normalise_username
from netevent.accounts.selectors import STAGE_TWO, find_by_sign_in_name
from netevent.core import limits
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_email

MISMATCH = _("This name and this password don't belong together.")
# allauth's message templates that would only say what the page already shows.
SILENT = frozenset({"account/messages/logged_in.txt", "account/messages/logged_out.txt"})
MAILS = {
    "account/email/account_already_exists": "account_exists",
    "account/email/unknown_account": "account_unknown",
    "account/email/password_reset_key": "account_password",
}


class ProvedAddressStage(EmailVerificationStage):
    """Sign-in waits until the account's address is proved. People known by username alone have none to prove."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if self.login.user and not self.login.user.email:
            return None, True
        return super().handle()


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": MISMATCH,
        "username_password_mismatch": MISMATCH,
        "username_taken": _("This username is taken. Please choose another."),
    }

    # --- Signing in ---
    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Check name and password; only failures count towards the limits.

        Raises:
            TooOften: too many failures for this account or from this address; the password isn't even looked at.
        """
        name = str(credentials.get("username") or credentials.get("email") or "")
        account = door.account_key(name, find_by_sign_in_name(name))
        checked = super().authenticate
        return door.guess(request, account, lambda: checked(request, **credentials))

    def get_login_stages(self) -> list[str]:
        ours = f"{ProvedAddressStage.__module__}.{ProvedAddressStage.__qualname__}"
        return [ours if stage.endswith(".EmailVerificationStage") else stage for stage in super().get_login_stages()]

    def get_client_ip(self, request: HttpRequest) -> str:
        return limits.client_address(request)

    def is_ajax(self, request: HttpRequest) -> bool:
        """These pages answer with pages; programs use the API."""
        return False

    # --- Where people go ---
    def is_safe_url(self, url: str | None) -> bool:
        """Only addresses of our own: a path, or one below BASE_URL or the host that was asked."""
        hosts = {urlsplit(settings.BASE_URL).netloc, self.request.get_host()}
        return url_has_allowed_host_and_scheme(url, allowed_hosts=hosts)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **how: Any) -> HttpResponse:
        """Who left between the two stages of signing up goes on with the second, and from there to where they were going."""
        assert isinstance(user, User)
        answer: HttpResponse = super().post_login(request, user, **how)
        if not isinstance(answer, HttpResponseRedirect) or not services.stage_two_waits(user):
            return answer
        return HttpResponseRedirect(f"{STAGE_TWO}?{urlencode({'next': answer.url})}")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    # --- Names ---
    def generate_unique_username(self, txts: list[str | None], regex: str | None = None) -> str:
        return User.objects.free_username(next((text for text in txts if text and "@" in text), "") or "user")

    def clean_username(self, username: str, shallow: bool = False) -> str:
        return super().clean_username(normalise_username(username), shallow)

    def clean_email(self, email: str) -> str:
        """In its one form, and still an address in that form: some letters fall apart into signs."""
        normal = normalise_email(email)
        validate_email(normal)
        return normal

    # --- Passwords ---
    def save_user(self, request: HttpRequest, user: AbstractBaseUser, form: BaseForm, commit: bool = True) -> AbstractBaseUser:
        """A new account; its password was hashed while the form was checked, for a known address too (see SignupForm)."""
        assert isinstance(user, User)
        user.email = form.cleaned_data["email"]
        user.username = form.cleaned_data.get("username") or ""
        user.password = form.hashed_password  # type: ignore[attr-defined]
        user.language = get_language() or ""
        self.populate_username(request, user)
        if commit:
            user.save()
            services.begin_profile(user)
        return user

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        assert isinstance(user, User)
        services.set_own_password(user, password)

    # --- Addresses ---
    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Prove an address, taking it from whoever typed it before without proof. False when somebody else proved it first."""
        with suppress(IntegrityError), transaction.atomic():  # broken when somebody proves it in this very moment
            with suppress(DomainError):
                services.release_unproved(email_address.email, keeper=email_address.user_id)
            return bool(super().confirm_email(request, email_address))
        return False

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: EmailAddress, signup: bool) -> bool:
        """Signing up was counted by its page; signing in with an unproved address sends the link again, within the limits."""
        return signup or door.may_mail(request, email_address.email)

    # --- Mail: through the outbox, without links ---
    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        address: EmailAddress = emailconfirmation.email_address
        services.send_account_mail(
            "account_confirm",
            address=address.email,
            user=address.user,
            about=f"account.emailaddress:{address.pk}",
            language=get_language() or "",
            email_address=address.pk,
        )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every other mail of allauth's: only its name and whom it goes to are kept; the rest is made while it is rendered."""
        user = context.get("user") or User.objects.filter(email=normalise_email(email)).first()
        services.send_account_mail(MAILS[template_prefix], address=email, user=user, language=get_language() or "")

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any) -> None:
        if message_template not in SILENT:
            super().add_message(request, level, message_template, *args, **kwargs)
