"""Which columns a list of attendees has: chosen, in an order, kept under a name; and which of them somebody may take out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from events.permissions import Right, allowed
from netevent.core.formats import Column

if TYPE_CHECKING:
    from events.models import Event
    from netevent.accounts.models import User

Picker = Callable[[Iterable[Sequence[Any]]], Iterator[tuple[Any, ...]]]

ANSWERS = "answers"  # one word for the columns of all questions of an event
# What `services.amounts` tells beside the price: a person's account, for whoever handles money.
AMOUNTS = ("discount", "to_pay", "paid", "refunded", "still_open")
ACCEPTS = "accepts"  # the types that somebody who waits would take too
# What a list holds, in the order of a file that nobody chose columns for.
NAMES = (
    *("code", "first_name", "last_name", "email", "organisation", "role", "phone", "linkedin", "language", "attendee_type", "status"),
    *("price", *AMOUNTS, "currency", "created_at", "first_entry_at", "attendance_status", "source", "import_key", ACCEPTS, ANSWERS),
)
# How to reach somebody, and what they told: for whoever may see personal data.
PERSONAL = frozenset({"email", "phone", "linkedin", ANSWERS})
GUARDED = {Right.SEE_PERSONAL_DATA: PERSONAL, Right.MONEY: frozenset(AMOUNTS)}


def columns_for(user: User, event: Event, wanted: Iterable[str] = ()) -> list[str]:
    """The columns that this person may take out at this event: of those wanted, in their order; of all when none is wanted."""
    known = [name for name in dict.fromkeys(wanted) if name in NAMES] or list(NAMES)
    for right, guarded in GUARDED.items():
        if not guarded.isdisjoint(known) and not allowed(user, right, event):
            known = [name for name in known if name not in guarded]
    return known


def picker(columns: Sequence[Column], wanted: Sequence[str]) -> tuple[list[Column], Picker]:
    """The wanted ones of a file's columns, in their order, and what takes their cells out of each row."""
    words = [column.name if column.name in NAMES else ANSWERS for column in columns]
    places = [index for name in wanted for index, word in enumerate(words) if word == name]

    def cells(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            yield tuple(row[index] for index in places)

    return [columns[index] for index in places], cells
