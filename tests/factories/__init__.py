"""The smallest valid object of each kind. Names say the model; what a test doesn't name is made up."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from attendees.models import Attendee, Checkpoint, ConsentText, Question
from attendees.services.check_in import main_checkpoint
from attendees.services.registration import Person, register_attendee
from events.models import AttendeeType, Club, Event, EventType, Organiser, OrganiserMember, Role, TeamMember, Visibility
from events.services.events import create_event
from netevent.accounts.models import User

numbers = itertools.count(1)
PASSWORD = "a-long-enough-password"


def make_user(email: str | None = None, **fields: Any) -> User:
    n = next(numbers)
    fields.setdefault("first_name", f"Person {n}")
    return User.objects.create_user(email=email or f"person{n}@example.org", password=fields.pop("password", None), **fields)


def make_admin(**fields: Any) -> User:
    return make_user(is_superuser=True, **fields)


def make_organiser(owner: User | None = None, **fields: Any) -> Organiser:
    fields.setdefault("name", f"Organiser {next(numbers)}")
    fields.setdefault("approved_at", timezone.now())
    organiser = Organiser.objects.create(**fields)
    if owner is not None:
        OrganiserMember.objects.create(organiser=organiser, user=owner, is_owner=True)
    return organiser


def make_event(**fields: Any) -> Event:
    """A published event ten days from now with one free type, without an owner in its team."""
    start = fields.pop("starts_at", None) or (timezone.now() + timedelta(days=10)).replace(microsecond=0)
    fields.setdefault("organiser", None)
    fields["organiser"] = fields["organiser"] or make_organiser()
    fields.setdefault("name_en", f"Event {next(numbers)}")
    fields.setdefault("visibility", Visibility.PUBLISHED)
    fields.setdefault("city", "Utrecht")
    fields.setdefault("ends_at", start + timedelta(hours=8))
    fields.setdefault("event_type", make_event_type())
    return create_event(starts_at=start, by=fields.pop("by", None), **fields)


def make_running_event(**fields: Any) -> Event:
    """An event that started an hour ago: people are being checked in."""
    return make_event(starts_at=(timezone.now() - timedelta(hours=1)).replace(microsecond=0), **fields)


def make_event_type(key: str = "conference") -> EventType:
    return EventType.objects.get_or_create(key=key, defaults={"name_en": key.title()})[0]


def make_club(**fields: Any) -> Club:
    fields.setdefault("name", f"Club {next(numbers)}")
    return Club.objects.create(**fields)


def make_type(event: Event, **fields: Any) -> AttendeeType:
    n = next(numbers)
    return AttendeeType.objects.create(event=event, code=fields.pop("code", f"T{n}"), name_en=fields.pop("name_en", f"Type {n}"), **fields)


def first_type(event: Event) -> AttendeeType:
    return event.attendee_types.select_related("event").order_by("pk")[0]


def make_person(email: str | None = None, **fields: Any) -> Person:
    n = next(numbers)
    fields.setdefault("first_name", "Ada")
    fields.setdefault("last_name", f"Lovelace {n}")
    return Person(email=email or f"ada{n}@example.org", **fields)


def make_attendee(
    event: Event | None = None, *, attendee_type: AttendeeType | None = None, source: str = "desk", **fields: Any
) -> Attendee:
    """A confirmed attendee, registered through the service."""
    attendee_type = attendee_type or first_type(event or make_event())
    return register_attendee(attendee_type=attendee_type, person=make_person(**fields), source=source, tell=False).attendee


def make_member(event: Event, role: str = "organiser", user: User | None = None) -> TeamMember:
    user = user or make_user()
    return TeamMember.objects.create(event=event, user=user, email=user.email, role=Role.objects.get(key=role), accepted_at=timezone.now())


def make_checkpoint(event: Event) -> Checkpoint:
    return main_checkpoint(event)


def money(text: str) -> Decimal:
    return Decimal(text)


def make_question(event: Event, **fields: Any) -> Question:
    """A question for short text; `choices` may be given as `{"vegan": "Vegan"}`."""
    key = fields.pop("key", None) or f"q{next(numbers)}"
    types = fields.pop("types", ())
    if isinstance(choices := fields.get("choices"), dict):
        fields["choices"] = [{"key": word, "label": {"en": label}} for word, label in choices.items()]
    fields.setdefault("label_en", f"Question {key}")
    fields.setdefault("position", next(numbers))
    question = Question.objects.create(event=event, key=key, **fields)
    question.types.set(types)
    return question


def make_consent_text(event: Event, **fields: Any) -> ConsentText:
    fields.setdefault("purpose", f"purpose-{next(numbers)}")
    fields.setdefault("text_en", f"I agree to {fields['purpose']}.")
    return ConsentText.objects.create(event=event, **fields)
