"""One function writes every date: signs from the language's row, names from Babel, words from the catalogue."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from netevent.core import dates

NOON = dt.datetime(2027, 1, 14, 11, 5, tzinfo=dt.UTC)
EVENING = dt.datetime(2027, 1, 14, 16, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def formats(monkeypatch):
    """What the language rows would say."""
    rows: dict[str, str] = {}
    monkeypatch.setattr(dates, "_format_source", lambda code: rows.get(code, ""))
    return rows


def test_show_datetime_uses_the_default_format_in_the_events_zone(formats):
    assert dates.show_datetime(NOON, "Europe/Amsterdam", "en") == "January 14, 2027 at 12:05"
    assert dates.show_datetime(NOON, "America/New_York", "en") == "January 14, 2027 at 06:05"


@pytest.mark.parametrize(
    ("language", "pattern", "text"),
    [
        ("de", "%A, %d. %B %Y, %H:%M Uhr", "Donnerstag, 14. Januar 2027, 12:05 Uhr"),
        ("pl", "%d %B %Y, %H:%M", "14 stycznia 2027, 12:05"),
        ("pl", "%B %Y", "styczeń 2027"),
        ("fr", "%d %B %Y à %H h %M", "14 janvier 2027 à 12 h 05"),
        ("nl", "%-d %b %Y %H:%M", "14 jan 2027 12:05"),
        ("es", "%d/%m/%y", "14/01/27"),
        ("en", "%b %-d, %-I:%M %p", "Jan 14, 12:05 PM"),
        ("it", "%H:%M %% %Q", "12:05 % %Q"),
    ],
)
def test_show_datetime_reads_strftime_signs(formats, language, pattern, text):
    formats[language] = pattern

    assert dates.show_datetime(NOON, "Europe/Amsterdam", language) == text


def test_show_datetime_without_a_language_takes_the_active_one(formats):
    formats["de"] = "%d. %B"

    with override("de"):
        assert dates.show_datetime(NOON, "UTC") == "14. Januar"


def test_show_date_and_time_are_parts_of_the_same_format(formats):
    assert dates.show_date(NOON, "Europe/Amsterdam", "en") == "January 14, 2027"
    assert dates.show_date(dt.date(2027, 1, 14), None, "en") == "January 14, 2027"
    assert dates.show_time(NOON, "Europe/Amsterdam", "en") == "12:05"

    formats["de"] = "%H:%M am %d.%m.%Y"
    assert dates.show_time(NOON, "Europe/Amsterdam", "de") == "12:05"
    assert dates.show_date(NOON, "Europe/Amsterdam", "de") == "2027-01-14"


def test_show_date_takes_the_day_of_the_zone():
    late = dt.datetime(2027, 1, 14, 23, 30, tzinfo=dt.UTC)

    assert dates.show_date(late, "Europe/Amsterdam", "en") == "January 15, 2027"


def test_show_range_names_one_day_once(formats):
    assert dates.show_range(NOON, EVENING, "Europe/Amsterdam", "en") == "January 14, 2027 at 12:05 – 17:30"
    assert dates.show_range(NOON, NOON + dt.timedelta(days=1), "UTC", "en") == ("January 14, 2027 at 11:05 – January 15, 2027 at 11:05")
    assert dates.show_range(NOON, None, "UTC", "en") == "January 14, 2027 at 11:05"
    assert dates.show_days(NOON, EVENING, "UTC", "en") == "January 14, 2027"


def test_nothing_shows_as_nothing():
    assert dates.show_datetime(None) == dates.show_date(None) == dates.show_time(None) == dates.show_range(None, None) == ""


@pytest.mark.parametrize(
    ("zone", "moment", "text"),
    [
        ("Europe/Amsterdam", NOON, "Amsterdam time (CET)"),
        ("Europe/Amsterdam", dt.datetime(2027, 7, 1, tzinfo=dt.UTC), "Amsterdam time (CEST)"),
        ("America/Sao_Paulo", NOON, "Sao Paulo time (UTC−3)"),
        ("Asia/Kathmandu", NOON, "Kathmandu time (UTC+5:45)"),
        ("UTC", NOON, "UTC"),
    ],
)
def test_show_zone_names_the_place_and_the_clock(zone, moment, text):
    assert dates.show_zone(zone, moment, "en") == text


def test_show_zone_says_the_place_in_the_readers_language():
    assert "Warszawa" in dates.show_zone("Europe/Warsaw", NOON, "pl")


def test_unknown_language_reads_as_the_platforms_own(formats):
    assert dates.show_datetime(NOON, ZoneInfo("UTC"), "xx") == "January 14, 2027 at 11:05"


def test_show_with_weekday_names_it_once(formats):
    assert dates.show_with_weekday(NOON, "UTC", "en") == "Thursday, January 14, 2027 at 11:05"

    formats["de"] = "%A, %d. %B"
    assert dates.show_with_weekday(NOON, "UTC", "de") == "Donnerstag, 14. Januar"


def test_show_month_is_short_and_bare():
    assert dates.show_month(NOON, "UTC", "de") == "Jan"
    assert dates.show_month(NOON, "UTC", "fr") == "janv"
