"""What a column means, told by its heading in seven languages; what may mean two things is asked, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from netevent.core.errors import DomainError
from netevent.core.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

FIELDS = {
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("E-mail"),
    "organisation": _("Organisation"),
    "role": _("Role"),
    "phone": _("Phone"),
    "linkedin": _("LinkedIn"),
    "introduction": _("Introduction"),
    "language": _("Language"),
    "attendee_type": _("Attendee type"),
    "import_key": _("Reference"),
}

# Folded, letters and digits alone: "First_Name", "first name" and "FirstName" are one heading.
KNOWN: dict[str, tuple[str, ...]] = {
    "first_name": (
        "firstname",
        "first",
        "givenname",
        "givennames",
        "forename",
        "forenames",
        "fname",
        "voornaam",
        "voornamen",
        "roepnaam",
        "vorname",
        "vornamen",
        "rufname",
        "prenom",
        "prenoms",
        "nombredepila",
        "nombres",
        "primernombre",
        "nomedibattesimo",
        "imie",
        "imiona",
    ),
    "last_name": (
        "lastname",
        "last",
        "surname",
        "familyname",
        "lname",
        "secondname",
        "achternaam",
        "familienaam",
        "nachname",
        "familienname",
        "zuname",
        "nomdefamille",
        "apellido",
        "apellidos",
        "primerapellido",
        "cognome",
        "nazwisko",
        "nazwiska",
    ),
    "email": (
        "email",
        "emailaddress",
        "mail",
        "mailaddress",
        "emailadres",
        "mailadres",
        "emailadresse",
        "mailadresse",
        "adressemail",
        "adresseemail",
        "courriel",
        "correo",
        "correoelectronico",
        "direcciondecorreo",
        "direcciondecorreoelectronico",
        "indirizzoemail",
        "postaelettronica",
        "adresemail",
        "adrespocztyelektronicznej",
        "pocztaelektroniczna",
    ),
    "organisation": (
        "organisation",
        "organization",
        "company",
        "companyname",
        "affiliation",
        "institution",
        "institute",
        "employer",
        "university",
        "organisatie",
        "bedrijf",
        "bedrijfsnaam",
        "instelling",
        "werkgever",
        "firma",
        "unternehmen",
        "zugehorigkeit",
        "einrichtung",
        "arbeitgeber",
        "societe",
        "entreprise",
        "etablissement",
        "employeur",
        "organismo",
        "organizacion",
        "empresa",
        "institucion",
        "afiliacion",
        "organizzazione",
        "azienda",
        "ente",
        "istituzione",
        "affiliazione",
        "organizacja",
        "instytucja",
        "przedsiebiorstwo",
        "afiliacja",
    ),
    "role": (
        "role",
        "jobtitle",
        "position",
        "job",
        "jobrole",
        "occupation",
        "profession",
        "functie",
        "functietitel",
        "rol",
        "beroep",
        "rolle",
        "berufsbezeichnung",
        "beruf",
        "stelle",
        "poste",
        "fonction",
        "metier",
        "puesto",
        "cargo",
        "ocupacion",
        "ruolo",
        "posizione",
        "qualifica",
        "stanowisko",
        "rola",
        "zawod",
        "funkcja",
        "funktion",
    ),
    "phone": (
        "phone",
        "phonenumber",
        "telephone",
        "telephonenumber",
        "mobile",
        "mobilephone",
        "mobilenumber",
        "cell",
        "cellphone",
        "homephone",
        "workphone",
        "telefoon",
        "telefoonnummer",
        "mobiel",
        "telefon",
        "telefonnummer",
        "handy",
        "mobiltelefon",
        "numerodetelephone",
        "portable",
        "telefono",
        "numerodetelefono",
        "movil",
        "numeroditelefono",
        "cellulare",
        "numertelefonu",
        "telefonkomorkowy",
        "komorka",
    ),
    "linkedin": ("linkedin", "linkedinurl", "linkedinprofile", "linkedinprofil"),
    "introduction": (
        "introduction",
        "bio",
        "biography",
        "about",
        "aboutme",
        "introductie",
        "biografie",
        "vorstellung",
        "uberdich",
        "presentation",
        "biographie",
        "presentacion",
        "biografia",
        "presentazione",
        "osobie",
        "opis",
    ),
    "language": (
        "language",
        "lang",
        "locale",
        "preferredlanguage",
        "taal",
        "voorkeurstaal",
        "sprache",
        "langue",
        "idioma",
        "lingua",
        "jezyk",
    ),
    "attendee_type": (
        "attendeetype",
        "tickettype",
        "ticket",
        "ticketname",
        "category",
        "tickettyp",
        "teilnehmertyp",
        "deelnemerstype",
        "ticketsoort",
        "categorie",
        "kategorie",
        "typedebillet",
        "typedeparticipant",
        "tipodeentrada",
        "tipodeasistente",
        "categoria",
        "tipodibiglietto",
        "rodzajbiletu",
        "kategoria",
        "typuczestnika",
    ),
    "import_key": (
        "reference",
        "externalid",
        "externalreference",
        "orderreference",
        "referentie",
        "referenz",
        "referencia",
        "riferimento",
        "referencja",
    ),
}
MEANING = {heading: name for name, headings in KNOWN.items() for heading in headings}

# These may name a whole person, a family or a given name; a partner in the same row of headings settles it.
UNSURE: dict[str, tuple[str, ...]] = {
    "name": ("first_name", "last_name"),
    "naam": ("first_name", "last_name"),
    "nom": ("last_name", "first_name"),
    "nombre": ("first_name", "last_name"),
    "nome": ("first_name", "last_name"),
    "fullname": ("first_name", "last_name"),
    "attendee": ("first_name", "last_name"),
    "attendeename": ("first_name", "last_name"),
    "participant": ("first_name", "last_name"),
    "nomcomplet": ("first_name", "last_name"),
    "nombrecompleto": ("first_name", "last_name"),
    "nomecompleto": ("first_name", "last_name"),
    "vollstandigername": ("first_name", "last_name"),
    "volledigenaam": ("first_name", "last_name"),
    "imieinazwisko": ("first_name", "last_name"),
    "title": ("role", "attendee_type"),
    "titel": ("role", "attendee_type"),
    "type": ("attendee_type", "role"),
}
SETTLED = {"name": "vorname", "naam": "voornaam", "nom": "prenom"}, {"nombre": ("apellido", "apellidos"), "nome": ("cognome",)}


@dataclass(frozen=True)
class Columns:
    """Column index → field; headings that must be asked, with what they may mean; headings that are left out."""

    fields: dict[int, str]
    unsure: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def bare(heading: str) -> str:
    return re.sub(r"[^0-9a-z]", "", fold(heading))


def understand(
    headings: Sequence[str], chosen: Mapping[str, str] | None = None, *, more: Mapping[str, frozenset[str]] | None = None
) -> Columns:
    """Map headings to fields.

    Args:
        chosen: heading → field name, or "" to leave the column out; wins over everything known.
        more: further fields with the folded headings that mean them; a heading of ours means ours.

    Raises:
        DomainError: `unknown_column` (a chosen heading isn't there) or `unknown_field`.
    """
    extra = more or {}
    wanted = checked_choice(headings, chosen or {}, extra)
    named = {heading: meaning_of(heading, headings) or field_named(heading, extra) for heading in headings}
    found = {index: wanted.get(fold(heading), named[heading]) for index, heading in enumerate(headings)}
    fields = {index: name for index, name in found.items() if name}
    unsure = {heading: UNSURE[bare(heading)] for index, heading in enumerate(headings) if found[index] is None and bare(heading) in UNSURE}
    for name in set(fields.values()):
        columns = [index for index, known in fields.items() if known == name and fold(headings[index]) not in wanted]
        taken = [index for index, known in fields.items() if known == name]
        if len(taken) > 1:  # two columns with one meaning: which one is meant is not ours to say
            unsure |= {headings[index]: (name,) for index in columns}
            fields = {index: known for index, known in fields.items() if index not in columns}
    ignored = [heading for index, heading in enumerate(headings) if index not in fields and heading and heading not in unsure]
    return Columns(fields, unsure, ignored)


def choose(headings: Sequence[str], chosen: Mapping[int, str], *, more: Collection[str] = ()) -> Columns:
    """What a person said each column means, by its place; columns that aren't named are left out.

    Raises:
        DomainError: `unknown_field`, `unknown_column`, or `same_field_twice` (422).
    """
    fields = {index: name for index, name in chosen.items() if name}
    for index, name in fields.items():
        if name not in FIELDS and name not in more:
            raise DomainError("unknown_field", _("There is no such field."), status=422)
        if not 0 <= index < len(headings):
            raise DomainError("unknown_column", _("The file has no such column."), status=422)
    names = [*fields.values()]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        message = _("Two columns are said to be “%(field)s”. Leave one of them out.") % {
            "field": FIELDS.get(twice, twice.partition(":")[2])
        }
        raise DomainError(
            "same_field_twice", message, status=422, fields={headings[i]: message for i, name in fields.items() if name == twice}
        )
    return Columns(fields, ignored=[heading for index, heading in enumerate(headings) if index not in fields and heading])


def meaning_of(heading: str, headings: Sequence[str]) -> str | None:
    word, others = bare(heading), {bare(other) for other in headings}
    if word in SETTLED[0] and SETTLED[0][word] in others:
        return "last_name"
    if word in SETTLED[1] and others & {*SETTLED[1][word]}:
        return "first_name"
    return None if word in UNSURE else MEANING.get(word) or our_words().get(word)


def field_named(heading: str, more: Mapping[str, frozenset[str]]) -> str | None:
    word = fold(heading)
    return next((name for name, words in more.items() if word and word in words), None)


@cache
def our_words() -> dict[str, str]:
    """The headings that our own files carry, in each language: whatever translators call a field, its column comes back."""
    found: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            for name, label in FIELDS.items():
                found.setdefault(bare(str(label)), name)
    return {word: name for word, name in found.items() if word and word not in UNSURE}


def checked_choice(headings: Sequence[str], chosen: Mapping[str, str], more: Collection[str] = ()) -> dict[str, str]:
    known = {fold(heading) for heading in headings}
    for heading, name in chosen.items():
        if fold(heading) not in known:
            raise DomainError("unknown_column", _("The file has no column “%(heading)s”.") % {"heading": heading}, status=422)
        if name and name not in FIELDS and name not in more:
            fields = ", ".join([*FIELDS, *more])
            raise DomainError("unknown_field", _("“%(name)s” is none of: %(fields)s.") % {"name": name, "fields": fields}, status=422)
    return {fold(heading): name for heading, name in chosen.items()}
