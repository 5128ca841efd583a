"""Another type for many: first what it means for places and prices, person by person, then the act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from attendees.services.type_change import ENDED, FULL, MOVES, SAME, Move
from events.models import AttendeeType
from netevent.core.money import show_money, show_price

SHOWN = 200  # people named one by one
OUTCOMES = {SAME: _("has this type already"), ENDED: _("has ended and stays as it is"), FULL: _("does not fit: no place is left")}


def notes_on(moves: Sequence[Move], attendee_type: AttendeeType) -> list[str]:
    """The sums first, then each person."""
    moved = [move for move in moves if move.outcome == MOVES]
    text = ngettext("%(number)d attendee moves to %(type)s.", "%(number)d attendees move to %(type)s.", len(moved))
    first = text % {"number": len(moved), "type": attendee_type}
    rest = len(moves) - SHOWN
    more = [ngettext("and %(number)d more", "and %(number)d more", rest) % {"number": rest}] if rest > 0 else []
    return [first, *sums(moves), *left_out(moves), *(line_of(move) for move in moves[:SHOWN]), *more]


def sums(moves: Sequence[Move]) -> list[str]:
    lines = []
    owed, back = total(moves, "owes"), total(moves, "back")
    for currency, amount in owed.items():
        lines.append(gettext("%(amount)s more is owed in all.") % {"amount": show_money(amount, currency)})
    for currency, amount in back.items():
        lines.append(gettext("%(amount)s becomes due to go back in all.") % {"amount": show_money(amount, currency)})
    return lines or [gettext("Nobody owes more, and nothing goes back.")]


def total(moves: Sequence[Move], name: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for move in moves:
        if amount := getattr(move, name):
            currency = move.attendee.currency
            found[currency] = found.get(currency, Decimal(0)) + amount
    return found


def left_out(moves: Sequence[Move]) -> list[str]:
    counts = Counter(move.outcome for move in moves)
    full = ngettext("%(number)d does not fit: no place is left.", "%(number)d do not fit: no place is left.", counts[FULL])
    return [full % {"number": counts[FULL]}] if counts[FULL] else []


def line_of(move: Move) -> str:
    person = move.attendee
    if move.outcome != MOVES:
        return f"{person}: {OUTCOMES[move.outcome]}"
    parts: list[Any] = [f"{show_price(move.before, person.currency)} → {show_price(move.after, person.currency)}"]
    if move.owes:
        parts.append(gettext("owes %(amount)s more") % {"amount": show_money(move.owes, person.currency)})
    if move.back:
        parts.append(gettext("%(amount)s goes back") % {"amount": show_money(move.back, person.currency)})
    return f"{person}: {', '.join(parts)}"
