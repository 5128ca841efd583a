"""`create_admin EMAIL`: the first account of an installation, or one more admin."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from netevent.accounts.links import password_url
from netevent.accounts.services import make_admin
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_email


class Command(BaseCommand):
    help = "Make an admin of the person with this e-mail, and print a link to set the password. The link works once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        email = normalise_email(email)
        try:
            validate_email(email)
            user, is_new = make_admin(email)
        except ValidationError as error:
            raise CommandError(f"{email!r} is not an e-mail address.") from error
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(f"{email} is {'a new' if is_new else 'now an'} admin. Set the password here, once:")
        self.stdout.write(password_url(user))
