"""The published limits: how often something may happen. Read by the settings, so nothing of Django is imported here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
FORM = re.compile(r"(?P<count>\d{1,9})\s*/\s*(?P<number>\d{0,4})\s*(?P<unit>s|m|min|h|d|day)")

DEFAULT_RATES = {
    "login.account": "10/5m",
    "login.ip": "100/5m",
    "link.address": "3/h",
    "link.ip": "600/h",
    "register.ip": "600/10m",
    "code.ip": "100/10m",
    "checkin.device": "600/m",
    "api.user": "600/m",
    "connect.attendee": "60/d",
    "appointment.attendee": "40/d",
    "invite.organizer": "50/d",
    "message.event": "5/h",
    "transfer.attendee": "10/d",
    "upload.user": "20/h",
    "export.user": "20/h",
}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many seconds, counted from the first."""

    count: int
    seconds: int


def parse_rate(text: str) -> Rate | None:
    """`"10/5m"`, `"3/h"`, `"600/min"`; `"off"` is no limit at all (None).

    Raises:
        ValueError: anything else, also a limit of nothing.
    """
    words = text.strip().lower()
    if words == "off":
        return None
    match = FORM.fullmatch(words)
    if not match or not int(match["count"]) or match["number"] == "0":
        raise ValueError(f'{text!r} is no limit: write "10/5m", "3/h" or "off"')
    return Rate(int(match["count"]), int(match["number"] or 1) * SECONDS[match["unit"][0]])


def rates(overrides: Mapping[str, str]) -> dict[str, Rate | None]:
    """Every limit by its name, the overrides in force; `"*"` overrides all that are not named.

    Raises:
        ValueError: naming the limit that is unknown or can't be read.
    """
    unknown = sorted(set(overrides) - {*DEFAULT_RATES, "*"})
    if unknown:
        raise ValueError(f"there is no limit named {', '.join(unknown)}; there are {', '.join(DEFAULT_RATES)}")
    everywhere = dict.fromkeys(DEFAULT_RATES, overrides["*"]) if "*" in overrides else {}
    named = {name: text for name, text in overrides.items() if name != "*"}
    return {name: parse_rate(text) for name, text in {**DEFAULT_RATES, **everywhere, **named}.items()}
