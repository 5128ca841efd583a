"""What an organiser asks and what a person agrees to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendees.models.attendee import Attendee
from events.models import AttendeeType, Event
from netevent.core.fields import TrimmedCharField
from netevent.core.models import Timestamped

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from netevent.accounts.models import User


class QuestionKind(models.TextChoices):
    TEXT = "text", _("Short text")
    LONG_TEXT = "long_text", _("Long text")
    CHOICE = "choice", _("One of several")
    SEVERAL = "several", _("Several of several")
    YES_NO = "yes_no", _("Yes or no")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    FILE = "file", _("File")


class AskedWhen(models.TextChoices):
    REGISTRATION = "registration", _("When registering")
    CHECK_IN = "check_in", _("At check-in")


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(event__in=Event.objects.run_by(user))

    def asked(self, when: str) -> Self:
        return self.filter(when=when, is_active=True)


class Question(Timestamped):
    """One question of an event. `choices` is a list of `{"key": "vegan", "label": {"en": "Vegan", …}}`; answers keep the keys."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="questions", verbose_name=_("event"))
    key = models.SlugField(_("key"), max_length=40)
    kind = models.CharField(_("kind"), max_length=10, choices=QuestionKind, default=QuestionKind.TEXT)
    label = TrimmedCharField(_("question"), max_length=300)
    help_text = TrimmedCharField(_("hint"), max_length=500, blank=True)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    is_active = models.BooleanField(_("asked"), default=True)
    when = models.CharField(_("asked when"), max_length=12, choices=AskedWhen, default=AskedWhen.REGISTRATION)
    at_desk = models.BooleanField(_("shown at check-in"), default=False)
    types = models.ManyToManyField(
        AttendeeType, blank=True, related_name="questions", verbose_name=_("only for"), help_text=_("Empty means everybody.")
    )
    depends_on = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="dependants", verbose_name=_("only after")
    )
    depends_values = models.JSONField(_("and this answer"), default=list, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ("event", "position", "pk")
        constraints = (
            models.UniqueConstraint(fields=["event", "key"], name="question_key_once_per_event"),
            models.CheckConstraint(condition=Q(kind__in=QuestionKind.values), name="question_kind_known"),
            models.CheckConstraint(condition=Q(when__in=AskedWhen.values), name="question_when_known"),
        )

    def __str__(self) -> str:
        return self.label


class QuestionAnswer(Timestamped):
    """One person's answer: text, a key, a list of keys, true or false, a number as text, an ISO date; of a file its name."""

    attendee = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="answers", verbose_name=_("attendee"))
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers", verbose_name=_("question"))
    value = models.JSONField(_("answer"), null=True, blank=True, encoder=DjangoJSONEncoder)
    file = models.FileField(_("file"), upload_to="answers/", blank=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = (models.UniqueConstraint(fields=["attendee", "question"], name="answer_once"),)

    def __str__(self) -> str:
        return f"{self.question}: {self.value}"


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(event__in=Event.objects.run_by(user))


class ConsentText(Timestamped):
    """What a person is asked to agree to, for one purpose. A changed text is a new version; given consents name the one that was read."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="consent_texts", verbose_name=_("event"))
    purpose = models.SlugField(_("purpose"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    text = models.TextField(_("text"), max_length=5000)
    is_required = models.BooleanField(_("required"), default=False)
    is_active = models.BooleanField(_("asked"), default=True)

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ("event", "purpose", "version")
        constraints = (
            models.UniqueConstraint(fields=["event", "purpose", "version"], name="consent_text_version_once"),
            models.UniqueConstraint(fields=["event", "purpose"], condition=Q(is_active=True), name="one_consent_text_asked"),
        )

    def __str__(self) -> str:
        return f"{self.purpose} ({self.version})"


class Consent(models.Model):
    """Somebody agreed to a text. Rows are added, never edited but for the moment of withdrawing."""

    attendee = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="consents", verbose_name=_("attendee"))
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="consents", verbose_name=_("text"))
    language = models.CharField(_("language"), max_length=5, blank=True)
    given_at = models.DateTimeField(_("given"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["attendee", "text"], condition=Q(withdrawn_at__isnull=True), name="consent_given_once"),
        )

    def __str__(self) -> str:
        return f"{self.text}: {self.attendee}"
