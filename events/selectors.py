"""Reads for pages that join or count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

from events.models import Event, EventClub, EventTag, EventType, Tag
from events.signals import places_asked
from netevent.core.money import show_price
from netevent.core.signals import collect

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_WORDS = 8  # of a search; nobody types more, and each costs
SORTS = {"date": ("starts_at", "pk"), "newest": ("-created_at", "-pk"), "price": ("price_from", "starts_at"), "name": ("shown_name", "pk")}


def language_chain() -> list[str]:
    """This reader's language first, then the others in the order in which texts fall back."""
    current = (get_language() or "en").partition("-")[0]
    return [current, *(code for code, _name in settings.LANGUAGES if code != current)]


def shown_name() -> Coalesce:
    """Names sort as they are shown: a missing translation sorts first on SQLite and last on PostgreSQL."""
    return Coalesce(*(F(f"name_{code}") for code in language_chain()), output_field=CharField())


def events_for_cards(events: QuerySet[Event]) -> QuerySet[Event]:
    """With what a card shows, without the seven descriptions."""
    descriptions = [f"description_{code}" for code, _name in settings.LANGUAGES]
    return events.select_related("organiser", "venue", "event_type").defer("description", *descriptions)


def discover(choice: dict[str, Any]) -> QuerySet[Event]:
    """Listed events that fit the cleaned choice of DiscoveryForm."""
    found = Event.objects.listed()
    found = found.past() if choice.get("when") == "past" else found.upcoming()
    for word in (choice.get("q") or "").split()[:MOST_WORDS]:
        found = found.filter(matches(word))
    if tag := choice.get("tag"):
        found = found.filter(Exists(tagged(name=tag)))
    found = found.filter(**{name: choice[key] for key, name in EXACT.items() if choice.get(key)})
    if price := choice.get("price"):
        found = found.filter(price_from=0) if price == "free" else found.filter(price_from__gt=0)
    if day := choice.get("from"):
        found = found.filter(starts_at__date__gte=day)
    if day := choice.get("until"):
        found = found.filter(starts_at__date__lte=day)
    order = SORTS[choice.get("sort") or "date"]
    if choice.get("when") == "past" and not choice.get("sort"):
        order = ("-starts_at", "-pk")
    return events_for_cards(found.annotate(shown_name=shown_name()).order_by(*order))


EXACT = {"type": "event_type__key", "city": "city", "mode": "mode"}


def matches(word: str) -> Q:
    """A word in a name or description of any language, the city, the organiser, a tag or a club.

    Tags and clubs are asked by EXISTS: a join for each word makes a database plan for minutes, and rows that must be made distinct again.
    """
    names = [f"name_{code}" for code, _name in settings.LANGUAGES] + [f"description_{code}" for code, _name in settings.LANGUAGES]
    others = ["city", "location", "instructor", "organiser__name"]
    own = Q(*((f"{name}__icontains", word) for name in names + others), _connector=Q.OR)
    clubs = EventClub.objects.filter(event=OuterRef("pk"), club__name__icontains=word)
    return own | Q(Exists(tagged(name__icontains=word))) | Q(Exists(clubs))


def tagged(**which: str) -> QuerySet[EventTag]:
    return EventTag.objects.filter(event=OuterRef("pk"), **{f"tag__{name}": value for name, value in which.items()})


@dataclass(frozen=True)
class Choices:
    """What the filters offer: only what listed, coming events have."""

    types: list[EventType]
    tags: list[Tag]
    cities: list[str]


def filter_choices() -> Choices:
    coming = Event.objects.listed().upcoming()
    used = Q(events__in=coming)
    return Choices(
        list(EventType.objects.filter(used).distinct().order_by("key")),
        list(Tag.objects.filter(used).annotate(n=Count("events")).order_by("-n", "name")[:12]),
        list(coming.exclude(city="").order_by("city").values_list("city", flat=True).distinct()[:30]),
    )


@dataclass(frozen=True)
class PlacesShown:
    """Places left at an event and per type id; None where nothing limits them."""

    left: int | None
    by_type: dict[int, int | None]
    held: int = 0
    held_by_type: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """One event as a card shows it."""

    event: Event
    places: PlacesShown | None

    @property
    def is_full(self) -> bool:
        return self.places is not None and self.places.left == 0

    @property
    def places_text(self) -> str:
        if self.places is None or self.places.left is None or self.event.registration_state() != "open":
            return ""
        if self.is_full:
            return gettext("Waiting list open") if self.event.has_waiting_list else gettext("Sold out")
        return ngettext("%(n)s place left", "%(n)s places left", self.places.left) % {"n": self.places.left}

    @property
    def price_text(self) -> str:
        price = show_price(self.event.price_from, self.event.currency)
        several = self.event.price_from and self.places is not None and len(self.places.by_type) > 1
        return gettext("from %(price)s") % {"price": price} if several else price

    @property
    def chip(self) -> str:
        words = {"cancelled": gettext("Cancelled"), "over": gettext("Past"), "closed": gettext("Registration closed")}
        return words.get(self.event.registration_state(), "")

    @property
    def chip_tone(self) -> str:
        return "bad" if self.event.is_cancelled else ""


def places_shown(events: list[Event]) -> dict[int, PlacesShown]:
    """Asked from the app that gives places away: a fixed number of queries however many events there are."""
    known: dict[int, PlacesShown] = {}
    for answer in collect(places_asked, events=events):
        known |= answer
    return known


def cards_of(events: Iterable[Event]) -> list[Card]:
    """The events with the places left."""
    shown = list(events)
    known = places_shown(shown)
    return [Card(event, known.get(event.pk)) for event in shown]


def next_events(number: int) -> list[Card]:
    return cards_of(events_for_cards(Event.objects.listed().upcoming(timezone.now()).order_by("starts_at", "pk"))[:number])
