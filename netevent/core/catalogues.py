"""The message catalogues: what the code says, and whether every language says it too. Needs Babel, not gettext."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

DOMAIN = "django"
SOURCE = "en"  # message ids are English, so its catalogue is filled by itself
PARTS = ("netevent", "events", "attendees", "sessions_app", "networking", "analytics", "templates")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|(?<!\{)\{(\w*)(?:[:!][^{}]*)?\}")


def sources() -> Iterator[Path]:
    """Python modules and templates, in an order that doesn't depend on the machine."""
    for part in PARTS:
        folder = Path(settings.BASE_DIR) / part
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts and "static" not in path.parts:
                yield path


def python_text(path: Path) -> str:
    """Python source that names the file's messages; of a template what Django's own extraction makes of it."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    if "{%" not in text and "{{" not in text:
        return ""
    lines = templatize(text, origin=str(path)).splitlines()
    return "\n".join(line.strip() for line in lines)  # Babel's tokenizer minds indentation


def template_catalogue() -> Catalog:
    """Every message of the code, with the comments meant for translators."""
    catalogue = Catalog(domain=DOMAIN, charset="utf-8")
    for path in sources():
        name = path.relative_to(settings.BASE_DIR).as_posix()
        text = io.BytesIO(python_text(path).encode())
        for line, message, comments, context in extract("python", text, KEYWORDS, ("Translators:",), {"encoding": "utf-8"}):
            catalogue.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalogue


def catalogue_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalogue(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def update_catalogue(language: str, template: Catalog) -> Catalog:
    """Take new messages in and obsolete ones out; nothing is guessed, so nothing becomes fuzzy."""
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = read_catalogue(language) if path.exists() else Catalog(locale=language, domain=DOMAIN)
    catalogue.update(deepcopy(template), no_fuzzy_matching=True)  # a copy: Babel shares messages between catalogues
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = f"# NetEvent in {catalogue.locale.english_name}; msgids are English, `make messages` keeps the list."
    if language == SOURCE:
        fill_from_ids(catalogue)
    out = io.BytesIO()
    write_po(out, catalogue, width=120, include_lineno=False, sort_output=True, omit_header=False)
    path.write_bytes(without_dates(out.getvalue()))
    return catalogue


def without_dates(text: bytes) -> bytes:
    """Dates in the header would change the file at every run."""
    return re.sub(
        rb'^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):.*\n',
        b"",
        text,
        flags=re.MULTILINE,
    )


def fill_from_ids(catalogue: Catalog) -> None:
    for message in catalogue:
        if message.id:
            message.string = message.id


def texts(value: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """The forms of a message, one or several; one empty text where there is none."""
    return [value or ""] if isinstance(value, str | None) else list(value)


def is_translated(message: Message) -> bool:
    return all(texts(message.string))


def placeholders(text: str) -> set[str]:
    return {found[0] or found[1] for found in PLACEHOLDER.findall(text)}


def fault_of(wanted: Message, found: Message | None, forms: int) -> str:
    """What is wrong with a translation; nothing when it can be shown."""
    if found is None:
        return "missing"
    if found.fuzzy:
        return "fuzzy"
    translations = texts(found.string)
    if not all(translations) or (wanted.pluralizable and len(translations) < forms):
        return "untranslated"
    known = placeholders("".join(texts(wanted.id)))
    if any(placeholders(text) - known for text in translations) or known - placeholders("".join(translations)):
        return "has other placeholders"
    return ""


def faults(language: str, template: Catalog) -> Iterator[str]:
    """A line for each message that this language lacks or says wrongly."""
    catalogue = read_catalogue(language)
    for wanted in template:
        if wanted.id:
            fault = fault_of(wanted, catalogue.get(wanted.id, wanted.context), catalogue.num_plurals)
            if fault:
                yield f"{language}: {fault}: {texts(wanted.id)[0]!r} ({wanted.locations[0][0]})"
