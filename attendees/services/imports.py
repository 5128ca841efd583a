"""Import of attendees: the same places, states and queue as everywhere, a thousand rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import transaction
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, Question, RegistrationStep, Status
from attendees.models.attendee import ENDED
from attendees.services.answer_columns import (
    ANSWER_REASONS,
    answer_fields,
    answer_reason,
    answers_told,
    headings_of,
    keep_imported_answers,
    new_answers,
)
from attendees.services.answer_kinds import stored_from_cell
from attendees.services.badges import give_badges
from attendees.services.headings import FIELDS, Columns, understand
from attendees.services.places import Places, lock_places, places_of
from attendees.services.registration import message_to, next_in_queue
from events.models import AttendeeType, Event
from netevent.core.codes import new_code
from netevent.core.currencies import rounded
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_email
from netevent.core.tables import Row, Table
from netevent.core.text import fold, trimmed
from netevent.notifications.services import queue_messages

if TYPE_CHECKING:
    from netevent.accounts.models import User

CHUNK = 1000  # a chunk is one transaction: other registrations wait for no more than that
LONGEST = {
    "first_name": 100,
    "last_name": 100,
    "organisation": 200,
    "role": 200,
    "phone": 50,
    "introduction": 2000,
    "linkedin": 200,
    "import_key": 120,
}
FILLED_BY_IMPORT = ("first_name", "last_name", "organisation", "role", "phone", "introduction", "linkedin")


# A line of a job keeps the word alone; whoever reads it gets these, in their language.
REASONS: dict[str, str | Promise] = {
    "no_email": _("The row has no e-mail address."),
    "invalid_email": _("This is not an e-mail address."),
    "no_name": _("The row has no name."),
    **{f"{name}_too_long": format_lazy("{field}: {text}", field=FIELDS[name], text=_("too long")) for name in LONGEST},
    "invalid_linkedin": _("The LinkedIn address is not a web address."),
    "unknown_type": _("The event has no such attendee type."),
    "duplicate_in_file": _("This address stands in an earlier row."),
    "duplicate_reference": _("This reference stands in an earlier row."),
    "reference_taken": _("Somebody else has this reference."),
    "already_registered": _("This person is registered already."),
    "sold_out": _("There is no place left."),
    **ANSWER_REASONS,
    **dict.fromkeys(ENDED, _("This registration has ended; reopen it at the desk.")),
}


@dataclass(frozen=True)
class RowOutcome:
    """What became of one row: created, waitlisted (created, but waits), updated or skipped, and why."""

    row: int
    outcome: str
    reason: str = ""
    text: str | Promise = ""
    about: str = ""


@dataclass
class Report:
    created: int = 0
    waitlisted: int = 0
    updated: int = 0
    skipped: int = 0
    ignored_columns: list[str] = field(default_factory=list)
    outcomes: list[RowOutcome] = field(default_factory=list)

    def add(self, outcome: RowOutcome) -> None:
        name = "created" if outcome.outcome == "waitlisted" else outcome.outcome
        setattr(self, name, getattr(self, name) + 1)
        self.waitlisted += outcome.outcome == "waitlisted"
        self.outcomes.append(outcome)

    def add_all(self, outcomes: list[RowOutcome]) -> None:
        for outcome in sorted(outcomes, key=lambda line: line.row):
            self.add(outcome)

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [{"row": line.row, "reason": line.reason} for line in self.outcomes if line.outcome == "skipped"]


@dataclass(frozen=True)
class Wanted:
    """A row that was understood."""

    row: int
    email: str
    values: dict[str, str]
    attendee_type: AttendeeType
    answers: dict[int, Any] = field(default_factory=dict)


class BadRow(Exception):  # noqa: N818 -- what is wrong with the row is its name
    def __init__(self, reason: str, text: str | Promise) -> None:
        super().__init__(reason)
        self.reason, self.text = reason, text


@dataclass(frozen=True)
class Import:
    """What is to be done with a table.

    Attributes:
        columns: as `understand` answered, nothing unsure left.
        attendee_type: for rows that name none.
        tell: send each new attendee their confirmation.
        questions: the columns that hold answers, by their field name.
    """

    event: Event
    columns: Columns
    attendee_type: AttendeeType
    by: User | None = None
    tell: bool = False
    dry_run: bool = False
    questions: Mapping[str, Question] = field(default_factory=dict)


def plan_import(
    event: Event,
    table: Table,
    *,
    chosen: Mapping[str, str] | None = None,
    columns: Columns | None = None,
    attendee_type: AttendeeType | None = None,
    **options: Any,
) -> Import:
    """Understand the headings and refuse what can't be imported.

    Args:
        chosen: heading → field name, where the headings alone don't say it.
        columns: what every column means, as a person chose it; then the headings aren't asked.

    Raises:
        DomainError: `ask_columns` (422) naming each heading whose meaning must be chosen, `no_email_column`, `no_name_column`.
    """
    questions = answer_fields(event)
    columns = columns or understand(table.headings, chosen, more=headings_of(questions))
    if columns.unsure:
        asked = {heading: _("Which is it: %(fields)s?") % {"fields": ", ".join(names)} for heading, names in columns.unsure.items()}
        message = _("Please say what these columns mean: %(columns)s.") % {"columns": ", ".join(asked)}
        raise DomainError("ask_columns", message, status=422, fields=asked)
    known = set(columns.fields.values())
    if "email" not in known:
        raise DomainError("no_email_column", _("No column holds e-mail addresses."), status=422)
    if not known & {"first_name", "last_name"}:
        raise DomainError("no_name_column", _("No column holds names."), status=422)
    first = attendee_type or event.attendee_types.order_by("position", "pk").first()
    if first is None:
        raise DomainError("no_type", _("The event has no attendee type."), status=422)
    return Import(event, columns, first, questions=questions, **options)


def import_table(
    plan: Import, table: Table, *, on_chunk: Callable[[int, list[RowOutcome]], None] | None = None, starting_at: int = 0
) -> Report:
    """Import every row; each one ends in the report as created, updated or skipped, with its reason.

    Doing it twice creates nobody twice: a known address is updated where the file says more, else skipped. A dry run writes nothing,
    locks nothing, and says what would happen now.

    Args:
        on_chunk: told how many rows are done and what became of them, inside the chunk's transaction: what it writes is kept together
            with the chunk or not at all, and what it raises undoes the chunk.
        starting_at: rows already done by an earlier attempt.
    """
    report = Report(ignored_columns=plan.columns.ignored)
    types = {fold(key): kind for kind in plan.event.attendee_types.all() for key in {kind.code, *names_of(kind)}}
    places = places_of(plan.event) if plan.dry_run else None
    seen: set[str] = set()
    understood(plan, table.rows[:starting_at], types, seen)
    done = starting_at
    for rows in chunks(table.rows[starting_at:], CHUNK):
        wanted, outcomes = understood(plan, rows, types, seen)
        done += len(rows)
        if places is not None:
            outcomes += sorted_out(plan.event, places, wanted).outcomes
        else:
            with transaction.atomic():
                outcomes += write_chunk(plan, wanted)
                outcomes.sort(key=lambda line: line.row)
                if on_chunk is not None:
                    on_chunk(done, outcomes)
        report.add_all(outcomes)
    return report


def names_of(kind: AttendeeType) -> set[str]:
    return {name for code, _label in settings.LANGUAGES if (name := getattr(kind, f"name_{code}"))}


def chunks(rows: Sequence[Row], size: int) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while part := list(islice(waiting, size)):
        yield part


# --- Understanding a row -------------------------------------------------------------------------------------------------------
def understood(plan: Import, rows: list[Row], types: dict[str, AttendeeType], seen: set[str]) -> tuple[list[Wanted], list[RowOutcome]]:
    wanted, outcomes = [], []
    for row in rows:
        try:
            person = understand_row(plan, row, types)
            if person.email in seen:
                raise BadRow("duplicate_in_file", _("This address stands in an earlier row."))
            key = f"key {person.values.get('import_key', '')}"  # no address has a space
            if key in seen:
                raise BadRow("duplicate_reference", _("This reference stands in an earlier row."))
            seen |= {person.email, key} if key != "key " else {person.email}
            wanted.append(person)
        except BadRow as bad:
            outcomes.append(RowOutcome(row.number, "skipped", bad.reason, bad.text))
    return wanted, outcomes


def cells_of(plan: Import, row: Row) -> dict[str, str]:
    cells = ((name, trimmed(row.cells[index])) for index, name in plan.columns.fields.items() if index < len(row.cells))
    return {name: cell for name, cell in cells if cell}


def understand_row(plan: Import, row: Row, types: dict[str, AttendeeType]) -> Wanted:
    values = cells_of(plan, row)
    answers = understood_answers(plan, values)
    email = normalise_email(values.pop("email", ""))
    refuse_bad_email(email)
    if not values.get("first_name"):  # many people have one name, in whichever column it stands
        values["first_name"] = values.pop("last_name", "")
    if not values["first_name"]:
        raise BadRow("no_name", _("The row has no name."))
    for name, most in LONGEST.items():
        if len(values.get(name, "")) > most:
            raise BadRow(f"{name}_too_long", _("%(field)s is longer than %(n)s characters.") % {"field": name, "n": most})
    refuse_bad_link(values)
    values["language"] = language_of(values.get("language", ""))
    wanted = values.pop("attendee_type", "")
    kind = types.get(fold(wanted)) if wanted else plan.attendee_type
    if kind is None:
        raise BadRow("unknown_type", _("The event has no attendee type “%(type)s”.") % {"type": wanted})
    return Wanted(row.number, email, values, kind, answers)


def understood_answers(plan: Import, values: dict[str, str]) -> dict[int, Any]:
    """Question → answer, taken out of the row's cells."""
    answers = {}
    for name, question in plan.questions.items():
        if name not in values:
            continue
        try:
            answers[question.pk] = stored_from_cell(question, values.pop(name))
        except ValidationError as error:
            words = {"question": question.label, "reason": " ".join(error.messages)}
            raise BadRow(answer_reason(error), _("%(question)s: %(reason)s") % words) from None
    return answers


def refuse_bad_email(email: str) -> None:
    if not email:
        raise BadRow("no_email", _("The row has no e-mail address."))
    try:
        validate_email(email)
    except ValidationError:
        raise BadRow("invalid_email", _("“%(email)s” is not an e-mail address.") % {"email": email[:100]}) from None


def refuse_bad_link(values: dict[str, str]) -> None:
    """An address without its beginning is completed; what is no web address is refused, never shown as a link."""
    link = values.get("linkedin")
    if not link:
        return
    link = link if "://" in link else f"https://{link}"
    try:
        URLValidator(schemes=["http", "https"])(link)
    except ValidationError:
        raise BadRow("invalid_linkedin", _("The LinkedIn address is not a web address.")) from None
    values["linkedin"] = link


def language_of(text: str) -> str:
    code = text.replace("_", "-").partition("-")[0].lower()
    return code if code in dict(settings.LANGUAGES) else (get_language() or "en")


# --- Writing a chunk -----------------------------------------------------------------------------------------------------------
def write_chunk(plan: Import, wanted: list[Wanted]) -> list[RowOutcome]:
    """One chunk inside the event's lock."""
    event, places = lock_places(plan.event)
    chunk = sorted_out(event, places, wanted)
    keep_changed(chunk.changed)
    answers = chunk.answers
    queue = next_in_queue(event)
    fresh = []
    for person, waiting in chunk.fresh:
        fresh.append((person, new_attendee(event, person, waiting=waiting, queue=queue)))
        queue += waiting
    made = keep_fresh(plan, fresh)
    answers += [(attendee, question, value) for person, attendee in fresh for question, value in person.answers.items()]
    keep_imported_answers(answers)
    return with_abouts(chunk.outcomes, made)


@dataclass
class Chunk:
    """What is to be written: new people and whether they wait, rows that know less than the file."""

    outcomes: list[RowOutcome] = field(default_factory=list)
    fresh: list[tuple[Wanted, bool]] = field(default_factory=list)
    changed: list[Attendee] = field(default_factory=list)
    answers: list[tuple[Attendee, int, Any]] = field(default_factory=list)


def sorted_out(event: Event, places: Places, wanted: list[Wanted]) -> Chunk:
    """Known addresses are updated, new ones take places in the file's order; only counts are changed here, and rows in memory."""
    if event.is_cancelled:
        raise DomainError("event_cancelled", _("This event was called off."))
    rows = Attendee.objects.filter(event=event)
    known = {row.email: row for row in rows.filter(email__in=[person.email for person in wanted])}
    keys = {key for person in wanted if (key := person.values.get("import_key"))}
    taken = set(rows.filter(import_key__in=keys).values_list("import_key", flat=True)) if keys else set()
    told = answers_told([known[person.email] for person in wanted if person.answers and person.email in known])
    chunk = Chunk()
    for person in wanted:
        attendee = known.get(person.email)
        if attendee is not None:
            answers = new_answers(attendee, person.answers, told.get(attendee.pk, {}))
            outcome = update_known(attendee, person, says_more=bool(answers))
            if outcome.outcome == "updated":
                chunk.changed.append(attendee)
                chunk.answers += answers
        elif person.values.get("import_key") in taken:
            outcome = RowOutcome(person.row, "skipped", "reference_taken", _("Somebody else has this reference."))
        elif (outcome := seat(event, places, person)).outcome != "skipped":
            chunk.fresh.append((person, outcome.outcome == "waitlisted"))
        chunk.outcomes.append(outcome)
    return chunk


def seat(event: Event, places: Places, person: Wanted) -> RowOutcome:
    """Confirmed while there is room, then on the waiting list; counted on, so that one count serves the chunk."""
    kind = person.attendee_type.pk
    if places.has_room(kind):
        places.held[kind] += 1
        return RowOutcome(person.row, "created")
    if not event.has_waiting_list:
        return RowOutcome(person.row, "skipped", "sold_out", _("There is no place left."))
    places.waiting[kind] += 1
    return RowOutcome(person.row, "waitlisted")


def update_known(attendee: Attendee, person: Wanted, *, says_more: bool = False) -> RowOutcome:
    """The file fills what is empty; what a person with a proved address wrote about themselves stays."""
    if not attendee.is_active:
        return RowOutcome(person.row, "skipped", attendee.status, _("This registration has ended; reopen it at the desk."))
    news = {
        name: value
        for name in FILLED_BY_IMPORT
        if (value := person.values.get(name))
        and value != getattr(attendee, name)
        and not (attendee.email_proved_at and getattr(attendee, name))
    }
    if not news and not says_more:
        return RowOutcome(person.row, "skipped", "already_registered", _("This person is registered already."), attendee.about)
    for name, value in news.items():
        setattr(attendee, name, value)
    return RowOutcome(person.row, "updated", about=attendee.about)


def new_attendee(event: Event, person: Wanted, *, waiting: bool, queue: int) -> Attendee:
    attendee = Attendee(
        event=event,
        email=person.email,
        attendee_type=person.attendee_type,
        status=Status.WAITLISTED if waiting else Status.CONFIRMED,
        queue_number=queue if waiting else None,
        price=rounded(person.attendee_type.price, event.currency),
        currency=event.currency,
        vat_rate=person.attendee_type.vat_rate,
        source="import",
        **person.values,
    )
    attendee.search_key = ""
    return attendee


def keep_changed(rows: list[Attendee]) -> None:
    for attendee in rows:
        attendee.search_key = attendee.make_search_key()
    if rows:
        Attendee.objects.bulk_update(rows, [*FILLED_BY_IMPORT, "search_key"], batch_size=500)
        Attendee.history.bulk_history_create(rows, batch_size=500, update=True)


def keep_fresh(plan: Import, fresh: list[tuple[Wanted, Attendee]]) -> dict[int, Attendee]:
    """Rows, badges, steps, history and messages in bulk; answers the attendees by row number."""
    rows = [attendee for _person, attendee in fresh]
    for attendee, code in zip(rows, unused_codes(len(rows)), strict=True):
        attendee.code = code
        attendee.search_key = attendee.make_search_key()
    Attendee.objects.bulk_create(rows, batch_size=500)
    Attendee.history.bulk_history_create(rows, batch_size=500, default_user=plan.by)
    steps = RegistrationStep.objects.bulk_create([step_of(attendee, plan.by) for attendee in rows], batch_size=500)
    give_badges([attendee for attendee in rows if attendee.status == Status.CONFIRMED])
    if plan.tell:
        queue_messages([message_to(step.attendee, f"registered_{step.to_state}", step.pk) for step in steps])
    return {person.row: attendee for person, attendee in fresh}


def unused_codes(number: int) -> list[str]:
    """New codes that no attendee has, in one query for all of them."""
    codes: set[str] = set()
    while len(codes) < number:
        codes |= {new_code() for _ in range(number - len(codes))}
        codes -= set(Attendee.objects.filter(code__in=codes).values_list("code", flat=True))
    return list(codes)


def step_of(attendee: Attendee, by: User | None) -> RegistrationStep:
    return RegistrationStep(
        attendee=attendee,
        event_id=attendee.event_id,
        act="register",
        to_state=attendee.status,
        attendee_type_id=attendee.attendee_type_id,
        price=attendee.price,
        by=by,
        source="import",
    )


def with_abouts(outcomes: list[RowOutcome], made: dict[int, Attendee]) -> list[RowOutcome]:
    return [
        RowOutcome(line.row, line.outcome, line.reason, line.text, made[line.row].about) if line.row in made else line for line in outcomes
    ]
