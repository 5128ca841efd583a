"""The demo's organisers, venues, clubs and events: a university's year, written for this purpose."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from events.demo_texts import CONFERENCE, OPEN_DAY, PAST, TYPES, WORKSHOPS
from events.models import Club, ClubMember, Event, EventType, Organiser, OrganiserMember, Role, Room, Tag, TeamMember, Venue, Visibility
from events.services.events import create_event
from netevent.core.demo import Demo, address

CLUBS = (
    ("Open Source Society", "Builds, mends and gives away software.", "technology"),
    ("Debate Union", "Argues well and listens better.", "humanities"),
    ("Green Campus", "Makes the university lighter on the planet.", "sustainability"),
    ("Theatre Lab", "Plays, and plays with play.", "culture"),
)
VENUES = {
    "Uithof Forum": ("Leuvenlaan 4", "Utrecht", 600, (("Aula", 420), ("Blue room", 80), ("Workshop room", 40))),
    "Stadscampus": ("Prinsstraat 13", "Antwerpen", 200, (("Hall A", 120), ("Studio", 30))),
    "Kulturwerk": ("Lohmühlenstraße 65", "Berlin", 150, (("Saal", 140),)),
    "Dom Kultury": ("ul. Karmelicka 9", "Kraków", 180, (("Sala duża", 160), ("Pracownia", 24))),
    "Atelier Sud": ("12 rue de la Loge", "Lyon", 60, (("Grande salle", 60),)),
}


def make_events(demo: Demo, **kwargs: Any) -> None:
    """Everything is found by its code or name first, so a second call adds nothing."""
    first, second = make_organisers(demo)
    venues, clubs = make_venues(demo), make_clubs(demo)
    make_conference(demo, first, venues, clubs)
    for number, texts in enumerate(WORKSHOPS, 1):
        make_workshop(demo, number, texts, second if number > 3 else first, venues)
    for number, texts in enumerate(PAST, 1):
        make_past(demo, number, texts, first, venues, clubs)
    make_open_day(demo, first, venues, clubs)
    for code in ("CONF2027", "OPENDAY"):
        join_team(demo.events[code], demo.users["staff"], "check-in")


def make_organisers(demo: Demo) -> tuple[Organiser, Organiser]:
    made = []
    for name, legal, owner, code, zone in (
        ("Faculty of Engineering", "Utrecht Technical Faculty Foundation", "organizer", "ENGINEERS", "Europe/Amsterdam"),
        ("Warsztaty bez granic", "Fundacja Warsztaty bez granic", "organizer2", "WARSZTATY", "Europe/Warsaw"),
    ):
        values = {"legal_name": legal, "email": address(owner), "staff_code": code, "time_zone": zone, "approved_at": timezone.now()}
        organiser, is_new = Organiser.objects.get_or_create(name=name, defaults=values)
        if is_new:
            demo.count("organisers")
            OrganiserMember.objects.create(organiser=organiser, user=demo.users[owner], is_owner=True)
        made.append(organiser)
    return made[0], made[1]


def make_venues(demo: Demo) -> dict[str, Venue]:
    made = {}
    for name, (street, city, capacity, rooms) in VENUES.items():
        venue, is_new = Venue.objects.get_or_create(name=name, city=city, defaults={"address": street, "capacity": capacity})
        made[city] = venue
        if is_new:
            demo.count("venues")
            for room, places in rooms:
                Room.objects.create(venue=venue, name=room, capacity=places)
    return made


def make_clubs(demo: Demo) -> list[Club]:
    made = []
    for index, (name, description, domain) in enumerate(CLUBS):
        club, is_new = Club.objects.get_or_create(name=name, defaults={"description": description, "domain": domain})
        made.append(club)
        if is_new:
            demo.count("clubs")
            for number in (index, index + 1):
                ClubMember.objects.create(club=club, user=demo.users[f"s00{number + 1}"], role="Chair" if number == index else "Member")
    return made


def make_conference(demo: Demo, organiser: Organiser, venues: dict[str, Venue], clubs: list[Club]) -> None:
    start = demo.local(120, 9)
    types = [
        {"code": "REGULAR", "price": Decimal("149.00"), "capacity": 300, "colour": "#0d5c75", "vat_rate": Decimal(21), **TYPES["regular"]},
        {"code": "STUDENT", "price": Decimal("35.00"), "capacity": 150, "colour": "#7a4fb5", "vat_rate": Decimal(21), **TYPES["student"]},
        {"code": "SPEAKER", "price": Decimal(0), "capacity": 50, "colour": "#b3541e", "hidden": True, **TYPES["speaker"]},
    ]
    make(
        demo,
        "CONF2027",
        CONFERENCE,
        organiser=organiser,
        kind="conference",
        owner="organizer",
        starts_at=start,
        ends_at=start + timedelta(days=1, hours=8),
        venue=venues["Utrecht"],
        room=venues["Utrecht"].rooms.get(name="Aula"),
        max_attendees=400,
        colour="#0d5c75",
        department="Engineering",
        attendee_types=types,
        tags=("networking", "engineering", "open source"),
        clubs=clubs[:2],
    )


def make_open_day(demo: Demo, organiser: Organiser, venues: dict[str, Venue], clubs: list[Club]) -> None:
    """Held while you read this, so that the door can be tried."""
    start = demo.local(-1, 9)
    make(
        demo,
        "OPENDAY",
        OPEN_DAY,
        organiser=organiser,
        kind="social",
        owner="organizer",
        starts_at=start,
        ends_at=start + timedelta(days=2, hours=9),
        venue=venues["Utrecht"],
        max_attendees=120,
        colour="#a8562f",
        attendee_types=[{"code": "VISITOR", "colour": "#a8562f", **TYPES["participant"]}],
        tags=("welcome",),
        clubs=clubs[2:3],
    )


def make_workshop(demo: Demo, number: int, texts: dict[str, Any], organiser: Organiser, venues: dict[str, Venue]) -> None:
    venue = venues[texts["city"]]
    zone = texts["zone"]
    start = demo.local(10 + 9 * number, 13, zone=zone)
    price = texts["price"]
    make(
        demo,
        f"WORKSHOP{number}",
        texts["texts"],
        organiser=organiser,
        kind=texts["kind"],
        owner="organizer2" if number > 3 else "organizer",
        starts_at=start,
        ends_at=start + timedelta(hours=4),
        time_zone=zone,
        venue=venue,
        max_attendees=texts["places"],
        mode=texts["mode"],
        colour=texts["colour"],
        level=texts["level"],
        instructor=texts["instructor"],
        prerequisites=texts["prerequisites"],
        you_will_learn=texts["you_will_learn"],
        agenda=texts["agenda"],
        attendee_types=[{"code": "SEAT", "price": price, "colour": texts["colour"], **TYPES["participant"]}],
        tags=texts["tags"],
        clubs=(),
    )


def make_past(demo: Demo, number: int, texts: dict[str, Any], organiser: Organiser, venues: dict[str, Venue], clubs: list[Club]) -> None:
    start = demo.local(-30 * number - 4, texts["hour"])
    make(
        demo,
        f"PAST000{number}",
        texts["texts"],
        organiser=organiser,
        kind=texts["kind"],
        owner="organizer",
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        venue=venues[texts["city"]],
        max_attendees=texts["places"],
        colour=texts["colour"],
        attendee_types=[{"code": "GUEST", "colour": texts["colour"], **TYPES["participant"]}],
        tags=texts["tags"],
        clubs=[clubs[number % len(clubs)], clubs[(number + 1) % len(clubs)]],
    )


def make(
    demo: Demo, code: str, texts: dict[str, Any], *, organiser: Organiser, kind: str, owner: str, tags: Any, clubs: Any, **fields: Any
) -> None:
    """One published event, unless it is there already; either way the parts above find it by its code."""
    known = Event.objects.filter(code=code).first()
    if known is not None:
        demo.events[code] = known
        return
    fields["city"] = fields["venue"].city
    user = demo.users[owner]
    values = {**texts, **fields, "visibility": Visibility.PUBLISHED, "event_type": EventType.objects.get(key=kind)}
    event = create_event(organiser=organiser, by=user, source="job", code=code, content_languages=["en"], **values)
    event.tags.set([Tag.objects.get_or_create(name=name)[0] for name in tags])
    event.clubs.set(clubs)
    demo.events[code] = event
    demo.count("events")


def join_team(event: Event, user: Any, role: str) -> None:
    TeamMember.objects.get_or_create(
        event=event, user=user, defaults={"email": user.email, "role": Role.objects.get(key=role), "accepted_at": timezone.now()}
    )
