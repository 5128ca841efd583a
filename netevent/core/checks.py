"""What must be right before production starts. The first part is read by the settings, so nothing here needs Django at import."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

SHORTEST_KEY = 32
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
DEMO_DOMAIN = "@demo.netevent.test"


def production_problems(*, secret_key: str, base_url: str, database_url: str, allow_sqlite: bool, payment_test_provider: bool) -> list[str]:
    """One sentence for each setting that is missing or unsafe; empty when production may start."""
    found = [key_problem(secret_key), address_problem(base_url)]
    if database_url.startswith("sqlite") and not allow_sqlite:
        found.append(
            "DATABASE_URL names SQLite: name a PostgreSQL database (postgres://…), or set ALLOW_SQLITE=1 for a single small server."
        )
    if payment_test_provider:
        found.append("PAYMENT_TEST_PROVIDER is on: it marks orders as paid without any money; it exists in development only.")
    return [problem for problem in found if problem]


def key_problem(secret_key: str) -> str:
    if not secret_key:
        return "SECRET_KEY is missing: set at least 32 random characters, and keep them."
    if len(secret_key) < SHORTEST_KEY or secret_key.startswith("django-insecure") or len(set(secret_key)) < 8:
        return "SECRET_KEY is unsafe: set at least 32 random characters."
    return ""


def address_problem(base_url: str) -> str:
    if not base_url:
        return "BASE_URL is missing: every link in a mail is made from it, for instance https://events.example.org."
    parts = urlsplit(base_url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        return "BASE_URL is unsafe: passwords must not travel over plain http; use https."
    return ""


def demo_accounts() -> int:
    """How many demo accounts may sign in, whose password everybody knows. 0 while there is no database or no table to ask."""
    from django.contrib.auth import get_user_model
    from django.db import DatabaseError

    try:
        return get_user_model()._default_manager.filter(email__endswith=DEMO_DOMAIN, is_active=True).count()
    except DatabaseError:
        return 0


def refuse_demo_accounts() -> None:
    """Called where production begins to serve.

    Raises:
        ImproperlyConfigured: there are demo accounts.
    """
    if count := demo_accounts():
        raise ImproperlyConfigured(demo_sentence(count))


def demo_sentence(count: int) -> str:
    who = f"{count} demo accounts ({DEMO_DOMAIN}) may sign in with a published password"
    return f"NetEvent does not start in production: {who}. Deactivate or delete them."


def check_demo_accounts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Part of `manage.py check --deploy`."""
    from django.conf import settings

    count = demo_accounts() if settings.IS_PRODUCTION else 0
    return [Error(demo_sentence(count), id="netevent.E001")] if count else []
