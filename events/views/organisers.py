"""Asking to run events."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from events.forms import OrganiserRequestForm
from events.models import Organiser
from events.services.organisers import request_organiser
from netevent.accounts.models import User
from netevent.core.errors import DomainError
from netevent.core.policies import policy


@policy("signed-in")
@require_http_methods(["GET", "HEAD", "POST"])
def register_organizer(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    form = OrganiserRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            request_organiser(user=user, language=get_language() or "en", **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal.message))
            return render(request, "events/register_organizer.html", {"form": form}, status=refusal.status)
        return redirect("events:register-organizer")
    context = {"form": form, "waiting": waiting(user), "mine": Organiser.objects.approved().filter(members__user=user)}
    return render(request, "events/register_organizer.html", context, status=422 if form.is_bound else 200)


def waiting(user: User) -> Organiser | None:
    return Organiser.objects.filter(members__user=user, approved_at__isnull=True).first()
