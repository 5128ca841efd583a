"""What the organisers' tables have in common: whose they are, and a tab a language."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest

from events.models import Organiser
from events.permissions import Right

LANGUAGE_CODES = tuple(code for code, _name in settings.LANGUAGES)
EDIT = (Right.EDIT_EVENT,)
TEAM = (Right.MANAGE_TEAM,)


def owned(request: HttpRequest) -> QuerySet[Organiser]:
    """Organisers that this person owns."""
    user = cast(Any, request.user)
    return Organiser.objects.all() if user.is_superuser else Organiser.objects.filter(members__user=user, members__is_owner=True)


def mine(request: HttpRequest) -> QuerySet[Organiser]:
    """Approved organisers that this person belongs to."""
    user = cast(Any, request.user)
    return Organiser.objects.all() if user.is_superuser else Organiser.objects.approved().filter(members__user=user)


NAMES_FIRST = "admin/names_first.html"  # the page of a table whose language tabs hold the name


def language_tabs(*fields: str) -> list[tuple[Any, Any]]:
    """A tab a language, named in its own words by its code."""
    return [(name, {"classes": ["tab"], "fields": [f"{field}_{code}" for field in fields]}) for code, name in settings.LANGUAGES]
