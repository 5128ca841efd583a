"""What every table has, and the floor's own tables."""

from __future__ import annotations

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from netevent.core.inserts import PreparedInsert


class Timestamped(PreparedInsert):
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        abstract = True


class IdempotencyKey(PreparedInsert):
    """The answer of an act that was asked for with a key: the same key and body get the first answer again."""

    actor = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    body_hash = models.CharField(max_length=64)
    claim = models.UUIDField(default=uuid.uuid4)
    lease_until = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_once"),)

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"


class RateCount(models.Model):
    """How often something happened since `window_start`: one row per limit and key, which one statement counts up or starts afresh."""

    key = models.CharField(max_length=160, unique=True)
    window_start = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class CacheRow(models.Model):
    """The table of Django's database cache, made by a migration so that no command has to be remembered.

    Only the cache reads and writes it.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "core_cache"

    def __str__(self) -> str:
        return self.cache_key
