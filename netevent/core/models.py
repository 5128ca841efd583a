"""What every table has, and the floor's own tables."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Timestamped(models.Model):
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        abstract = True


class IdempotencyKey(models.Model):
    """The answer of an act that was asked for with a key: the same key and body get the first answer again."""

    actor = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    body_hash = models.CharField(max_length=64)
    claim = models.UUIDField(default=uuid.uuid4)
    lease_until = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_once"),)

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"


class RateCount(models.Model):
    """How often something happened in one window: the limits' last resort when no Redis answers."""

    key = models.CharField(max_length=160)
    window_start = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["key", "window_start"], name="rate_count_once"),)

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
