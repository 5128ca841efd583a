"""What I say about myself: once for all events, at one event, and my photo."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import PurePosixPath
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from attendees.forms import ProfileForm
from attendees.models import Attendee
from attendees.people_forms import AboutMeForm, PhotoForm
from attendees.services.photos import Holder, delete_photo, set_photo
from attendees.services.profile import save_about_me, update_profile
from attendees.views.chosen import POLICY, ask_who, choose, mine, own_address, private, wanted_code
from attendees.views.public import SeeOther
from netevent.accounts.models import Profile, User
from netevent.accounts.services import profile_of, stage_two_waits
from netevent.core import limits
from netevent.core.errors import DomainError
from netevent.core.policies import policy


def about_me(*methods: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A page about the registration that the address names, else about the signed-in person, else about the one a link opened.

    The view is given the registration, or None for the account.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @policy(POLICY, methods=methods)
        @never_cache
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not wanted_code(request):
                return private(view(request, None, *args, **kwargs))
            rows = mine(request)
            if not rows and not request.user.is_authenticated:
                return ask_who(request)
            attendee = choose(request, rows)
            return private(view(request, attendee, *args, **kwargs)) if attendee else redirect("attendees:dashboard")

        return page

    return decorate


def person(request: HttpRequest) -> User:
    """A copy of the signed-in person: a refused form must not show its values as theirs."""
    assert request.user.pk is not None
    return User.objects.get(pk=request.user.pk)


# --- Profile ---------------------------------------------------------------------------------------------------------------
@about_me("GET", "POST")
@sensitive_post_parameters()
def profile(request: HttpRequest, attendee: Attendee | None) -> HttpResponse:
    """My data: at one event, or what begins every new registration."""
    return at_one_event(request, attendee) if attendee else of_account(request)


def at_one_event(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """The address is what is proved, and stays."""
    form = ProfileForm(request.POST or None, attendee=attendee)
    if form.is_valid():
        update_profile(attendee, **form.cleaned_data)
        messages.success(request, _("Your data is saved."))
        return SeeOther(own_address("dashboard", attendee))
    context = {"form": form, "attendee": attendee, "event": attendee.event, "back": own_address("dashboard", attendee)}
    return render(request, "attendees/profile.html", context, status=422 if form.is_bound else 200)


def of_account(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = AboutMeForm(request.POST if request.method == "POST" else None, user=user)
    if saved(form, user):
        messages.success(request, _("Your data is saved."))
        return SeeOther(reverse("attendees:profile"))
    context = {"form": form, "action": reverse("attendees:profile"), "photo": photo_address(request, None)}
    return render(request, "attendees/about_me.html", context, status=status_of(form))


def saved(form: AboutMeForm, user: User) -> bool:
    """False when it isn't to be kept yet: an interest was moved, or something is wrong."""
    if form.moved or not form.is_valid():
        return False
    save_about_me(user, form.interests, **form.cleaned_data)
    return True


def status_of(form: AboutMeForm) -> int:
    """Moving an interest only shows the page again, whatever else is still missing in it."""
    return 422 if form.is_bound and not form.moved else 200


# --- The second stage of signing up ----------------------------------------------------------------------------------------
@policy("signed-in", methods=["GET", "POST"])
@never_cache
@sensitive_post_parameters()
def stage_two(request: HttpRequest) -> HttpResponse:
    """Who signed up says who they are; who leaves is led here again at the next sign-in, until it is done."""
    user, onwards = person(request), way_on(request)
    if not stage_two_waits(user):
        return redirect(onwards)
    form = AboutMeForm(request.POST if request.method == "POST" else None, user=user)
    if saved(form, user):
        return SeeOther(onwards)
    context = {
        "form": form,
        "onwards": onwards,
        "action": request.get_full_path(),
        "steps": [_("Your account"), _("About you")],
        "state": "stage-two",
    }
    return render(request, "attendees/stage_two.html", context, status=status_of(form))


def way_on(request: HttpRequest) -> str:
    """Where the person was going, when that is ours."""
    wanted = request.GET.get("next", "")
    return wanted if wanted and get_adapter(request).is_safe_url(wanted) else reverse("start")


# --- Photo -----------------------------------------------------------------------------------------------------------------
@about_me("GET", "POST")
def photo(request: HttpRequest, attendee: Attendee | None) -> HttpResponse:
    """Choose a picture and the square of it that is kept, or take the photo away."""
    if request.method != "POST":
        return photo_page(request, PhotoForm(), attendee)
    holder: Holder = attendee or profile_of(person(request))
    if "delete" in request.POST:
        delete_photo(holder)
        messages.success(request, _("Your photo is gone."))
        return SeeOther(address_of("photo", attendee))
    limits.hit("upload.user", request.user.pk or f"attendee:{holder.pk}")
    return keep_photo(request, PhotoForm(request.POST, request.FILES), holder, attendee)


def keep_photo(request: HttpRequest, form: PhotoForm, holder: Holder, attendee: Attendee | None) -> HttpResponse:
    if not form.is_valid():
        return photo_page(request, form, attendee, status=422)
    try:
        set_photo(holder, form.cleaned_data["photo"].file, form.crop())
    except DomainError as refusal:
        form.add_error("photo", str(refusal.message))
        return photo_page(request, form, attendee, status=refusal.status)
    messages.success(request, _("Your photo is saved."))
    return SeeOther(address_of("photo", attendee))


def photo_page(request: HttpRequest, form: PhotoForm, attendee: Attendee | None, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "attendee": attendee,
        "event": attendee.event if attendee else None,
        "photo": photo_address(request, attendee),
        "action": address_of("photo", attendee),
        "back": own_address("dashboard", attendee) if attendee else reverse("attendees:profile"),
    }
    return render(request, "attendees/photo.html", context, status=status)


def address_of(name: str, attendee: Attendee | None) -> str:
    return own_address(name, attendee) if attendee else reverse(f"attendees:{name}")


def stored_name(request: HttpRequest, attendee: Attendee | None) -> str:
    """The file of this registration's photo, else of the account's; empty where there is none."""
    if attendee:
        return attendee.photo.name or ""
    return Profile.objects.filter(user=request.user.pk).values_list("photo", flat=True).first() or ""


def photo_address(request: HttpRequest, attendee: Attendee | None) -> str:
    """Where my photo is shown from. It changes with the picture, so no browser shows the one before."""
    name = stored_name(request, attendee)
    address = address_of("photo-file", attendee)
    return f"{address}{'&' if '?' in address else '?'}v={PurePosixPath(name).stem[:8]}" if name else ""


@about_me("GET")
def photo_file(request: HttpRequest, attendee: Attendee | None) -> HttpResponseBase:
    """My own photo; nobody else's browser gets it from here."""
    return picture(stored_name(request, attendee))


def picture(name: str) -> HttpResponseBase:
    """A stored photo.

    Raises:
        Http404: there is none, or it was replaced a moment ago.
    """
    try:
        content = default_storage.open(name) if name else None
    except FileNotFoundError:
        content = None
    if content is None:
        raise Http404
    return FileResponse(content, content_type="image/jpeg")
