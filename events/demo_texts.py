"""What the demo's events say, in the seven languages where an organiser would have written them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def in_languages(**texts: str) -> dict[str, str]:
    return {f"name_{code}": text for code, text in texts.items()}


TYPES: dict[str, dict[str, str]] = {
    "regular": in_languages(en="Regular", nl="Regulier", de="Regulär", fr="Plein tarif", es="General", it="Intero", pl="Normalny"),
    "student": in_languages(en="Student", nl="Student", de="Studierende", fr="Étudiant", es="Estudiante", it="Studente", pl="Student"),
    "speaker": in_languages(en="Speaker", nl="Spreker", de="Vortragende", fr="Intervenant", es="Ponente", it="Relatore", pl="Prelegent"),
    "participant": in_languages(en="Seat", nl="Plaats", de="Platz", fr="Place", es="Plaza", it="Posto", pl="Miejsce"),
}

CONFERENCE: dict[str, str] = {
    **in_languages(
        en="Bridges: engineering for people",
        nl="Bruggen: techniek voor mensen",
        de="Brücken: Technik für Menschen",
        fr="Passerelles : l’ingénierie pour tous",
        es="Puentes: ingeniería para las personas",
        it="Ponti: ingegneria per le persone",
        pl="Mosty: inżynieria dla ludzi",
    ),
    "description_en": (
        "Two days for people who build things that others depend on: software, bridges, hospitals, timetables.\n\n"
        "Talks in the morning, workshops in the afternoon, and long breaks on purpose: most of what you take home is said between sessions."
    ),
    "description_nl": (
        "Twee dagen voor mensen die dingen bouwen waar anderen op rekenen: software, bruggen, ziekenhuizen, dienstregelingen.\n\n"
        "'s Ochtends lezingen, 's middags workshops, en met opzet lange pauzes: het meeste wat je meeneemt, hoor je tussendoor."
    ),
    "description_de": (
        "Zwei Tage für alle, die bauen, worauf andere sich verlassen: Software, Brücken, Krankenhäuser, Fahrpläne.\n\n"
        "Vormittags Vorträge, nachmittags Workshops, und absichtlich lange Pausen: Das meiste nimmt man aus den Gesprächen mit."
    ),
    "description_fr": (
        "Deux jours pour celles et ceux qui construisent ce dont les autres dépendent : logiciels, ponts, hôpitaux, horaires.\n\n"
        "Des conférences le matin, des ateliers l’après-midi et de longues pauses voulues : l’essentiel se dit entre les séances."
    ),
    "description_es": (
        "Dos días para quienes construyen aquello de lo que otros dependen: programas, puentes, hospitales, horarios.\n\n"
        "Charlas por la mañana, talleres por la tarde y pausas largas a propósito: lo mejor se dice entre sesiones."
    ),
    "description_it": (
        "Due giorni per chi costruisce ciò da cui altri dipendono: software, ponti, ospedali, orari.\n\n"
        "Relazioni al mattino, laboratori al pomeriggio e pause lunghe di proposito: il meglio si dice tra una sessione e l’altra."
    ),
    "description_pl": (
        "Dwa dni dla tych, którzy budują to, na czym polegają inni: oprogramowanie, mosty, szpitale, rozkłady jazdy.\n\n"
        "Rano wykłady, po południu warsztaty i celowo długie przerwy: najwięcej dowiadujemy się między sesjami."
    ),
}

OPEN_DAY: dict[str, str] = {
    **in_languages(
        en="Open days of the faculty",
        nl="Open dagen van de faculteit",
        de="Offene Tage der Fakultät",
        fr="Portes ouvertes de la faculté",
        es="Puertas abiertas de la facultad",
        it="Giornate aperte della facoltà",
        pl="Dni otwarte wydziału",
    ),
    "description_en": "Walk through the laboratories, ask the people who work there, and try what they build.",
    "description_nl": "Loop door de laboratoria, vraag het de mensen die er werken, en probeer uit wat ze bouwen.",
    "description_de": "Durch die Labore gehen, die Leute fragen, die dort arbeiten, und ausprobieren, was sie bauen.",
    "description_fr": "Parcourez les laboratoires, interrogez celles et ceux qui y travaillent, essayez ce qu’ils construisent.",
    "description_es": "Recorra los laboratorios, pregunte a quienes trabajan allí y pruebe lo que construyen.",
    "description_it": "Visitate i laboratori, chiedete a chi ci lavora e provate ciò che costruisce.",
    "description_pl": "Przejdź przez laboratoria, zapytaj tych, którzy tam pracują, i wypróbuj, co budują.",
}


def workshop(
    name: str,
    text: str,
    *,
    city: str,
    zone: str,
    price: str,
    places: int,
    colour: str,
    kind: str = "workshop",
    mode: str = "automatic",
    **more: Any,
) -> dict[str, Any]:
    return {
        "texts": {"name_en": name, "description_en": text, **more.pop("names", {})},
        "city": city,
        "zone": zone,
        "price": Decimal(price),
        "places": places,
        "colour": colour,
        "kind": kind,
        "mode": mode,
        **more,
    }


WORKSHOPS: list[dict[str, Any]] = [
    workshop(
        "Read the room: facilitation for engineers",
        "An afternoon of practice for people who run meetings, retrospectives and design reviews.",
        names=in_languages(
            nl="Lees de ruimte: begeleiden voor ingenieurs",
            de="Den Raum lesen: Moderation für Ingenieure",
            fr="Lire la salle : animer quand on est ingénieur",
        ),
        city="Utrecht",
        zone="Europe/Amsterdam",
        price="0",
        places=24,
        colour="#1f6f5c",
        level="Beginner",
        instructor="Marit Holwerda",
        prerequisites=["A meeting you run and would like to run better"],
        you_will_learn=["Open and close a meeting", "Hear the quiet ones", "Leave with decisions"],
        agenda=["Warm-up", "Three exercises in small groups", "Your own agenda, redrawn"],
        tags=("facilitation", "teams"),
    ),
    workshop(
        "Maps that argue: cartography with open data",
        "Take a public data set, ask it a question, and draw the answer so that a neighbour understands it.",
        city="Antwerpen",
        zone="Europe/Brussels",
        price="45.00",
        places=20,
        colour="#b3541e",
        level="Intermediate",
        instructor="Koen Verhulst",
        prerequisites=["A laptop", "Some spreadsheet practice"],
        you_will_learn=["Find and clean open data", "Choose a projection", "Write a legend that helps"],
        agenda=["Questions first", "Data in an hour", "Drawing", "A wall of maps"],
        tags=("open data", "design"),
    ),
    workshop(
        "Stimme und Bühne",
        "Ein Nachmittag für alle, die vor Leuten sprechen und dabei gehört werden wollen.",
        kind="cultural",
        mode="manual",
        city="Berlin",
        zone="Europe/Berlin",
        price="30.00",
        places=16,
        colour="#8a2f5a",
        level="Beginner",
        instructor="Renate Albers",
        prerequisites=["Bequeme Kleidung"],
        you_will_learn=["Atmen, bevor man spricht", "Stehen, ohne zu schwanken"],
        agenda=["Körper", "Stimme", "Drei Minuten Bühne"],
        tags=("stage", "teams"),
    ),
    workshop(
        "Pierwszy robot",
        "Składamy, lutujemy i programujemy: po czterech godzinach twój robot sam znajdzie drogę.",
        names=in_languages(en="Your first robot", de="Dein erster Roboter"),
        city="Kraków",
        zone="Europe/Warsaw",
        price="0",
        places=24,
        colour="#2f5fa8",
        level="Beginner",
        instructor="Agnieszka Wilk",
        prerequisites=[],
        you_will_learn=["Lutowanie", "Czujniki", "Pętla sterowania"],
        agenda=["Części", "Lutownica", "Program", "Wyścig"],
        tags=("robotics", "engineering"),
    ),
    workshop(
        "Cuisiner sans gaspiller",
        "Un atelier pour calculer, acheter et cuisiner juste ce qu’il faut pour une grande tablée.",
        names=in_languages(en="Catering without waste", nl="Catering zonder verspilling", es="Cocinar sin desperdicio"),
        city="Lyon",
        zone="Europe/Paris",
        price="25.00",
        places=18,
        colour="#5c7a1f",
        level="Intermediate",
        instructor="Solène Ravier",
        prerequisites=["Un tablier"],
        you_will_learn=["Prévoir les quantités", "Réutiliser ce qui reste"],
        agenda=["Compter", "Cuisiner", "Goûter"],
        tags=("sustainability", "food"),
    ),
]


def held(name: str, text: str, *, kind: str, city: str, places: int, colour: str, hour: int, tags: tuple[str, ...]) -> dict[str, Any]:
    texts = {"name_en": name, "description_en": text}
    return {"texts": texts, "kind": kind, "city": city, "places": places, "colour": colour, "hour": hour, "tags": tags}


PAST: list[dict[str, Any]] = [
    held(
        "Autumn career evening",
        "Forty employers, one hall, no slides.",
        kind="social",
        city="Utrecht",
        places=120,
        colour="#2f5fa8",
        hour=17,
        tags=("careers",),
    ),
    held(
        "Debate final",
        "The motion is announced an hour before.",
        kind="cultural",
        city="Antwerpen",
        places=90,
        colour="#8a2f5a",
        hour=19,
        tags=("debate",),
    ),
    held(
        "Repair café",
        "Bring what is broken, take home what works.",
        kind="meetup",
        city="Utrecht",
        places=60,
        colour="#5c7a1f",
        hour=13,
        tags=("sustainability",),
    ),
    held(
        "Lecture: how bridges fail",
        "Five collapses and what each one taught.",
        kind="lecture",
        city="Utrecht",
        places=150,
        colour="#0d5c75",
        hour=16,
        tags=("engineering",),
    ),
    held(
        "Night of short plays",
        "Twelve plays of nine minutes.",
        kind="cultural",
        city="Berlin",
        places=100,
        colour="#7a4fb5",
        hour=19,
        tags=("stage",),
    ),
    held(
        "Hack the timetable",
        "A day with the railway's own data.",
        kind="workshop",
        city="Antwerpen",
        places=50,
        colour="#b3541e",
        hour=10,
        tags=("open data",),
    ),
    held(
        "Welcome breakfast",
        "New students meet those who stayed.",
        kind="social",
        city="Utrecht",
        places=80,
        colour="#1f6f5c",
        hour=8,
        tags=("welcome",),
    ),
    held(
        "Women in robotics",
        "Talks, demos, and a soldering corner.",
        kind="conference",
        city="Kraków",
        places=110,
        colour="#a8562f",
        hour=10,
        tags=("robotics",),
    ),
]
