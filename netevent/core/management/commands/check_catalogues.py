"""`manage.py check_catalogues`: exit 1 when a language lacks a message of the code."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from netevent.core import catalogues


class Command(BaseCommand):
    help = "Say which messages are missing, untranslated or fuzzy in which language."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="name every message, not the first of each language")

    def handle(self, *_args: Any, **options: Any) -> None:
        languages = [code for code, _name in settings.LANGUAGES]
        absent = [language for language in languages if not catalogues.catalogue_path(language).exists()]
        template, counted = catalogues.template_catalogue(), {}
        for language in languages:
            lines = list(catalogues.faults(language, template)) if language not in absent else [f"{language}: no catalogue"]
            for line in lines if options["all"] else lines[:5]:
                self.stderr.write(line)
            if lines:
                counted[language] = len(lines)
        if counted:
            raise CommandError("Catalogues are not complete: " + ", ".join(f"{code} {n}" for code, n in counted.items()))
        self.stdout.write(f"{len(template)} messages, complete in {', '.join(languages)}.")
