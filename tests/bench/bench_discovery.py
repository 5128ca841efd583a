"""The discovery page over fifty thousand coming events: what the view takes on the server, with nothing cached."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

EVENTS, ROUNDS = 50_000, 5
WITH_FACETS, WITHOUT = 120, 60  # milliseconds
CITIES = ("Utrecht", "Antwerpen", "Berlin", "Kraków", "Lyon", "Gent", "Łódź", "Milano", "Sevilla", "Köln", "Gdańsk", "Porto")
WORDS = """
    people machines river conference workshop science pottery music garden data street history light theatre water energy story design health
    market bridge language kitchen travel paper cloud winter summer forest robot chess poetry film dance school museum radio camera engine
""".split()  # noqa: SIM905 -- readable as words
SYLLABLES = "ka lo mi ren sta vo tur bel qui nar pes dro fin gal".split()  # noqa: SIM905
# As in any language, few words are everywhere and most are rare.
VOCABULARY = [*WORDS, *("".join(parts) for parts in product(SYLLABLES, repeat=3))]
FREQUENCY = [1 / rank for rank in range(5, len(VOCABULARY) + 5)]
LEVELS = ("", "", "Beginner", "Intermediate", "Advanced")
LANGUAGES = (["en"], ["en", "de"], ["nl", "en"], ["pl"], ["fr"], ["de"])

# What is asked, and whether facets are part of the answer: paging asks for the list alone.
PAGES = (
    ("everything, with facets", "", True),
    ("one type and a free price, with facets", "type=workshop&price=free", True),
    ("a search of two words, with facets", "q=river+mach", True),
    ("everything, the list alone", "page=2", False),
    ("everything by name, the list alone", "sort=name&page=2", False),
    ("page 200 of everything, the list alone", "page=200", False),
    ("a search of two words, the list alone", "q=river+mach&page=2", False),
)


def make_rows(number: int = EVENTS) -> None:
    """Listed events to come within a year, of many organisers, with texts in two languages, tags, clubs and a type each."""
    from django.db import connection

    from events.models import AttendeeType, Club, Event, EventClub, EventTag, Organiser, Tag
    from events.services.search import refresh_search_texts

    dice = random.Random(7)
    organisers = Organiser.objects.bulk_create(Organiser(name=f"Organiser of {WORDS[n % len(WORDS)]} {n}") for n in range(400))
    tags = Tag.objects.bulk_create(Tag(name=f"{word} {n}") for n in range(2) for word in WORDS)
    clubs = Club.objects.bulk_create(Club(name=f"Club of {word}") for word in WORDS)
    events = Event.objects.bulk_create(list(rows(dice, organisers, number)), batch_size=1000)
    AttendeeType.objects.bulk_create(
        [AttendeeType(event=event, code="A", name_en="Attendee", price=event.price_from) for event in events], batch_size=2000
    )
    EventTag.objects.bulk_create(
        [EventTag(event=event, tag=tag) for event in events for tag in dice.sample(tags, dice.choice((1, 2, 3)))], batch_size=5000
    )
    EventClub.objects.bulk_create(
        [EventClub(event=event, club=dice.choice(clubs)) for event in events if dice.random() < 0.5], batch_size=5000
    )
    refresh_search_texts(Event.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # what a database does by itself within a minute of such a load


def rows(dice: random.Random, organisers: list[Any], number: int) -> Iterable[Any]:
    from django.utils import timezone

    from events.models import Event, EventType, Visibility

    types = list(EventType.objects.all())
    now = timezone.now()
    for n in range(number):
        starts = now + timedelta(minutes=dice.randint(60, 365 * 24 * 60))
        yield Event(
            organiser=dice.choice(organisers),
            code=f"B{n:05}",
            name=(name := " ".join(dice.sample(WORDS, 3)).title()),
            name_en=name,
            name_de=" ".join(dice.choices(VOCABULARY, k=3)),
            description=(text := " ".join(dice.choices(VOCABULARY, FREQUENCY, k=80))),
            description_en=text,
            description_de=" ".join(dice.choices(VOCABULARY, FREQUENCY, k=80)),
            event_type=dice.choice(types),
            visibility=Visibility.PUBLISHED,
            starts_at=starts,
            ends_at=starts + timedelta(hours=4) if n % 5 else None,
            planned_starts_at=starts,
            city=dice.choice(CITIES),
            max_attendees=dice.choice((None, 20, 100)),
            price_from=dice.choice((0, 0, 10, 25, 149)),
            level=dice.choice(LEVELS),
            content_languages=dice.choice(LANGUAGES),
        )


def answered(query: str, facets: bool) -> float:
    """Milliseconds that the view takes, its page rendered, without middleware."""
    from django.contrib.auth.models import AnonymousUser
    from django.core.cache import caches
    from django.test import RequestFactory

    from events.views.discovery import discovery

    request = RequestFactory().get(f"/events/?{query}{'' if facets else '&part=list'}")
    request.user = AnonymousUser()
    caches["local"].clear()
    start = time.perf_counter()
    response = discovery(request)
    taken = (time.perf_counter() - start) * 1000
    assert response.status_code == 200
    return taken


def bench() -> list[str]:
    """Run everything and return the lines to print; a line that misses its limit says so. Needs an empty database."""
    make_rows()
    for _name, query, facets in PAGES:
        answered(query, facets)  # templates are read once
    times: dict[str, list[float]] = {name: [] for name, _query, _facets in PAGES}
    for _round in range(ROUNDS):
        for name, query, facets in PAGES:
            times[name].append(answered(query, facets))
    return [line(name, times[name], WITH_FACETS if facets else WITHOUT) for name, _query, facets in PAGES]


def line(name: str, taken: list[float], limit: int) -> str:
    median = statistics.median(taken)
    verdict = "ok" if median <= limit else "MISSED"
    return f"{name:<44}{median:6.1f} ms   spread {min(taken):.1f} to {max(taken):.1f}   limit {limit} ms: {verdict}"


@pytest.mark.bench
@pytest.mark.django_db(transaction=True)
def test_discovery_keeps_to_its_limits(capsys: Any) -> None:
    lines = bench()
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert not [text for text in lines if "MISSED" in text]
