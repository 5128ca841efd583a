"""Who signs in, and where people are led."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from netevent.accounts.models import User, normalise_username
from netevent.accounts.signals import home_of

ATTENDEE_HOME = "/attendee/dashboard"
DESK_HOME = "/admin/"
STAGE_TWO = "/signup/profile"
DESK_WEIGHT = 100


def find_by_sign_in_name(name: str) -> User | None:
    """The person who signs in with this e-mail or username, in any case and Unicode form. A username holds no @: only one can match."""
    name = normalise_username(name)
    return User.objects.filter(Q(email=name) if "@" in name else Q(username=name)).first() if name else None


def home_for(user: User) -> str:
    """The page this person most likely came for: the desk, the check-in page, the sessions they present, their registrations.

    Apps above answer `home_of` with (weight, address); the desk weighs 100.
    """
    answers: list[Any] = [answer for _receiver, answer in home_of.send(sender=User, user=user) if answer]
    if user.is_staff:
        answers.append((DESK_WEIGHT, DESK_HOME))
    return str(max(answers, default=(0, ATTENDEE_HOME))[1])


def display_name(user: User) -> str:
    """How allauth's pages call a person."""
    return str(user)
