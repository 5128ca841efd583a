"""Production: https, hashed static files, no demo. Refuses to start, naming each setting that is missing or unsafe."""

from django.core.exceptions import ImproperlyConfigured

from netevent.core.checks import production_problems
from netevent.settings.base import *
from netevent.settings.base import (
    BASE_URL,
    CONTENT_SECURITY_POLICY,
    DATABASE_URL,
    PAYMENT_TEST_PROVIDER,
    SECRET_KEY,
    env,
)

if problems := production_problems(
    secret_key=SECRET_KEY,
    base_url=BASE_URL,
    database_url=DATABASE_URL,
    allow_sqlite=env.boolean("ALLOW_SQLITE", False),
    payment_test_provider=PAYMENT_TEST_PROVIDER,
):
    raise ImproperlyConfigured("NetEvent does not start in production:\n" + "\n".join(f"- {problem}" for problem in problems))

SECURE = BASE_URL.startswith("https://")  # plain http is let be on this machine alone, to try things
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
LANGUAGE_COOKIE_SECURE = SECURE
if SECURE:
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["upgrade-insecure-requests"] = True
