"""Every date that a person reads goes through here.

The `Language` rows say how each language writes a moment, in strftime signs. Names of months and days come from Babel, the words
between them from the catalogue. Times are shown in the event's zone, and the zone has a name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, override, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

DEFAULT_DATE_FORMAT = "%B %d, %Y at %H:%M"
SIGN = re.compile(r"%-?[a-zA-Z%]|[^\W\d_]+|[^%\w]+|.", re.DOTALL)
TIME_SIGNS = frozenset("HIMSpXzZ")
BABEL_DATE = {"B": "MMMM", "b": "MMM", "A": "EEEE", "a": "EEE"}
WORDS = "between a date and a time"
# Named here so that the catalogues hold the words that formats are likely to use.
KNOWN_WORDS = (
    pgettext_lazy(WORDS, "at"),
    pgettext_lazy(WORDS, "of"),
    pgettext_lazy(WORDS, "on"),
    pgettext_lazy(WORDS, "the"),
)

Zone = str | dt.tzinfo
FormatSource = Callable[[str], str]


def default_format(language: str) -> str:
    return DEFAULT_DATE_FORMAT


_format_source: FormatSource = default_format


def set_date_format_source(source: FormatSource) -> None:
    """Tell where formats come from: a function from language code to strftime signs (the accounts app registers its rows)."""
    global _format_source  # noqa: PLW0603 -- core may not import the app that keeps the rows
    _format_source = source


def babel_locale(language: str | None = None) -> Locale:
    """The reader's locale; the platform's default when Babel doesn't know the code."""
    return parsed_locale((language or get_language() or settings.LANGUAGE_CODE).replace("-", "_"))


@lru_cache(maxsize=100)
def parsed_locale(code: str) -> Locale:
    try:
        return Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(settings.LANGUAGE_CODE.replace("-", "_"))


def zone_info(zone: Zone | None) -> dt.tzinfo:
    if isinstance(zone, str):
        return ZoneInfo(zone)
    return zone or timezone.get_current_timezone()


def local(value: dt.datetime, zone: Zone | None) -> dt.datetime:
    """The moment as the clocks of that zone show it."""
    return value.astimezone(zone_info(zone)) if timezone.is_aware(value) else value


def language_of(language: str | None) -> str:
    return language or get_language() or settings.LANGUAGE_CODE


def show_datetime(value: dt.datetime | None, zone: Zone | None = None, language: str | None = None) -> str:
    """Day and time in the zone's clock, written as the reader's language writes it; empty for nothing."""
    if value is None:
        return ""
    code = language_of(language)
    return written(local(value, zone), _format_source(code) or DEFAULT_DATE_FORMAT, code)


def show_date(value: dt.date | None, zone: Zone | None = None, language: str | None = None) -> str:
    """The day alone: the same format up to its first sign of a time."""
    if value is None:
        return ""
    code = language_of(language)
    day = local(value, zone) if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    return written(day, date_part(_format_source(code) or DEFAULT_DATE_FORMAT), code)


def show_time(value: dt.datetime | None, zone: Zone | None = None, language: str | None = None) -> str:
    """The time alone: the format's own time signs, `13:00` or `01:00 PM`."""
    if value is None:
        return ""
    code = language_of(language)
    return written(local(value, zone), time_part(_format_source(code) or DEFAULT_DATE_FORMAT), code)


def show_range(start: dt.datetime | None, end: dt.datetime | None, zone: Zone | None = None, language: str | None = None) -> str:
    """From start to end: one day is named once."""
    if start is None or end is None:
        return show_datetime(start or end, zone, language)
    first = show_datetime(start, zone, language)
    same_day = local(start, zone).date() == local(end, zone).date()
    return f"{first} – {show_time(end, zone, language) if same_day else show_datetime(end, zone, language)}"


def show_days(start: dt.datetime | None, end: dt.datetime | None, zone: Zone | None = None, language: str | None = None) -> str:
    """The days of an event without times; one day is named once."""
    first, last = show_date(start, zone, language), show_date(end, zone, language)
    return first if not last or first == last else f"{first} – {last}"


def show_weekday(value: dt.datetime, zone: Zone | None = None, language: str | None = None) -> str:
    return format_date(local(value, zone), "EEEE", locale=babel_locale(language))


def show_with_weekday(value: dt.datetime, zone: Zone | None = None, language: str | None = None) -> str:
    """Day and time with the day of the week before them, unless the language's format names it already."""
    moment = show_datetime(value, zone, language)
    if re.search("%[Aa]", _format_source(language_of(language))):
        return moment
    return f"{show_weekday(value, zone, language)}, {moment}"


def show_short_day(value: dt.datetime, zone: Zone | None = None, language: str | None = None) -> str:
    """A day for narrow places: "Thu 14 Jan" in the order of the language."""
    return format_skeleton("MMMEd", local(value, zone), locale=babel_locale(language))


def show_month(value: dt.date, zone: Zone | None = None, language: str | None = None) -> str:
    """The month's short name, without a full stop, as on a calendar leaf."""
    moment = local(value, zone) if isinstance(value, dt.datetime) else value
    return format_date(moment, "LLL", locale=babel_locale(language)).rstrip(".")


def show_zone(zone: Zone, at: dt.datetime | None = None, language: str | None = None) -> str:
    """The zone as people name it: "Amsterdam time (CET)"; the abbreviation is that of the moment."""
    code, info = language_of(language), zone_info(zone)
    moment = (at or timezone.now()).astimezone(info)
    short = moment.tzname() or ""
    if short[:1] in "+-":
        short = offset_name(moment)
    if "/" not in str(zone):
        return short or str(zone)
    city = get_timezone_location(str(zone), locale=babel_locale(code), return_city=True)
    with override(code):
        return _("%(city)s time (%(abbreviation)s)") % {"city": city, "abbreviation": short}


def offset_name(moment: dt.datetime) -> str:
    """For zones whose clocks have no abbreviation: `UTC−3`, `UTC+5:45`."""
    minutes = round((moment.utcoffset() or dt.timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def date_part(pattern: str) -> str:
    kept: list[str] = []
    for part in SIGN.findall(pattern):
        if part[:1] == "%" and part[-1] in TIME_SIGNS:
            break
        kept.append(part)
    while kept and kept[-1][:1] != "%" and not kept[-1].isdigit():
        kept.pop()
    return "".join(kept) or "%Y-%m-%d"


def time_part(pattern: str) -> str:
    parts = SIGN.findall(pattern)
    places = [place for place, part in enumerate(parts) if part[:1] == "%" and part[-1] in TIME_SIGNS]
    return "".join(parts[places[0] : places[-1] + 1]) if places else "%H:%M"


def written(moment: dt.datetime, pattern: str, language: str) -> str:
    """The moment in these strftime signs; unknown signs and words stay as they are."""
    locale = babel_locale(language)
    with override(language):
        return "".join(written_part(part, moment, locale, has_day="%d" in pattern or "%-d" in pattern) for part in SIGN.findall(pattern))


def written_part(part: str, moment: dt.datetime, locale: Locale, *, has_day: bool) -> str:
    if part[:1] != "%":
        return pgettext(WORDS, part) if part.isalpha() else part
    sign = part[-1]
    if sign in BABEL_DATE:
        # "14 stycznia" but "styczeń": with a day, the month takes the form that goes with it.
        name = BABEL_DATE[sign] if has_day or sign in "Aa" else BABEL_DATE[sign].replace("M", "L")
        return format_date(moment, name, locale=locale)
    if sign == "p":
        return format_time(moment.replace(tzinfo=None), "a", locale=locale)
    return moment.strftime(f"%{sign}").lstrip("0") or "0" if part[1] == "-" else moment.strftime(part)
