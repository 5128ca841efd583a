"""The account pages: allauth's, in the house's ways, and our own."""

from __future__ import annotations

import contextlib
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from allauth.account.internal.constants import LoginStageKey
from allauth.account.models import EmailConfirmationHMAC
from allauth.account.stages import LoginStageController
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic.edit import FormView

from netevent.accounts import door, languages, links, locale, selectors, services
from netevent.accounts.forms import ConfirmAddressForm, ProfileForm
from netevent.accounts.models import User
from netevent.core.errors import DomainError
from netevent.core.policies import policy

secret = method_decorator(sensitive_post_parameters("password", "password1", "password2", "oldpassword"), name="dispatch")
DOOR = "sign-in pages"
SIGNED_UP = "signed_up_with"
private = method_decorator(never_cache, name="dispatch")


# --- Signing in and up -----------------------------------------------------------------------------------------------------
class SignupView(allauth_views.SignupView):
    """The same answer for a new and a known address: look into your mail."""

    policy = DOOR

    def form_valid(self, form: Any) -> HttpResponse:
        key = form.cleaned_data["idempotency_key"]
        if self.request.session.get(SIGNED_UP) == key:  # the same form once more
            return redirect("account_email_verification_sent")
        door.refuse_mail_flood(self.request, form.cleaned_data["email"])
        answer = self.sign_up(form)
        self.request.session[SIGNED_UP] = key
        return answer

    def sign_up(self, form: Any) -> HttpResponse:
        try:
            with transaction.atomic():  # the account and the mail that tells of it, or neither
                return super().form_valid(form)
        except IntegrityError:  # somebody signed up with this address or username in this very moment: look again
            self._cached_form = None
            form = self.get_form()
        return super().form_valid(form) if form.is_valid() else self.form_invalid(form)


# --- Proving an address ----------------------------------------------------------------------------------------------------
@secret
@private
class ConfirmEmailView(allauth_views.ConfirmEmailView):
    """Opens from the mail. In the browser that signed up one button is enough.

    Elsewhere the password is asked for, or a new one chosen: else whoever signed up with somebody else's address would, once its
    owner pressed the button, hold an account in the owner's name.
    """

    policy = "token: prove an address"
    object: EmailConfirmationHMAC | None

    def get(self, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = EmailConfirmationHMAC.from_key(self.kwargs["key"])
        return self.page(status=200 if self.object else 404)

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = EmailConfirmationHMAC.from_key(self.kwargs["key"])
        if self.object is None:
            return self.page(status=404)
        user = self.object.email_address.user
        if self.is_known_here(user):
            with transaction.atomic():
                return super().post(*args, **kwargs)
        if "choose" in self.request.POST or not user.has_usable_password():
            return self.choose_password(user)
        form = self.form(self.request.POST)
        return self.sign_in(user) if form.is_valid() else self.page(status=422, form=form)

    def is_known_here(self, user: User) -> bool:
        """Whether this browser is the one that signed up, or where the person is signed in."""
        if self.request.user.is_authenticated:
            return self.request.user.pk == user.pk
        stage = LoginStageController.enter(self.request, LoginStageKey.VERIFY_EMAIL.value)
        return bool(stage and stage.login.user and stage.login.user.pk == user.pk)

    def form(self, data: Any = None) -> ConfirmAddressForm:
        assert self.object is not None
        return ConfirmAddressForm(data, request=self.request, user=self.object.email_address.user)

    @transaction.atomic
    def proved(self) -> bool:
        assert self.object is not None
        return bool(self.object.confirm(self.request))

    def sign_in(self, user: User) -> HttpResponse:
        if not self.proved():
            return self.page(status=409)
        self.logout_other_user(self.object)
        return perform_login(self.request, user, email=user.email)

    def choose_password(self, user: User) -> HttpResponse:
        """The address is proved, the password that came before is void at once, and a new one is chosen."""
        if not self.proved():
            return self.page(status=409)
        user.set_unusable_password()
        user.save(update_fields=["password", "updated_at"])
        self.logout_other_user(self.object)
        return redirect(links.password_path(user))

    def page(self, *, status: int, form: BaseForm | None = None) -> HttpResponse:
        asks = self.object is not None and not self.is_known_here(self.object.email_address.user)
        context = self.get_context_data(form=form or (self.form() if asks else None), asks_password=asks)
        return self.render_to_response(context, status=status)


# --- Passwords -------------------------------------------------------------------------------------------------------------
class PasswordResetView(allauth_views.PasswordResetView):
    policy = DOOR

    def form_valid(self, form: Any) -> HttpResponse:
        door.refuse_mail_flood(self.request, form.cleaned_data["email"])
        with transaction.atomic():
            return super().form_valid(form)


class PasswordResetFromKeyView(allauth_views.PasswordResetFromKeyView):
    """Opening the link signs nobody out; sending the form does, where somebody else was signed in."""

    policy = "token: choose a password"

    def logout(self) -> None:
        if self.request.method == "POST":
            super().logout()


class OntoTheirWay:
    """Who had to choose a password of their own goes on to where they were going; who wanted to goes back to their account."""

    policy = "signed-in"
    request: HttpRequest
    had_to = False

    def form_valid(self, form: Any) -> HttpResponse:
        self.had_to = form.user.must_change_password
        return super().form_valid(form)  # type: ignore[misc]

    def get_default_success_url(self) -> str:
        return reverse("start" if self.had_to else "account")


class PasswordChangeView(OntoTheirWay, allauth_views.PasswordChangeView):
    pass


class PasswordSetView(OntoTheirWay, allauth_views.PasswordSetView):
    pass


# --- The address -----------------------------------------------------------------------------------------------------------
@private
@method_decorator(login_required, name="dispatch")
class EmailView(allauth_views.EmailView):
    """The account's address, and a new one that waits for its proof."""

    policy = "signed-in"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self._did_send_verification_email = False
        return FormView.dispatch(self, request, *args, **kwargs)  # allauth's own writes rows on a GET

    def form_valid(self, form: Any) -> HttpResponse:
        door.refuse_mail_flood(self.request, form.cleaned_data["email"])
        with contextlib.suppress(IntegrityError), transaction.atomic():  # sent twice at once: the other one did it
            return super().form_valid(form)
        return redirect("account_email")

    def _action_send(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        door.refuse_mail_flood(request, request.POST["email"])
        return super()._action_send(request, *args, **kwargs)


# --- Our own ---------------------------------------------------------------------------------------------------------------
@policy("signed-in", methods=["GET"])
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """Where signing in leads: to the page this person most likely came for."""
    assert isinstance(request.user, User)
    return redirect(selectors.home_for(request.user))


@policy("signed-in", methods=["GET", "POST"])
@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    """Name, username and language of the account."""
    assert request.user.pk is not None
    person = User.objects.get(pk=request.user.pk)  # a copy: a refused form must not show its values as the person's
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=person)
    if request.method == "POST" and form.is_valid() and saved(form):
        messages.success(request, _("Saved."))
        return redirect("account")
    return render(request, "account/profile.html", {"form": form}, status=422 if request.method == "POST" else 200)


def saved(form: ProfileForm) -> bool:
    """False when somebody took the username between checking and saving; the form says so."""
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        form.add_error("username", _("This username is taken. Please choose another."))
        return False
    return True


@policy("public", methods=["POST"])
def set_language(request: HttpRequest) -> HttpResponse:
    """Read on in another language: in this browser, and, when signed in, wherever the person signs in."""
    code = request.POST.get("language", "").lower()
    if code not in languages.offered_codes():
        message = _("This language isn't offered.")
        raise DomainError("unknown_language", message, status=422, fields={"language": message})
    if request.user.is_authenticated:
        assert isinstance(request.user, User)
        services.prefer_language(request.user, code)
        request.session[locale.SESSION_KEY] = code
    response = HttpResponseRedirect(way_back(request))
    locale.remember(request, response, code)
    return response


def way_back(request: HttpRequest) -> str:
    """The page that was left, when it is ours; without its `?lang=`, which would win over the choice just made."""
    wanted = request.POST.get("next", "")
    if not wanted or not get_adapter(request).is_safe_url(wanted):
        return "/"
    parts = urlsplit(wanted)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != locale.PARAMETER]
    return urlunsplit(parts._replace(query=urlencode(query)))
