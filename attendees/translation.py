"""Translated fields of what an event asks and answers."""

from __future__ import annotations

from modeltranslation.translator import TranslationOptions, register

from attendees.models import ConsentText, Question, Reason


@register(Question)
class QuestionTranslation(TranslationOptions):
    fields = ("label", "help_text")


@register(ConsentText)
class ConsentTextTranslation(TranslationOptions):
    fields = ("text",)


@register(Reason)
class ReasonTranslation(TranslationOptions):
    fields = ("text",)
