"""Discovery: search, filters and sorting that live in the address."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events import selectors
from events.discovery import Choice, Facets, count_facets, page_of, ways_out
from events.forms import DiscoveryForm
from events.models import EventType
from netevent.core.context import offered_languages
from netevent.core.dates import show_date
from netevent.core.page_cache import cache_for_strangers
from netevent.core.policies import policy

PASSING = ("page", "lang", "part")  # what an address may hold beside the choice


@policy("public")
@require_safe
@cache_for_strangers()
def discovery(request: HttpRequest) -> HttpResponse:
    """The whole page, or with `part=list` one page of its list, which counts no facets."""
    form = DiscoveryForm(request.GET)
    choice = form.choice()
    if request.GET.get("part") == "list":
        return render(request, "events/_found.html", found(request, choice, page_of(choice, request.GET.get("page"))))
    facets = count_facets(choice)
    page = page_of(choice, request.GET.get("page"), facets.total)
    context = {
        **found(request, choice, page),
        "form": form,
        "choice": choice,
        "kept": [(key, value) for key, value in parts_of(request).items() if key not in ("q", "sort", "from", "until")],
        "at_least": facets.at_least,
        "groups": list(groups(request, choice, facets)),
        "chosen": chosen_chips(request, choice),
        "ways_out": [] if facets.total else exits(request, choice),
    }
    return render(request, "events/discovery.html", context)


def found(request: HttpRequest, choice: Choice, page: Page) -> dict[str, Any]:
    cards = selectors.cards_of(selectors.events_in_order(page.object_list))
    here = parts_of(request)
    return {
        "page": page,
        "cards": cards,
        "colours": [card.event.colour for card in cards],
        "is_chosen": bool(set(choice) - {"sort"}),
        "before": turned(here, page.previous_page_number()) if page.has_previous() else "",
        "after": turned(here, page.next_page_number()) if page.has_next() else "",
    }


# --- Addresses ---------------------------------------------------------------------------------------------------------------
def parts_of(request: HttpRequest) -> QueryDict:
    """The choice as it stands in the address, without what is empty or only passing through."""
    parts = request.GET.copy()
    for key in [key for key, value in parts.items() if key in PASSING or not value]:
        del parts[key]
    return parts


def turned(parts: QueryDict, page: int) -> str:
    parts = parts.copy()
    parts["page"] = str(page)
    return f"?{parts.urlencode()}"


def address(request: HttpRequest, key: str, value: str = "") -> str:
    """This choice with another value for one part, or without that part."""
    parts = parts_of(request)
    parts.pop(key, None)
    if value:
        parts[key] = value
    return f"?{parts.urlencode()}" if parts else request.path


# --- Filters -----------------------------------------------------------------------------------------------------------------
def as_value(part: Any) -> str:
    """What stands in the address for a part of the choice."""
    return str(part.key if isinstance(part, EventType) else getattr(part, "pk", part))


def groups(request: HttpRequest, choice: Choice, facets: Facets) -> Iterator[dict[str, Any]]:
    """Each filter with its options: where each leads, and how many events it would leave."""
    for key, label in labels().items():
        options = [option(request, choice, key, *one) for one in options_of(key, facets)]
        if options:
            yield {"key": key, "label": label, "options": options}


def labels() -> dict[str, str]:
    return {
        "when": _("When"),
        "type": _("Type"),
        "price": _("Price"),
        "places": _("Places"),
        "city": _("City"),
        "language": _("Language"),
        "level": _("Level"),
        "organiser": _("Organiser"),
        "club": _("Club"),
        "tag": _("Tag"),
        "mode": _("Registration"),
    }


def fixed_names() -> dict[str, dict[str, str]]:
    """Options whose words are ours."""
    return {
        "when": {"today": _("Today"), "week": _("This week"), "month": _("This month"), "past": _("Past events")},
        "price": {"free": _("Free"), "paid": _("Paid")},
        "places": {"left": _("Places left")},
        "mode": {"automatic": _("Confirmed at once"), "manual": _("Confirmed by the organiser")},
        "language": dict(offered_languages()),
    }


def options_of(key: str, facets: Facets) -> Iterable[tuple[str, str, int | None]]:
    """(value, name, number) in the order in which they are shown."""
    counted = facets.options.get(key, [])
    if key == "type":
        kinds = {str(kind.pk): kind for kind in EventType.objects.all()}
        return [(kinds[value].key, str(kinds[value]), n) for value, _name, n in counted if value in kinds]
    ours = fixed_names().get(key)
    if ours is None:
        return counted
    numbers = {value: n for value, _name, n in counted}
    uncounted = {"past", "left"}
    return [(value, name, numbers.get(value)) for value, name in ours.items() if value in numbers or value in uncounted]


def option(request: HttpRequest, choice: Choice, key: str, value: str, name: str, number: int | None) -> dict[str, Any]:
    on = key in choice and as_value(choice[key]) == value
    return {
        "href": address(request, key, "" if on else value),
        "label": name,
        "number": number,
        "on": on,
        "id": f"f-{key}-{zlib.crc32(value.encode()):x}",
    }


def chosen_chips(request: HttpRequest, choice: Choice) -> list[dict[str, str]]:
    """What narrows the list now, each with the address that takes it away."""
    return [{"key": key, "label": called(key, choice[key]), "href": address(request, key)} for key in choice if key != "sort"]


def called(key: str, part: Any) -> str:
    ours = fixed_names().get(key, {})
    if key in ("from", "until"):
        day = show_date(part)
        return _("From %(day)s") % {"day": day} if key == "from" else _("Until %(day)s") % {"day": day}
    return f"“{part}”" if key == "q" else str(ours.get(str(part), part))


def exits(request: HttpRequest, choice: Choice) -> list[dict[str, Any]]:
    """Nothing fits: what to leave out, and how many events that would show."""
    return [{"label": called(key, choice[key]), "href": address(request, key), "number": n} for key, n in ways_out(choice)]
