"""The desk's log of who did what."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, cast

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest

from netevent.core.admin.page import DeskPage


class DeskLog(DeskPage):
    """Keeps numbers and no names: what a person is called is forgotten in one place."""

    skip_admin_log = True  # its log names rows; our own log keeps numbers

    def note(self, request: HttpRequest, row: Any, act: int, message: Any = "") -> LogEntry:
        return LogEntry.objects.create(
            user_id=cast(int, request.user.pk),
            content_type=ContentType.objects.get_for_model(row, for_concrete_model=False),
            object_id=str(row.pk),
            object_repr=f"{self.opts.verbose_name} {row.pk}"[:200],
            action_flag=act,
            change_message=json.dumps(message) if isinstance(message, list) else message,
        )

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self.note(request, obj, ADDITION, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self.note(request, obj, CHANGE, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> list[LogEntry]:
        return [self.note(request, row, DELETION) for row in queryset]

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> list[dict[str, Any]]:
        message = super().construct_change_message(request, form, formsets, add)
        for change in message:
            for details in change.values():
                details.pop("object", None)
        return message
