"""Settings from the environment: typed, and loud when one can't be read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}

# Every name that is read: the test settings clear them all, so that a developer's environment never changes a test.
NAMES = (
    "ALLOWED_HOSTS",
    "ALLOW_SQLITE",
    "BADGE_FONT_DIR",
    "BASE_URL",
    "BREVO_API_KEY",
    "BREVO_API_URL",
    "DATABASE_POOL_SIZE",
    "DATABASE_URL",
    "DEFAULT_FROM_EMAIL",
    "DEFAULT_LANGUAGE",
    "DEMO_PASSWORD",
    "EMAIL_RETRY_SECONDS",
    "EMAIL_TIMEOUT_SECONDS",
    "EMAIL_URL",
    "HOLD_MINUTES",
    "INVITE_HOURS",
    "JOB_LEASE_SECONDS",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "MAX_IMAGE_MEGAPIXELS",
    "MAX_IMPORT_MB",
    "MAX_IMPORT_ROWS",
    "MAX_UNPACKED_MB",
    "MAX_UPLOAD_MB",
    "NETEVENT_DATA_DIR",
    "NETEVENT_ENV",
    "ORGANIZER_SIGNUP",
    "PAYMENT_TEST_PROVIDER",
    "PERSONAL_LINK_HOURS",
    "RATE_LIMITS",
    "REDIS_PREFIX",
    "REDIS_URL",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "STRIPE_API_BASE",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "TIME_ZONE",
    "TRUSTED_PROXY_COUNT",
)


def lines_of(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and name.strip() and not name.startswith("#"):
            yield name.strip(), unquoted(value.strip())


def unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def read_env_file(path: Path, into: MutableMapping[str, str] = os.environ) -> None:
    """Put the `NAME=value` lines of a `.env` file into the environment; what is already set wins."""
    if path.is_file():
        for name, value in lines_of(path.read_text(encoding="utf-8-sig")):
            into.setdefault(name, value)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def integer(name: str, default: int, *, least: int = 0) -> int:
    """A whole number.

    Raises:
        ImproperlyConfigured: not a number, or below `least`.
    """
    raw = text(name)
    try:
        value = int(raw) if raw else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a whole number.") from error
    if value < least:
        raise ImproperlyConfigured(f"{name}={value} is below {least}.")
    return value


def boolean(name: str, default: bool) -> bool:
    raw = text(name).lower()
    if not raw:
        return default
    if raw not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name}={raw!r} is neither yes nor no.")
    return raw in TRUE


def integers(name: str, default: list[int]) -> list[int]:
    """Whole numbers that are not negative, divided by commas."""
    raw = text(name)
    try:
        values = [int(part) for part in raw.split(",")] if raw else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a list of whole numbers.") from error
    if min(values) < 0:
        raise ImproperlyConfigured(f"{name}={raw!r} holds a negative number.")
    return values


def words(name: str, default: list[str] | None = None) -> list[str]:
    return [part.strip() for part in text(name).split(",") if part.strip()] or list(default or [])


def choice(name: str, options: tuple[str, ...], default: str) -> str:
    value = text(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(options)}.")
    return value


def mapping(name: str) -> dict[str, str]:
    """A JSON object of texts, such as `{"login.account": "1000/1m"}`."""
    raw = text(name)
    try:
        value = json.loads(raw) if raw else {}
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ImproperlyConfigured(f"{name} is not a JSON object.")
    return {str(key): str(entry) for key, entry in value.items()}


def url(name: str, default: str = "") -> str:
    """An http or https address without a slash at its end.

    Raises:
        ImproperlyConfigured: anything else, also one with a path, a query or a password.
    """
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or "@" in parts.netloc):
        raise ImproperlyConfigured(f"{name}={value!r} is not an address such as https://events.example.org.")
    return value


def host_of(address: str) -> str:
    """The host as Django's ALLOWED_HOSTS wants it: no port, an IPv6 address in brackets."""
    host = urlsplit(address).hostname or ""
    return f"[{host}]" if ":" in host else host


def hosts(base_url: str, more: list[str]) -> list[str]:
    """Whom we answer to: the host of BASE_URL, those named, and this machine itself (health checks come from there)."""
    return list(dict.fromkeys(host for host in (host_of(base_url), *more, "localhost", "127.0.0.1", "[::1]") if host))


def mail(address: str, *, folder: Path, brevo_key: str, brevo_url: str, timeout: int) -> dict[str, Any]:
    """Django's mail settings for EMAIL_URL: Brevo when there is a key, SMTP, or files in a folder.

    Raises:
        ImproperlyConfigured: an address of another kind, without its password in the message.
    """
    if brevo_key:
        anymail = {"BREVO_API_KEY": brevo_key, "BREVO_API_URL": brevo_url, "REQUESTS_TIMEOUT": timeout}
        return {"EMAIL_BACKEND": "anymail.backends.brevo.EmailBackend", "ANYMAIL": anymail}
    parts = urlsplit(address)
    if not address or parts.scheme == "file":
        return {
            "EMAIL_BACKEND": "netevent.core.mail_files.EmailBackend",
            "EMAIL_FILE_PATH": str(Path(unquote(parts.path)) if parts.path else folder),
        }
    return smtp(address)


def smtp(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    ports = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465, "smtps": 465}
    try:
        port = parts.port or ports[parts.scheme]
        if not parts.hostname:
            raise ValueError
    except (KeyError, ValueError) as error:
        raise ImproperlyConfigured(
            "EMAIL_URL is not of the form smtp://user:password@host:port (or smtp+tls://, smtp+ssl://, file://)."
        ) from error
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme in {"smtp+ssl", "smtps"},
    }
