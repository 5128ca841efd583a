"""The outbox: a message is a row in the transaction of the fact it tells, and is sent afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta
from email.utils import parseaddr
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, models, router
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from netevent.core.fields import LowerEmailField
from netevent.core.models import Timestamped
from netevent.notifications.scopes import scopes

INSERT_CHUNK = 500  # rows a statement: far below SQLite's limit of variables


def new_header_id() -> str:
    """A Message-ID. It is made with the row, so that a message sent twice by a crash is one message to a mail program."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{uuid.uuid4().hex}@{domain}>"


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: Any) -> Self:
        """Messages of the places this user may see; platform-wide ones are for superusers."""
        return self if user.is_superuser else self.filter(scope__in=scopes.of(user)).exclude(scope="")

    def due(self) -> Self:
        """To be sent now: waiting and due, or left in the hands of a sender that died."""
        now = timezone.now()
        return self.filter(Q(state=Message.State.WAITING, due_at__lte=now) | Q(state=Message.State.SENDING, lease_until__lt=now))

    def failing(self) -> Self:
        """What an organiser should see: given up, or not sent at the first try."""
        return self.filter(Q(state=Message.State.FAILED) | Q(state=Message.State.WAITING, attempt__gt=0))

    def insert_new(self, rows: Sequence[Message]) -> dict[str, int]:
        """Write rows whose key is new, in one statement for each 500; answers {key: id} of those written.

        Only a known key is passed over: `bulk_create(ignore_conflicts=True)` would swallow broken rows as well, and can't say
        which rows it wrote.
        """
        written: dict[str, int] = {}
        for start in range(0, len(rows), INSERT_CHUNK):
            written |= self._insert_chunk(rows[start : start + INSERT_CHUNK])
        return written

    def _insert_chunk(self, rows: Sequence[Message]) -> dict[str, int]:
        connection = connections[router.db_for_write(Message)]
        quote, fields = (
            connection.ops.quote_name,
            [field for field in Message._meta.concrete_fields if not field.primary_key],
        )
        values = [field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows for field in fields]
        places = ", ".join(["(" + ", ".join(["%s"] * len(fields)) + ")"] * len(rows))
        columns = ", ".join(quote(str(field.column)) for field in fields)
        table, key, pk = (quote(name) for name in (Message._meta.db_table, "key", "id"))
        statement = f"INSERT INTO {table} ({columns}) VALUES {places} ON CONFLICT ({key}) DO NOTHING RETURNING {key}, {pk}"  # noqa: S608 -- names of the model alone
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return dict(cursor.fetchall())

    def claim(self, limit: int, lease: timedelta) -> list[Message]:
        """Take at most `limit` due messages: of all who ask at once, each message goes to one."""
        ids = list(self.due().order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
        if not ids:
            return []
        mine = uuid.uuid4()
        self.claim_rows(ids, mine, timezone.now() + lease)
        return list(self.filter(claim=mine).select_related("to_user").order_by("due_at", "pk"))

    def claim_rows(self, ids: Collection[int], mine: uuid.UUID, lease_until: Any) -> int:
        """The conditional update that decides the race: the condition is asked again for each row under its lock."""
        return (
            self.due().filter(pk__in=ids).update(state=Message.State.SENDING, claim=mine, attempt=F("attempt") + 1, lease_until=lease_until)
        )


class MailingQuerySet(models.QuerySet["Mailing"]):
    def visible_to(self, user: Any) -> Self:
        return self if user.is_superuser else self.filter(scope__in=scopes.of(user)).exclude(scope="")


class Mailing(Timestamped):
    """One text that an organiser wrote to many: `texts` is `{"en": {"subject": …, "text": …}, …}`, `choice` says whom it was for."""

    scope = models.CharField(_("scope"), max_length=60)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    texts = models.JSONField(_("texts"), default=dict)
    choice = models.JSONField(_("receivers"), default=dict)
    count = models.PositiveIntegerField(_("messages"), default=0)
    queued_at = models.DateTimeField(_("sent"), null=True)

    objects = MailingQuerySet.as_manager()

    class Meta:
        verbose_name = _("message to attendees")
        verbose_name_plural = _("messages to attendees")
        ordering = ("-pk",)
        indexes = (models.Index(fields=["scope", "created_at"], name="mailing_of_scope"),)

    def __str__(self) -> str:
        return next((str(text.get("subject", "")) for text in self.texts.values()), "")


class Message(Timestamped):
    """One message to one person, at most once for its key. It holds ids and plain values; links are made while it is sent."""

    class State(models.TextChoices):
        HELD = "held", _("Held for review")
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Dropped")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")

    key = models.CharField(_("key"), max_length=250, unique=True)
    template = models.CharField(_("template"), max_length=80)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.EMAIL)
    language = models.CharField(_("language"), max_length=5, blank=True)
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("to user"),
    )
    to_address = LowerEmailField(_("to address"), null=True, blank=True)
    context = models.JSONField(_("context"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    scope = models.CharField(_("scope"), max_length=60, blank=True)
    about = models.CharField(_("about"), max_length=120, blank=True, db_index=True)
    mailing = models.ForeignKey(Mailing, on_delete=models.SET_NULL, null=True, editable=False, related_name="messages")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempt = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    claim = models.UUIDField(null=True, editable=False, db_index=True)
    lease_until = models.DateTimeField(null=True, editable=False)
    header_id = models.CharField(_("Message-ID"), max_length=150, unique=True, default=new_header_id, editable=False)
    error = models.CharField(_("error"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)

    # States in which a person still has to be told, and those from which the desk may send again.
    OPEN: ClassVar = (State.HELD, State.WAITING, State.SENDING)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = (
            models.Index(fields=["due_at"], condition=Q(state__in=["waiting", "sending"]), name="message_due"),
            models.Index(fields=["scope", "state"], name="message_of_scope"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["held", "waiting", "sending", "sent", "failed", "dropped"]), name="message_state"
            ),
        )

    def __str__(self) -> str:
        return self.key

    @property
    def address(self) -> str:
        """Where it goes: its own address, else the one its user has now; empty when that person is gone."""
        if self.to_address:
            return self.to_address
        user = self.to_user
        return (user.email or "") if user and user.erased_at is None else ""
