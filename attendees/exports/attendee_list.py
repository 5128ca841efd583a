"""The list of attendees as a file: headings in the reader's language, moments by the event's clocks, a few queries for all rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from attendees.models.attendee import AttendanceStatus, Status
from attendees.services.accepted_types import Accepts, accepted_at
from attendees.services.amounts import Accounts, accounts_at
from attendees.services.answer_columns import AnswerColumns, answer_columns
from attendees.services.column_sets import ACCEPTS, AMOUNTS, ANSWERS, NAMES, picker
from attendees.services.headings import FIELDS
from netevent.core.formats import WRITERS, Column, write_xlsx

if TYPE_CHECKING:
    from attendees.models import AttendeeQuerySet
    from events.models import Event

# Columns of the table in the order of the file; those that our import knows carry the headings it knows.
COLUMNS = tuple(name for name in NAMES if name != ANSWERS)
STORED = tuple(name for name in COLUMNS if name not in AMOUNTS and name != ACCEPTS)
MONEY = frozenset({"price", *AMOUNTS})
WIDTHS = {"code": 12, "email": 30, "organisation": 26, "language": 10, "currency": 9, "linkedin": 26}
SOURCES = {
    "page": gettext_lazy("Registration page"),
    "api": gettext_lazy("API"),
    "desk": gettext_lazy("At the door"),
    "admin": gettext_lazy("Organisers' desk"),
    "import": gettext_lazy("Import"),
}
CHUNK = 2000


def headings(zone: str) -> dict[str, str]:
    return {
        **{name: str(label) for name, label in FIELDS.items()},
        "code": _("Code"),
        "status": _("Status"),
        "price": _("Price"),
        "discount": _("Discount"),
        "to_pay": _("To pay"),
        "paid": pgettext("payment", "Paid"),
        "refunded": _("Given back"),
        "still_open": _("Still open"),
        "currency": _("Currency"),
        "created_at": _("Registered at (%(zone)s)") % {"zone": zone},
        "first_entry_at": _("Checked in at (%(zone)s)") % {"zone": zone},
        "attendance_status": _("Intends to come"),
        "source": _("Came through"),
        ACCEPTS: _("Would take too"),
    }


def columns_of(event: Event, answers: AnswerColumns | None = None) -> list[Column]:
    words = headings(event.time_zone)
    columns = [Column(name, words[name], WIDTHS.get(name, 10 if name in MONEY else 18), is_amount=name in MONEY) for name in COLUMNS]
    return [*columns, *(answers.columns(column.heading for column in columns) if answers else [])]


def rows_of(
    event: Event, people: AttendeeQuerySet, accounts: Accounts, accepts: Accepts, answers: AnswerColumns | None = None
) -> Iterator[tuple[Any, ...]]:
    """Plain rows as people read them: words for what is stored as a word of ours, wall-clock times."""
    at = clock_of(event)
    types = {kind.pk: str(kind) for kind in event.attendee_types.all()}
    states, coming = words(Status.choices), words(AttendanceStatus.choices)
    sources = words(SOURCES.items())
    for row in people.values_list(*STORED, "discount", "pk").iterator(chunk_size=CHUNK):
        *person, kind, state, price, currency, created, entered, intends, source, key, discount, pk = row
        yield (
            *person,
            types[kind],
            states[state],
            *accounts.amounts(pk, status=state, price=price, discount=discount),
            currency,
            at(created),
            at(entered),
            coming[intends],
            sources.get(source, source),
            key,
            ", ".join(map(str, accepts.get(pk, ()))),
            *(answers.cells(pk) if answers else ()),
        )


def words(pairs: Iterable[tuple[str, Any]]) -> dict[str, str]:
    return {value: str(label) for value, label in pairs}


def clock_of(event: Event) -> Callable[[datetime | None], datetime | None]:
    """Moments as the event's clocks show them, without the zone: spreadsheets know none."""
    zone = event.zone
    return lambda moment: moment and moment.astimezone(zone).replace(tzinfo=None, microsecond=0)


def raw_rows(
    people: AttendeeQuerySet, accounts: Accounts, accepts: Accepts, answers: AnswerColumns | None = None
) -> Iterator[tuple[Any, ...]]:
    """For programs: stable words and moments with their zone."""
    names = ["attendee_type__code" if name == "attendee_type" else name for name in STORED]
    price_at, state_at = STORED.index("price"), STORED.index("status")
    for *row, discount, pk in people.values_list(*names, "discount", "pk").iterator(chunk_size=CHUNK):
        row[price_at : price_at + 1] = accounts.amounts(pk, status=row[state_at], price=row[price_at], discount=discount)
        yield (*row, ", ".join(kind.code for kind in accepts.get(pk, ())), *(answers.raw(pk) if answers else ()))


def write_list(
    event: Event,
    people: AttendeeQuerySet,
    out: BinaryIO,
    *,
    file_format: str,
    columns: Sequence[str] = NAMES,
    on_row: Callable[[int], None] = lambda _n: None,
) -> int:
    """Write the people; how many. `columns` are words of `services.column_sets`; `on_row` is told the number of each row."""
    answers = answer_columns(event) if ANSWERS in columns else None
    accounts = Accounts() if set(AMOUNTS).isdisjoint(columns) else accounts_at(event)
    accepts = accepted_at(event) if ACCEPTS in columns else {}
    shown, cells = picker(columns_of(event, answers), columns)
    found = raw_rows(people, accounts, accepts, answers) if file_format == "json" else rows_of(event, people, accounts, accepts, answers)
    rows = Counted(cells(found), on_row)
    if file_format == "xlsx":
        write_xlsx(shown, rows, out, title=_("Attendees"))
    else:
        WRITERS[file_format](shown, rows, out)
    return rows.count


class Counted:
    """Rows, counted while somebody else takes them."""

    def __init__(self, rows: Iterable[Any], on_row: Callable[[int], None]) -> None:
        self.rows, self.on_row, self.count = rows, on_row, 0

    def __iter__(self) -> Iterator[Any]:
        for row in self.rows:
            yield row
            self.count += 1
            self.on_row(self.count)
