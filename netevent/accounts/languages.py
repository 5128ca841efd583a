"""The languages on offer, kept in memory.

Every request asks for them, so the rows are read at most once in LANGUAGE_CACHE_SECONDS by each process; a change made in this
process shows at once, one made elsewhere within that time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.translation import get_language_info

from netevent.accounts.models import Language
from netevent.core.dates import DEFAULT_DATE_FORMAT


@dataclass(frozen=True, slots=True)
class Table:
    """What pages ask about languages, read once."""

    offered: tuple[tuple[str, str], ...]  # (code, own name) in the order of the menu
    default: str
    date_formats: dict[str, str]
    read_at: float


_table: Table | None = None


def table() -> Table:
    """The languages as they were at most LANGUAGE_CACHE_SECONDS ago; while the database is away, as last known."""
    global _table  # noqa: PLW0603 -- one copy for the process; replaced whole, never changed
    known = _table
    if known is not None and time.monotonic() - known.read_at < settings.LANGUAGE_CACHE_SECONDS:
        return known
    try:
        _table = read_table()
    except (OperationalError, InterfaceError):
        return known or built_in_table()
    return _table


def forget(**kwargs: Any) -> None:
    """Read the rows again next time; also a receiver of their signals."""
    global _table  # noqa: PLW0603 -- see table()
    _table = None


def read_table() -> Table:
    rows = list(Language.objects.all())
    offered = tuple((row.code, row.native_name) for row in rows if row.is_active and row.code in known_codes())
    if not offered:
        return built_in_table()
    default = next((row.code for row in rows if row.is_default and row.code in known_codes()), "")
    return Table(offered, default or fallback_code(offered), {row.code: row.date_format for row in rows}, time.monotonic())


def built_in_table() -> Table:
    """The settings' languages: what holds before there are rows."""
    offered = tuple((code, str(get_language_info(code)["name_local"]).capitalize()) for code, _name in settings.LANGUAGES)
    return Table(offered, fallback_code(offered), {}, time.monotonic())


def known_codes() -> frozenset[str]:
    """Languages with catalogues: a row for any other can't be shown."""
    return frozenset(code for code, _name in settings.LANGUAGES)


def fallback_code(offered: tuple[tuple[str, str], ...]) -> str:
    codes = [code for code, _name in offered]
    return settings.LANGUAGE_CODE if settings.LANGUAGE_CODE in codes else codes[0]


def offered() -> tuple[tuple[str, str], ...]:
    return table().offered


def offered_codes() -> frozenset[str]:
    return frozenset(code for code, _name in table().offered)


def default_code() -> str:
    return table().default


def date_format(code: str) -> str:
    """The strftime signs of this language; the platform's own for one without a row."""
    return table().date_formats.get(code) or DEFAULT_DATE_FORMAT
