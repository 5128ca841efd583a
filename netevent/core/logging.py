"""Log lines for people and for machines: each names its request, none holds what opens a door or says who somebody is.

Tokens stand in addresses, and Django logs the address of what it refuses: long words in paths and telling query values are blanked here, in
every message and trace, so that no caller has to think of it. So are e-mail addresses, and the values that a database names when it
refuses a row. Traces hold lines of the program: no local variables, and nothing of what was sent.
"""

from __future__ import annotations

import json
import logging
import re
import time
from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="-")

# With the colons of a signed key; whatever ends a word in prose ends it here.
LONG_WORD = re.compile(r"(?<=/)[A-Za-z0-9_:=-]{24,}(?=[/?#&\s\"'),;<>\]]|$)")
TELLING = re.compile(r"(?i)\b(token|key|code|password|secret|signature|email|next)=[^&\s\"']+")
EMAIL = re.compile(r"(?<![\w.+'-])[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
OF_THE_ROW = re.compile(r"(?m)^(DETAIL:\s+).*$")  # PostgreSQL: "Failing row contains (…)", "Key (email)=(…) already exists."
SIGN = re.compile(r"[/=@]")


def blanked(message: str) -> str:
    """The message without tokens and without addresses of people."""
    if not SIGN.search(message):
        return message
    return EMAIL.sub("…@…", TELLING.sub(r"\1=…", LONG_WORD.sub("…", message)))


def blanked_trace(trace: str) -> str:
    return blanked(OF_THE_ROW.sub(r"\1…", trace))


class RequestIdFilter(logging.Filter):
    """Gives each record the id of the request (or task) it was written in."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        if record.name.startswith("django.security"):
            record.exc_info = None  # a stranger's wrong Host header is one line, not twenty
        return True


class TextFormatter(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)-7s [%(request_id)s] %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's own name
        record.message = blanked(record.message).replace("\n", "\\n").replace("\r", "\\r")
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return blanked_trace(super().formatException(ei))


class JsonFormatter(logging.Formatter):
    """One object a line. `extra={"facts": {…}}` of a call is added to it."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "request_id": getattr(record, "request_id", "-"),
            "message": blanked(record.getMessage()),
            **getattr(record, "facts", {}),
        }
        if isinstance(getattr(record, "status_code", None), int):
            line["status"] = record.status_code  # type: ignore[attr-defined]
        if record.exc_info:
            line["trace"] = blanked_trace(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def logging_settings(form: str, level: str = "INFO") -> dict[str, Any]:
    """Django's LOGGING: everything to stderr, in text or JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestIdFilter}},
        "formatters": {"text": {"()": TextFormatter}, "json": {"()": JsonFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": form}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "netevent.access": {"level": "INFO" if form == "json" else "WARNING"},  # one line a request, where machines read it
            "django": {"handlers": [], "propagate": True},  # takes off Django's own handlers
            "django.server": {"handlers": [], "propagate": True},
            "fontTools": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
