"""IANA time zones by name."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


@cache
def zone_names() -> tuple[str, ...]:
    places = (name for name in available_timezones() if "/" in name and not name.startswith(("posix/", "right/", "Etc/")))
    return (*sorted(places), "UTC")


def check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(_("%(name)s is not a time zone."), code="zone", params={"name": name}) from error


class ZoneField(models.CharField):
    """The name of an IANA time zone, such as `Europe/Amsterdam`. Names are checked, not frozen into migrations as choices."""

    default_validators = [check_zone]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        super().__init__(*args, **kwargs)
