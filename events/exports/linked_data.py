"""An event as search engines read it: schema.org in JSON-LD."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from events.models import AttendeeType, Event

SCHEMA = "https://schema.org"
SHOWN = 1000  # of a description; the page has all of it
# Inside a script element nothing may look like markup, whatever people write.
ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def without_nothing(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value not in (None, "", [], {})}


def absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def linked_data(event: Event, types: list[tuple[AttendeeType, int | None]], places_left: int | None) -> dict[str, Any]:
    """What a search engine shows of it; `types` are those on offer, each with its places left (None: no limit)."""
    moved = event.planned_starts_at is not None and event.planned_starts_at != event.starts_at
    return without_nothing(
        {
            "@context": SCHEMA,
            "@type": "Event",
            "name": event.name,
            "description": event.description[:SHOWN],
            "url": absolute(event.get_absolute_url()),
            "image": [absolute(event.picture_url)] if event.picture else [],
            "startDate": event.starts_at.astimezone(event.zone).isoformat(),
            "endDate": event.ends_at.astimezone(event.zone).isoformat() if event.ends_at else "",
            "previousStartDate": event.planned_starts_at.astimezone(event.zone).isoformat() if moved and event.planned_starts_at else "",
            "eventStatus": f"{SCHEMA}/{'EventCancelled' if event.is_cancelled else 'EventRescheduled' if moved else 'EventScheduled'}",
            "eventAttendanceMode": f"{SCHEMA}/OfflineEventAttendanceMode" if event.place else "",
            "inLanguage": event.content_languages,
            "location": location(event),
            "organizer": {"@type": "Organization", "name": event.organiser.name},
            "performer": {"@type": "Person", "name": event.instructor} if event.instructor else {},
            "maximumAttendeeCapacity": event.max_attendees,
            "offers": [offer(event, kind, left, places_left) for kind, left in types],
        }
    )


def location(event: Event) -> dict[str, Any]:
    if not event.place:
        return {}
    venue = event.venue
    city = event.city or (venue.city if venue else "")
    address = {"streetAddress": " ".join(venue.address.split()) if venue else "", "addressLocality": city}
    known = {"@type": "PostalAddress", **without_nothing(address)} if any(address.values()) else {}
    return without_nothing({"@type": "Place", "name": (venue.name if venue else event.location) or city, "address": known})


def offer(event: Event, kind: AttendeeType, left: int | None, places_left: int | None) -> dict[str, Any]:
    state = event.registration_state()
    gone = state not in ("open", "not_yet") or 0 in (left, places_left)
    begins, ends = kind.opens_at or event.registration_opens_at, kind.closes_at or event.registration_closes_at
    return without_nothing(
        {
            "@type": "Offer",
            "name": kind.name,
            "price": str(kind.price),
            "priceCurrency": event.currency,
            "url": absolute(f"/event/register/{event.code}?type={kind.code}"),
            "availability": f"{SCHEMA}/{'SoldOut' if gone else 'PreOrder' if state == 'not_yet' else 'InStock'}",
            "validFrom": begins.isoformat() if begins else "",
            "validThrough": ends.isoformat() if ends else "",
        }
    )


def as_script(facts: dict[str, Any]) -> SafeString:
    """For the inside of `<script type="application/ld+json">`: the same data, with no sign in it that ends or begins markup."""
    return mark_safe(json.dumps(facts, ensure_ascii=False).translate(ESCAPES))  # noqa: S308 -- every `<`, `>` and `&` is escaped
