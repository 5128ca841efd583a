"""Pages that anybody may read: landing, the event, its calendar file."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from events import selectors
from events.exports.ics import event_calendar
from events.exports.linked_data import as_script, linked_data
from events.models import AttendeeType, Event
from netevent.core.fields import normalise_code
from netevent.core.page_cache import cache_for_strangers
from netevent.core.policies import policy
from netevent.core.signals import collect, event_page_panels


@policy("public")
@require_safe
@cache_for_strangers()
def landing(request: HttpRequest) -> HttpResponse:
    cards = selectors.next_events(3)
    return render(request, "events/landing.html", {"cards": cards, "colours": colours_of(cards)})


def colours_of(cards: list[selectors.Card]) -> list[str]:
    return [card.event.colour for card in cards]


@policy("public")
@require_safe
@cache_for_strangers()
def detail(request: HttpRequest, code: str) -> HttpResponse:
    if code != (wanted := normalise_code(code)):
        return redirect("events:detail", code=wanted, permanent=False)
    event = find_public(request, wanted)
    card = selectors.cards_of([event])[0]
    types = list(AttendeeType.objects.on_sale().filter(event=event))
    for kind in types:
        kind.event = event
    offers = [(kind, card.places.by_type.get(kind.pk) if card.places else None) for kind in types]
    context = {
        "event": event,
        "places": card.places,
        "types": offers,
        "linked_data": as_script(linked_data(event, offers, card.places.left if card.places else None)),
        "tags": list(event.tags.all()),
        "clubs": list(event.clubs.all()),
        "state": f"event-{event.registration_state().replace('_', '-')}",
        "panels": collect(event_page_panels, event=event, request=request),
    }
    return render(request, "events/detail.html", context)


def find_public(request: HttpRequest, code: str) -> Event:
    """A public event, or a draft for those who run it; 404 for everybody else."""
    event: Event = get_object_or_404(Event.objects.select_related("organiser", "event_type", "venue", "room"), code=code)
    if event.is_public or (request.user.is_authenticated and Event.objects.run_by(request.user).filter(pk=event.pk).exists()):
        return event
    raise Http404


@policy("public")
@require_safe
def calendar(request: HttpRequest, code: str) -> HttpResponse:
    event = find_public(request, normalise_code(code))
    return HttpResponse(
        event_calendar(event),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{event.code}.ics"'},
    )


@policy("public")
@require_safe
def picture(request: HttpRequest, code: str) -> FileResponse:
    event = find_public(request, normalise_code(code))
    if not event.picture:
        raise Http404
    try:
        file = event.picture.open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    kept = "public, max-age=300" if event.is_public else "private, no-store"  # a draft is its team's
    return FileResponse(file, headers={"Cache-Control": kept, "X-Content-Type-Options": "nosniff"})
