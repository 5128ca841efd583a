"""The demo's people who sign in."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password

from netevent.accounts.models import User
from netevent.core.demo import Demo, address

ACCOUNTS = (
    ("admin", "Alex", "Meijer", "en"),
    ("organizer", "Johanna", "de Wit", "nl"),
    ("organizer2", "Tomasz", "Zieliński", "pl"),
    ("staff", "Femke", "Bos", "nl"),
    ("presenter", "Inês", "Carvalho", "en"),
    ("ada", "Ada", "Lovelace", "en"),
    ("grace", "Grace", "Hopper", "en"),
)
STUDENTS = (
    ("s001", "Noor", "Haddad"),
    ("s002", "Luca", "Ferri"),
    ("s003", "Maja", "Król"),
    ("s004", "Elif", "Demir"),
    ("s005", "Jonas", "Brandt"),
)


def make_people(demo: Demo, **kwargs: Any) -> None:
    """Accounts with the demo's password; those with an e-mail have proved it. Students sign in by their number."""
    password = make_password(settings.DEMO_PASSWORD)  # once: hashing it for each would take a second
    for name, first, last, language in ACCOUNTS:
        fields = {"first_name": first, "last_name": last, "language": language, "is_superuser": name == "admin"}
        keep(demo, name, password, email=address(name), **fields)
    for name, first, last in STUDENTS:
        keep(demo, name, password, email=None, first_name=first, last_name=last, language="en")


def keep(demo: Demo, name: str, password: str, **fields: Any) -> None:
    user, is_new = User.objects.get_or_create(username=name, defaults={"password": password, **fields})
    demo.users[name] = user
    if is_new:
        demo.count("accounts")
        if user.email:
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
