"""What people type at the account pages, made clean."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from netevent.accounts import door, languages, services
from netevent.accounts.models import User, normalise_username
from netevent.core.tokens import digest

LONGEST_PASSWORD = 1024
# One sentence in place of a list of rules; what a rule refuses is said beside the field.
PASSWORD_HELP = _("At least ten characters. A few words that only you would put together are easy to keep.")


def also_named(data: QueryDict | None, field: str, *others: str) -> QueryDict | None:
    """The same data with `field` taken from another name when it is missing: programs name it as the data is named."""
    spare = next((other for other in others if data and other in data), None)
    if data is None or field in data or spare is None:
        return data
    renamed = data.copy()
    renamed.setlist(field, data.getlist(spare))
    return renamed


class KeyField(forms.CharField):
    """A hidden key of the form as it was shown: sent twice, it does its thing once."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=64, widget=forms.HiddenInput, initial=lambda: uuid.uuid4().hex)

    def clean(self, value: Any) -> str:
        """What a program leaves out is made, so it is never the key of another form."""
        return str(super().clean(value)) or uuid.uuid4().hex


class LoginForm(allauth_forms.LoginForm):
    """E-mail or username, in any case and Unicode form."""

    def __init__(self, data: QueryDict | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(also_named(data, "login", "email", "username"), *args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("E-mail or username")
        login.widget.attrs.update(autocomplete="username", autocapitalize="none", spellcheck="false")
        password.label = _("Password")
        password.help_text = ""
        self.fields["remember"].label = _("Stay signed in on this device")
        for field in (login, password):
            field.widget.attrs.pop("placeholder", None)

    def clean_login(self) -> str:
        return normalise_username(self.cleaned_data["login"])

    def user_credentials(self) -> dict[str, str]:
        login = self.cleaned_data["login"]
        return {"email" if "@" in login else "username": login, "password": self.cleaned_data.get("password", "")}


class SignupForm(allauth_forms.SignupForm):
    """Credentials: e-mail, a username for those who want one, one password."""

    hashed_password = ""

    def __init__(self, data: QueryDict | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(also_named(data, "password", "password1"), *args, **kwargs)
        password = self.fields["password"] = self.fields.pop("password1")
        email, username = self.fields["email"], self.fields["username"]
        email.label, username.label, password.label = _("E-mail"), _("Username (optional)"), _("Password")
        password.help_text = PASSWORD_HELP
        username.help_text = _("A second name to sign in with. Leave it empty and we make one.")
        username.widget.attrs.update(autocapitalize="none", spellcheck="false")
        self.order_fields(["email", "password", "username"])
        self.fields["idempotency_key"] = KeyField()
        for field in (email, username, password):
            field.widget.attrs.pop("placeholder", None)

    def clean(self) -> dict[str, Any]:
        """Hash the password here, for a known and a new address alike, so that the answer takes as long."""
        super().clean()
        password = self.cleaned_data.get("password")
        if password:
            self.check_password(password)
        if not self.errors:
            self.hashed_password = make_password(password)
        return self.cleaned_data

    def check_password(self, password: str) -> None:
        person = User(email=self.cleaned_data.get("email"), username=self.cleaned_data.get("username") or "")
        try:
            allauth_forms.get_adapter().clean_password(password, user=person)
        except ValidationError as refusal:
            self.add_error("password", refusal)


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    """Asks for a link. A known and an unknown address take the same queries and each get one mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")
        self.fields["email"].widget.attrs.pop("placeholder", None)
        self.fields["idempotency_key"] = KeyField()

    def clean_email(self) -> str:
        return str(allauth_forms.get_adapter().clean_email(self.cleaned_data["email"]))

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        user = User.objects.filter(email=email, is_active=True).first()
        template = "account_password" if user else "account_unknown"
        language, version = get_language() or "", digest(self.cleaned_data["idempotency_key"])
        services.send_account_mail(template, address=email, user=user, language=language, version=version)
        return email


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    """The old password can't be guessed here either: failures count for the account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Current password")
        self.fields["oldpassword"].help_text = ""
        name_new_password(self)

    def clean_oldpassword(self) -> str:
        password: str = self.cleaned_data["oldpassword"]
        request = allauth_forms.context.request
        if not door.guess(request, door.account_key("", self.user), lambda: self.user.check_password(password)):
            raise ValidationError(_("This isn't your current password."), code="enter_current_password")
        return password


class SetPasswordForm(allauth_forms.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_new_password(self)


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_new_password(self)


def name_new_password(form: forms.Form) -> None:
    form.fields["password1"].label = _("New password")
    form.fields["password1"].help_text = PASSWORD_HELP
    form.fields["password2"].label = _("New password, once more")
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class AddEmailForm(allauth_forms.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New e-mail")
        self.fields["email"].widget.attrs.pop("placeholder", None)


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.pop("placeholder", None)


class ConfirmAddressForm(forms.Form):
    """Asked in a browser that didn't sign up: the owner of the mailbox also knows the password, or chooses a new one."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        self.request, self.user = request, user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not door.guess(self.request, door.account_key("", self.user), lambda: self.user.check_password(password)):
            raise ValidationError(_("This isn't the password you chose when you signed up."), code="incorrect_password")
        return password


class ProfileForm(forms.ModelForm):
    """What a person is called, and in which language NetEvent writes to them."""

    language = forms.ChoiceField(label=_("Language of messages"), required=False)

    class Meta:
        model = User
        fields = ("first_name", "last_name", "username", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        self.fields["username"].widget.attrs.update(autocomplete="username", autocapitalize="none", spellcheck="false")
        self.fields["language"].choices = [("", _("As the page I am on")), *self.language_choices()]  # type: ignore[attr-defined]

    def language_choices(self) -> list[tuple[str, str]]:
        """What is offered, and the person's own choice even when it was switched off since."""
        offered = list(languages.offered())
        own = self.instance.language
        if own and own not in dict(offered):
            offered.append((own, own))
        return offered
