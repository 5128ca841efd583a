"""The floor's own tables, and which tables are ours."""

from __future__ import annotations

from django.apps import apps
from django.contrib import admin
from django.db import models

from netevent.core.admin.base import ReadOnlyDesk
from netevent.core.models import IdempotencyKey, RateCount


def own_models() -> list[type[models.Model]]:
    """The tables of our own apps, without histories and link tables."""
    ours = [
        config
        for config in apps.get_app_configs()
        if config.name.partition(".")[0] in {"netevent", "events", "attendees"} or config.name in OUR_LATER_APPS
    ]
    return [model for config in ours for model in config.get_models() if not hasattr(model, "history_type")]


OUR_LATER_APPS = ("sessions_app", "networking", "analytics")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyDesk):
    list_display = ("key", "actor", "status", "created_at")
    fields = ("actor", "key", "status", "lease_until", "created_at")
    search_fields = ("key", "actor")
    exportable = False


@admin.register(RateCount)
class RateCountAdmin(ReadOnlyDesk):
    list_display = ("key", "window_start", "count")
    search_fields = ("key",)
    exportable = False
