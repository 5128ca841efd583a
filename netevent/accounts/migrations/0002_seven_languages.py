"""A row for each language that has a catalogue; the platform's DEFAULT_LANGUAGE is the default until an admin chooses another."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import migrations

# Code, name, own name, how it writes a moment. Month names come from Babel; the words are the language's own.
SEVEN = (
    ("en", "English", "English", "%B %d, %Y at %H:%M"),
    ("nl", "Dutch", "Nederlands", "%-d %B %Y om %H:%M"),
    ("de", "German", "Deutsch", "%-d. %B %Y um %H:%M"),
    ("fr", "French", "Français", "%-d %B %Y à %H:%M"),
    ("es", "Spanish", "Español", "%-d de %B de %Y a las %H:%M"),
    ("it", "Italian", "Italiano", "%-d %B %Y alle %H:%M"),
    ("pl", "Polish", "Polski", "%-d %B %Y, %H:%M"),
)


def add_languages(apps: Any, schema_editor: Any) -> None:
    """What is there already stays as it was edited."""
    language = apps.get_model("accounts", "Language")
    for place, (code, name, native_name, date_format) in enumerate(SEVEN, start=1):
        fields = {"name": name, "native_name": native_name, "date_format": date_format, "sort_order": place * 10}
        language.objects.get_or_create(code=code, defaults=fields)
    if not language.objects.filter(is_default=True).exists():
        language.objects.filter(code=settings.LANGUAGE_CODE).update(is_default=True, is_active=True)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(add_languages, migrations.RunPython.noop)]
