"""Reads for pages that join or count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

from events.models import Club, Event, EventType, Organiser
from events.models.search import IN_POSTGRESQL, IN_SQLITE
from events.signals import places_asked
from netevent.core.money import show_price
from netevent.core.signals import collect
from netevent.core.text import words

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_WORDS = 8  # of a search; nobody types more, and each costs


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


def events_in_order(keys: Iterable[int]) -> list[Event]:
    """For cards, in the order of their keys."""
    found = events_for_cards(Event.objects.all()).in_bulk(list(keys))
    return [found[key] for key in keys if key in found]


def offered_type(key: str) -> EventType | None:
    return EventType.objects.filter(key=key).first()


def offered_organiser(pk: int) -> Organiser | None:
    """Only one whose name a list shows anyway."""
    return Organiser.objects.filter(Exists(Event.objects.listed().filter(organiser=OuterRef("pk"))), pk=pk).first()


def offered_club(pk: int) -> Club | None:
    return Club.objects.filter(Exists(Event.objects.listed().filter(clubs=OuterRef("pk"))), pk=pk).first()


def matching(events: QuerySet[Event], text: str) -> QuerySet[Event]:
    """Events that hold a word beginning with each word of the text, in whatever language; none when it holds no word at all.

    A single letter (C, or the l' of French) is a word of its own: as a beginning it would find everything.
    """
    asked = list(dict.fromkeys(words(text)))[:MOST_WORDS]
    if not asked:
        return events.none()
    if connection.vendor == "sqlite":
        return events.filter(pk__in=RawSQL(IN_SQLITE, [" AND ".join(f'"{word}"{"" if is_letter(word) else "*"}' for word in asked)]))  # noqa: S611
    hits = Q(pk__in=RawSQL(IN_POSTGRESQL, [" & ".join(f"'{word}'{'' if is_letter(word) else ':*'}" for word in asked)]))  # noqa: S611 -- letters
    # PostgreSQL can't tell how many hits a beginning has, and would look each of many events up by its key: kept apart, they are hashed once.
    return events.filter(Coalesce(ExpressionWrapper(hits, BooleanField()), False))


def is_letter(word: str) -> bool:
    return len(word) == 1 and word.isascii()


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
