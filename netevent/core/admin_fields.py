"""Form fields of the desk: moments in an event's own zone, and lists written one entry a line."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminSplitDateTimeWidget


class ZonedDateTimeField(forms.SplitDateTimeField):
    """Day and time by the clocks of the current time zone, which the desk sets to the event's own.

    An hour that the clocks skip is refused in words; of an hour that comes twice the first is meant. (Django's own field refuses both.)
    """

    widget = UnfoldAdminSplitDateTimeWidget

    def compress(self, data_list: Any) -> datetime | None:
        day, hour = data_list or (None, None)
        if day in self.empty_values and hour in self.empty_values:
            return None
        if not isinstance(day, date):
            raise ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        if not isinstance(hour, time):
            raise ValidationError(self.error_messages["invalid_time"], code="invalid_time")
        return moment_of(datetime.combine(day, hour))


def moment_of(wall_clock: datetime) -> datetime:
    """The moment at which the clocks of the current zone show this."""
    zone = timezone.get_current_timezone()
    moment = wall_clock.replace(tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall_clock:
        message = _("On this day the clocks go forward: %(time)s does not exist in %(zone)s.")
        raise ValidationError(message, code="no_such_time", params={"time": wall_clock.strftime("%H:%M"), "zone": str(zone)})
    return moment


class LinesField(forms.CharField):
    """A list, written one entry a line. Entries that are no text are shown and read as JSON."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", UnfoldAdminExpandableTextareaWidget)
        options.setdefault("help_text", _("One entry a line."))
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(line_of(entry) for entry in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [entry_of(line.strip()) for line in text.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data)


def line_of(entry: Any) -> str:
    return entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False)


def entry_of(line: str) -> Any:
    if not line.startswith(("{", "[")):
        return line
    try:
        return json.loads(line)
    except ValueError:
        return line
