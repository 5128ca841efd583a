"""The bases that tables of the desk stand on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from modeltranslation.admin import TranslationAdmin

from netevent.core.admin.acts import DeskActs
from netevent.core.admin.deleting import DeskDeleting
from netevent.core.admin.files import DeskFiles
from netevent.core.admin.history import DeskHistory
from netevent.core.admin.log import DeskLog
from netevent.core.admin.saving import DeskSaving


class DeskAdmin(DeskSaving, DeskDeleting, DeskHistory, DeskFiles, DeskLog, DeskActs):
    """A table's pages at the desk. See `Narrowed` for what a subclass says."""


class NoLanguageCompulsory:
    """One language is enough, whichever: a form asks for at least one."""

    def patch_translation_field(self, db_field: Any, field: forms.Field, request: HttpRequest, **kwargs: Any) -> None:
        super().patch_translation_field(db_field, field, request, **kwargs)  # type: ignore[misc]
        if hasattr(db_field, "translated_field"):
            field.required = False


class TranslatedDeskAdmin(NoLanguageCompulsory, DeskAdmin, TranslationAdmin):  # type: ignore[misc]  # two libraries, one page
    """The same for a table with translated columns: a field a language, in fieldsets that name them."""


class ReadOnlyDesk(DeskAdmin):
    """Rows that are facts: read, filtered and exported, never typed."""

    addable = changeable = deletable = False
