"""What the discovery page shows for a choice: the events, and how many each further choice would leave."""

# ruff: noqa: S608 -- what is joined into SQL are words of this module; whatever people choose is a parameter
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from events.models import Event, EventClub, EventTag
from events.selectors import shown_name
from events.signals import full_events_asked
from netevent.core.signals import collect

PER_PAGE = 12
MOST_OPTIONS = 12  # of one facet; whatever is chosen is always among them
LOOKED_AT = 5_000  # events that facets are counted over, those of the nearest dates: beyond that a number is a least one
SORTS: dict[str, tuple[str, ...]] = {
    "date": ("starts_at", "pk"),
    "newest": ("-created_at", "-pk"),
    "price": ("price_from", "starts_at", "pk"),
    "name": ("shown_name", "pk"),
}
Choice = dict[str, Any]


# --- One condition for each part of the choice -------------------------------------------------------------------------------
def linked(model: type[EventTag | EventClub], **which: Any) -> Q:
    """By EXISTS: a join would bring rows twice."""
    return Q(Exists(model.objects.filter(event=OuterRef("pk"), **which)))


def first_moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def span(word: str, now: datetime) -> datetime:
    """The moment before which something of today, this week (to Sunday) or this month begins, by the clocks of the reader."""
    today = timezone.localdate(now)
    month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    ends = {"today": today + timedelta(days=1), "week": today + timedelta(days=7 - today.weekday()), "month": month}
    return first_moment(ends[word])


SPANS = ("today", "week", "month")
PRICES = {"free": Q(price_from=0), "paid": Q(price_from__gt=0)}


def with_places_left() -> Q:
    """Not full: asked from the app that gives places away."""
    return Q(*(~Q(pk__in=full) for full in collect(full_events_asked)))


CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "type": lambda chosen: Q(event_type=chosen),
    "city": lambda chosen: Q(city=chosen),
    "tag": lambda chosen: linked(EventTag, tag__name=chosen),
    "organiser": lambda chosen: Q(organiser=chosen),
    "club": lambda chosen: linked(EventClub, club=chosen),
    "price": lambda chosen: PRICES[chosen],
    "level": lambda chosen: Q(level=chosen),
    "language": lambda chosen: Q(spoken__contains=f'"{chosen}"'),
    "mode": lambda chosen: Q(mode=chosen),
    "places": lambda _chosen: with_places_left(),
    "from": lambda chosen: Q(starts_at__gte=first_moment(chosen)),
    "until": lambda chosen: Q(starts_at__lt=first_moment(chosen + timedelta(days=1))),
}
# Choices that are counted: each under all the others. The rest narrow everything.
FACETS = ("when", "type", "city", "tag", "organiser", "club", "price", "level", "language", "mode")


def conditions(choice: Choice, now: datetime) -> dict[str, Q]:
    given = {key: of(choice[key]) for key, of in CONDITIONS.items() if choice.get(key)}
    if choice.get("when") in SPANS:
        given["when"] = Q(starts_at__lt=span(choice["when"], now))
    return given


def listed(choice: Choice, now: datetime) -> QuerySet[Event]:
    """Before any facet: what is public, past or to come, and holds the words of the search."""
    events = Event.objects.listed()
    events = events.past(now) if choice.get("when") == "past" else events.upcoming(now)
    if choice.get("q"):
        events = choice["q"].within(events)
    return events.alias(spoken=Cast("content_languages", TextField()))


def discover(choice: Choice, now: datetime | None = None) -> QuerySet[Event]:
    """Listed events that fit the cleaned choice of DiscoveryForm, in its order."""
    now = now or timezone.now()
    found = listed(choice, now).filter(*conditions(choice, now).values())
    order = SORTS[choice.get("sort") or "date"]
    if choice.get("when") == "past" and not choice.get("sort"):
        order = ("-starts_at", "-pk")
    return (found.alias(shown_name=shown_name()) if "shown_name" in order else found).order_by(*order)


class CountedPaginator(Paginator):
    """For a list that somebody has counted already."""

    def __init__(self, rows: Any, per_page: int, count: int) -> None:
        super().__init__(rows, per_page)
        self.count = count


def page_of(choice: Choice, number: Any, total: int | None = None, per_page: int = PER_PAGE) -> Page:
    """A page of keys, which narrow indexes answer alone; a page that isn't there is the nearest one."""
    rows = discover(choice).values_list("pk", flat=True)
    return CountedPaginator(rows, per_page, rows.order_by().count() if total is None else total).get_page(number)


def ways_out(choice: Choice, now: datetime | None = None) -> list[tuple[str, int]]:
    """Parts of a choice that nothing fits, with the number of events that are left without each; most first, in one statement."""
    now = now or timezone.now()
    counts: list[str] = []
    params: list[Any] = []
    for key in (key for key in choice if key != "sort"):
        with suppress(EmptyResultSet):
            sql, values = without(choice, key, now).query.sql_with_params()
            counts.append(f"SELECT '{key}', COUNT(*) FROM ({sql}) AS without_{key}")
            params += values
    if not counts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts), params)
        return sorted(((key, n) for key, n in cursor.fetchall() if n), key=lambda pair: -pair[1])


def without(choice: Choice, left_out: str, now: datetime) -> QuerySet[Any, Any]:
    rest = {key: part for key, part in choice.items() if key not in (left_out, "sort")}
    return discover(rest, now).order_by().values("pk")


# --- Facets ------------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Facets:
    """How many events each option would leave, all other filters applied.

    Attributes:
        total: events that fit the whole choice.
        at_least: there were more events than are looked at, so the numbers are lower bounds; the total is exact all the same.
        options: facet → its options as (value, what it is called, number), most first.
    """

    total: int = 0
    at_least: bool = False
    options: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)


COLUMNS = ("pk", "event_type_id", "organiser_id", "city", "level", "mode", "price_from")


def count_facets(choice: Choice, now: datetime | None = None) -> Facets:
    """All facets in one statement: the rows that they share are read once, then grouped by each."""
    now = now or timezone.now()
    given = conditions(choice, now)
    counted = {key: given.pop(key) for key in FACETS if key in given}
    rows = listed(choice, now).filter(*given.values())
    try:
        base, params = base_sql(rows, counted, now)
    except EmptyResultSet:  # a search without a single letter
        return Facets()
    branches, more = zip(*(branch(key, choice, counted) for key in ("seen", "all", *FACETS)), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(f"{base} {' UNION ALL '.join(branches)}", [*params, *(value for values in more for value in values)])
        facets = as_facets(cursor.fetchall())
    return replace(facets, total=discover(choice, now).order_by().count()) if facets.at_least else facets


def base_sql(rows: QuerySet[Event], counted: dict[str, Q], now: datetime) -> tuple[str, list[Any]]:
    """The shared rows, with a column for each counted choice that says whether the row fits it."""
    said = {f"in_{word}": truth(Q(starts_at__lt=span(word, now))) for word in SPANS}
    said |= {f"ok_{key}": truth(condition) for key, condition in counted.items()}
    nearest = rows.annotate(said_spoken=Cast("content_languages", TextField()), **said).order_by("starts_at", "pk")
    sql, params = nearest.values(*COLUMNS, "said_spoken", *said)[: LOOKED_AT + 1].query.sql_with_params()
    return f"WITH base AS MATERIALIZED ({sql})", list(params)


def truth(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())


# What a facet groups by, the table that links events to its options, and the one that names them, where the rows don't.
GROUPED = {
    "type": ("CAST(event_type_id AS varchar(20))", "", ""),
    "city": ("city", "", ""),
    "level": ("level", "", ""),
    "mode": ("mode", "", ""),
    "language": ("said_spoken", "", ""),
    "price": ("CASE WHEN price_from > 0 THEN 'paid' ELSE 'free' END", "", ""),
    "when": (" || ".join(f"CASE WHEN in_{word} THEN '1' ELSE '0' END" for word in SPANS), "", ""),
    "organiser": ("organiser_id", "", "events_organiser"),
    "tag": ("tag_id", "events_eventtag", "events_tag"),
    "club": ("club_id", "events_eventclub", "events_club"),
}


def branch(key: str, choice: Choice, counted: Iterable[str]) -> tuple[str, list[Any]]:
    """One SELECT of (facet, value, name, number)."""
    where = " AND ".join(f"ok_{other}" for other in counted if other != key) or "TRUE"
    if key in ("seen", "all"):
        return f"SELECT '{key}', '', '', COUNT(*) FROM base WHERE {where if key == 'all' else 'TRUE'}", []
    grouped, link, named = GROUPED[key]
    rows = f"{link} WHERE event_id IN (SELECT pk FROM base WHERE {where})" if link else f"base WHERE {where}"
    counts = f"SELECT {grouped} AS value, COUNT(*) AS n FROM {rows} GROUP BY 1"
    if not named:
        return f"SELECT '{key}', value, value, n FROM ({counts}) AS {key}s", []
    chosen = choice.get(key) or 0
    chosen = getattr(chosen, "pk", chosen)
    column, value = ("name", "r.name") if key == "tag" else ("id", "CAST(r.id AS varchar(20))")
    chosen = str(chosen) if key == "tag" else chosen
    first = f"SELECT '{key}', {value}, r.name, c.n FROM ({counts}) AS c JOIN {named} r ON r.id = c.value"
    return (
        f"SELECT * FROM ({first} ORDER BY CASE WHEN r.{column} = %s THEN 0 ELSE 1 END, c.n DESC, r.name, r.id LIMIT {MOST_OPTIONS}) AS {key}s",
        [chosen],
    )


def as_facets(rows: Iterable[tuple[str, str, str, int]]) -> Facets:
    found: dict[str, Counter[tuple[str, str]]] = {key: Counter() for key in ("seen", "all", *FACETS)}
    for key, value, name, number in rows:
        for option in options_in(key, value):
            found[key][option, name if option == value else option] += number
    total, seen = (found.pop(key)["", ""] for key in ("all", "seen"))
    return Facets(
        total, seen > LOOKED_AT, {key: [(value, name, n) for (value, name), n in ranked(counts)] for key, counts in found.items()}
    )


def ranked(counts: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    return sorted(((option, n) for option, n in counts.items() if option[0] and n), key=lambda pair: (-pair[1], pair[0][1]))


def options_in(key: str, value: str) -> list[str]:
    """A group may count for several options: an event in two languages, an event of today and so of this week."""
    if key == "language":
        return [word for word in value.strip("[]").replace('"', "").split(", ") if word]
    if key == "when":
        return [word for word, bit in zip(SPANS, value, strict=True) if bit == "1"]
    return [value]
