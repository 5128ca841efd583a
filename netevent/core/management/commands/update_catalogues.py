"""`manage.py update_catalogues`: take the messages of the code into every language's catalogue."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from netevent.core import catalogues


class Command(BaseCommand):
    help = "Take new messages into the catalogues of all languages, and old ones out."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        template = catalogues.template_catalogue()
        for language, _name in settings.LANGUAGES:
            catalogue = catalogues.update_catalogue(language, template)
            empty = sum(bool(message.id) and not catalogues.is_translated(message) for message in catalogue)
            self.stdout.write(f"{language}: {len(catalogue)} messages, {empty} to translate")
