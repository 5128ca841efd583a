"""The demo's attendees: invented people with invented names, and who of them came."""

from __future__ import annotations

import unicodedata
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from attendees.demo_money import make_vouchers, settle_people
from attendees.demo_questions import make_questions
from attendees.models import Answer, Attendee, CheckIn, RegistrationStep, Status
from attendees.services.badges import give_badges
from attendees.services.check_in import main_checkpoint
from attendees.services.registration import Person, register_attendee
from netevent.core.codes import ALPHABET
from netevent.core.demo import Demo

if TYPE_CHECKING:
    import random

    from events.models import AttendeeType, Event

FIRST = [
    "Aaltje",
    "Ahmed",
    "Aleksandra",
    "Alma",
    "Amira",
    "Anders",
    "Anouk",
    "Bartosz",
    "Bea",
    "Bram",
    "Camille",
    "Carlos",
    "Chiara",
    "Daan",
    "Dilan",
    "Dorota",
    "Eline",
    "Emil",
    "Esra",
    "Fabio",
    "Fatima",
    "Femke",
    "Filip",
    "Fleur",
    "Gijs",
    "Giulia",
    "Hanna",
    "Hugo",
    "Ines",
    "Isabel",
    "Ivo",
    "Jakub",
    "Jana",
    "Jasper",
    "Joana",
    "Kasia",
    "Kaya",
    "Lars",
    "Lea",
    "Levi",
    "Lieke",
    "Lorenzo",
    "Lotte",
    "Łukasz",
    "Maja",
    "Malik",
    "Marta",
    "Mats",
    "Mehmet",
    "Mila",
    "Nadia",
    "Niels",
    "Noémie",
    "Nora",
    "Olga",
    "Oskar",
    "Paula",
    "Piotr",
    "Pilar",
    "Quinten",
    "Rana",
    "Ravi",
    "Renée",
    "Rosa",
    "Ruben",
    "Sanne",
    "Sara",
    "Selin",
    "Sofie",
    "Stijn",
    "Tessa",
    "Thijs",
    "Tove",
    "Ugo",
    "Vera",
    "Wiktor",
    "Yara",
    "Yusuf",
    "Zofia",
    "Zoë",
]
LAST = [
    "Aalbers",
    "Adamczyk",
    "Aksoy",
    "Albertini",
    "Andersen",
    "Arslan",
    "Baker",
    "Bakker",
    "Bauer",
    "Bellini",
    "Bernard",
    "Blom",
    "Brouwer",
    "Carvalho",
    "Castillo",
    "Cohen",
    "Conti",
    "Dąbrowska",
    "Dekker",
    "Delacroix",
    "Demir",
    "Dijkstra",
    "Dubois",
    "Erdem",
    "Fabre",
    "Ferrari",
    "Fischer",
    "García",
    "Groen",
    "Grabowski",
    "Haddad",
    "Hartmann",
    "Hermans",
    "Hoekstra",
    "Ibrahim",
    "Jansen",
    "Jansson",
    "Kamiński",
    "Kaya",
    "Keller",
    "Klein",
    "König",
    "Kowalczyk",
    "Kramer",
    "Lefèvre",
    "Lindqvist",
    "López",
    "Maas",
    "Marchetti",
    "Meijer",
    "Mendes",
    "Moreau",
    "Müller",
    "Nguyen",
    "Nowicka",
    "Okafor",
    "Olsen",
    "Öztürk",
    "Pawlak",
    "Peeters",
    "Petrov",
    "Pires",
    "Postma",
    "Ramos",
    "Ricci",
    "Rossi",
    "Sánchez",
    "Schäfer",
    "Schouten",
    "Silva",
    "Smit",
    "Sørensen",
    "Szymańska",
    "Tanaka",
    "Torres",
    "Vaessen",
    "Valk",
    "Vermeer",
    "Visser",
    "Vogel",
    "Weber",
    "Wójcik",
    "Yılmaz",
    "Zając",
    "Zimmermann",
]
PREFIXES = ("", "", "", "", "van ", "de ", "van der ", "von ", "El ")
PLACES = (
    "Northlight Studio",
    "Veld & Co.",
    "Harbour Hospital",
    "Institut Rivage",
    "Ostrava Rail",
    "Lumen Energy",
    "City of Utrecht",
    "Atelier Nord",
    "",
    "",
)
ROLES = ("Engineer", "Product designer", "Researcher", "Student", "Planner", "Data analyst", "Teacher", "Project lead", "", "")
LANGUAGES = ("en", "en", "nl", "nl", "de", "fr", "es", "it", "pl")
SHOW_UP = (0.82, 0.74, 0.9, 0.68, 0.79, 0.71, 0.86, 0.77)


def make_attendees(demo: Demo, **kwargs: Any) -> None:
    """Fill the events that have nobody yet; then the accounts that sign in take their own places."""
    empty = {code for code, event in demo.events.items() if not event.attendees.exists()}
    if "CONF2027" in empty:
        fill(demo, demo.events["CONF2027"], demo.attendees, came=None)
        keep_known_places(demo)
        make_questions(demo, demo.events["CONF2027"])
        make_vouchers(demo.events["CONF2027"])
    if "OPENDAY" in empty:
        fill(demo, demo.events["OPENDAY"], 80, came=0.35)
    for number in range(1, 6):
        if (code := f"WORKSHOP{number}") in empty:
            event = demo.events[code]
            fill(demo, event, min(event.max_attendees - 2 * number, 5 * number + 6), came=None)
    for number, share in enumerate(SHOW_UP, 1):
        if (code := f"PAST000{number}") in empty:
            event = demo.events[code]
            fill(demo, event, int(event.max_attendees * (0.6 + share / 3)), came=share)


def fill(demo: Demo, event: Event, number: int, *, came: float | None) -> None:
    """So many people in bulk, each with the step that tells how they came in; a share of them checked in when the event was held."""
    dice, types = demo.dice(event.code), list(event.attendee_types.order_by("position", "pk"))
    people = Attendee.objects.bulk_create([person(dice, event, types, n, demo) for n in range(number)], batch_size=500)
    RegistrationStep.objects.bulk_create([first_step(attendee) for attendee in people], batch_size=500)
    give_badges([attendee for attendee in people if attendee.status == Status.CONFIRMED])
    backdate(people)
    settle_people(demo, event, people)
    demo.count("attendees", len(people))
    if came is not None:
        check_people_in(demo, event, [attendee for attendee in people if dice.random() < came], dice)


def person(dice: random.Random, event: Event, types: list[AttendeeType], number: int, demo: Demo) -> Attendee:
    first, last = dice.choice(FIRST), f"{dice.choice(PREFIXES)}{dice.choice(LAST)}".strip()
    kind = dice.choices(types, weights=[6, 3, 1][: len(types)])[0]
    state = Status.AWAITING_PAYMENT if kind.price and dice.random() < 0.12 else Status.CONFIRMED
    if kind.needs_approval and dice.random() < 0.4:
        state = Status.PENDING_APPROVAL
    attendee = Attendee(
        event=event,
        email=f"{plain(first)}.{plain(last)}.{event.code.lower()}{number}@people.demo.netevent.test",
        first_name=first,
        last_name=last,
        organisation=dice.choice(PLACES),
        role=dice.choice(ROLES),
        language=dice.choice(LANGUAGES),
        code="".join(dice.choice(ALPHABET) for _ in range(8)),
        attendee_type=kind,
        status=state,
        price=kind.price,
        currency=event.currency,
        vat_rate=kind.vat_rate,
        due_at=event.starts_at - timedelta(days=7) if state == Status.AWAITING_PAYMENT else None,
        attendance_status="not_attending" if dice.random() < 0.05 else "attending",
    )
    attendee.search_key = attendee.make_search_key()
    latest = min(demo.today, event.starts_at) - timedelta(hours=2)
    attendee.wanted_at = latest - timedelta(minutes=dice.randrange(30, 60 * 24 * 40))  # type: ignore[attr-defined]
    return attendee


def plain(name: str) -> str:
    """A name as the local part of an address."""
    bare = unicodedata.normalize("NFKD", name.lower().replace("ł", "l").replace("ø", "o").replace("ı", "i"))
    return "".join(letter for letter in bare if letter.isascii() and letter.isalnum())


def first_step(attendee: Attendee) -> RegistrationStep:
    return RegistrationStep(
        attendee=attendee,
        event=attendee.event,
        act="register",
        to_state=attendee.status,
        attendee_type=attendee.attendee_type,
        price=attendee.price,
        source="page",
    )


def backdate(people: list[Attendee]) -> None:
    """Registrations came in over weeks, not in the second in which the demo was made (auto_now_add says the latter)."""
    at = {attendee.pk: attendee.wanted_at for attendee in people}  # type: ignore[attr-defined]
    for attendee in people:
        attendee.created_at = at[attendee.pk]
    Attendee.objects.bulk_update(people, ["created_at"], batch_size=500)
    steps = list(RegistrationStep.objects.filter(attendee__in=people))
    for step in steps:
        step.at = at[step.attendee_id]
    RegistrationStep.objects.bulk_update(steps, ["at"], batch_size=500)


def check_people_in(demo: Demo, event: Event, people: list[Attendee], dice: random.Random) -> None:
    entry, staff = main_checkpoint(event), demo.users["staff"]
    rows = []
    for attendee in people:
        arrived = event.starts_at + timedelta(minutes=dice.gauss(-8, 14))
        attendee.first_entry_at = min(arrived, demo.today - timedelta(minutes=dice.randrange(1, 90)))
        rows.append(
            CheckIn(
                scan_id=uuid.UUID(int=dice.getrandbits(128), version=4),
                event=event,
                checkpoint=entry,
                attendee=attendee,
                answer=Answer.IN,
                once_key="once",
                scanned_at=attendee.first_entry_at,
                by=staff,
            )
        )
    CheckIn.objects.bulk_create(rows, batch_size=500)
    Attendee.objects.bulk_update(people, ["first_entry_at"], batch_size=500)
    demo.count("check-ins", len(rows))


def keep_known_places(demo: Demo) -> None:
    """Ada and Grace are confirmed at the conference; the students come as students."""
    conference = demo.events["CONF2027"]
    kind = conference.attendee_types.get(code="SPEAKER")
    for name in ("ada", "grace", "s001", "s002", "s003", "s004", "s005"):
        user = demo.users[name]
        someone = Person(first_name=user.first_name, last_name=user.last_name, email=user.email, user=user, language=user.language)
        registered = register_attendee(attendee_type=kind, person=someone, source="import", tell=False)
        demo.count("attendees", int(registered.is_new))
