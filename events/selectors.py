"""Reads for pages that join or count."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.db.models import (
    BinaryField,
    BooleanField,
    Case,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

from events.models import Club, Event, EventType, Organiser
from events.models.names import fallbacks
from events.models.search import IN_POSTGRESQL, IN_SQLITE
from events.signals import places_asked
from netevent.core.money import show_price
from netevent.core.signals import collect
from netevent.core.text import words

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_WORDS = 8  # of a search; nobody types more, and each costs
FEW_HITS = 500  # that are looked up by their keys


def shown_name() -> Coalesce:
    """Names sort as they are shown: a missing translation sorts first on SQLite and last on PostgreSQL."""
    return Coalesce(*(F(name) for name in fallbacks((get_language() or "en").partition("-")[0])), output_field=CharField())


# What a card shows and asks of an event. Another column is one more question for each card.
ON_A_CARD = (
    *(f"name_{code}" for code, _name in settings.LANGUAGES),
    *("code", "starts_at", "ends_at", "time_zone", "city", "location", "colour", "picture", "visibility", "price_from", "currency"),
    *("max_attendees", "has_waiting_list", "pending_holds_place", "registration_opens_at", "registration_closes_at"),
    *("organiser__name", "venue__name", "venue__city"),
)


def events_for_cards(events: QuerySet[Event]) -> QuerySet[Event]:
    """With what a card shows, and nothing else."""
    return events.select_related("organiser", "venue").only(*ON_A_CARD)


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
    """Events that hold a word beginning with each word of the text, in whatever language; none when it holds no word at all."""
    return Search(text).within(events)


class Search:
    """What somebody looks for. Its hits are found once, however many lists and numbers of a page are narrowed to them.

    A single letter (C, or the l' of French) is a word of its own: as a beginning it would find everything.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = list(dict.fromkeys(words(text)))[:MOST_WORDS]

    def __str__(self) -> str:
        return self.text

    def within(self, events: QuerySet[Event]) -> QuerySet[Event]:
        if not self.words:
            return events.none()
        if connection.vendor == "sqlite":
            return events.filter(pk__in=RawSQL(IN_SQLITE, [self.question('"', "*", " AND ")]))  # noqa: S611 -- letters
        return events.filter(Q(pk__in=self.hits) if len(self.hits) <= FEW_HITS else marked_in(self.marks))

    def question(self, quote: str, beginning: str, both: str) -> str:
        return both.join(f"{quote}{word}{quote}{'' if is_letter(word) else beginning}" for word in self.words)

    @cached_property
    def hits(self) -> list[int]:
        """Keys of all events that match, listed or not."""
        with connection.cursor() as cursor:
            cursor.execute(IN_POSTGRESQL, [self.question("'", ":*", " & ")])
            return cursor.fetchone()[0] or []

    @cached_property
    def marks(self) -> bytes:
        """A bit for each key up to the largest hit, set for hits."""
        digits = bytearray(b"0") * (max(self.hits) + 1)
        for key in self.hits:
            digits[key] = ord("1")
        digits.reverse()
        return int(digits, 2).to_bytes(len(digits) // 8 + 1, "little")


def marked_in(marks: bytes) -> Q:
    """One look at a bit for each event: hashing tens of thousands of hits takes PostgreSQL longer than all the rest of a page."""
    marked = Exact(Func(Value(marks, BinaryField()), F("pk"), function="get_bit", output_field=IntegerField()), 1)
    return Q(Case(When(pk__lt=len(marks) * 8, then=ExpressionWrapper(Q(marked), BooleanField())), default=False))


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
