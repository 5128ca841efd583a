from __future__ import annotations

import json
import logging
import sys

import pytest
from django.db import IntegrityError
from django.test import RequestFactory

from netevent.core.logging import JsonFormatter, RequestIdFilter, TextFormatter, blanked, logging_settings, request_id

TOKEN = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4"


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("netevent.test", logging.WARNING, "x.py", 1, message, args, None)
    made.__dict__.update(extra)
    RequestIdFilter().filter(made)
    return made


@pytest.mark.parametrize(
    ("message", "blank"),
    [
        (f"Not Found: /attendee/personal/{TOKEN}", "Not Found: /attendee/personal/…"),
        (f"Not Found: /c/{TOKEN}/", "Not Found: /c/…/"),
        (f"GET /x?token={TOKEN}&page=2", "GET /x?token=…&page=2"),
        ("GET /login?next=/a/b", "GET /login?next=…"),
        ("sent to ada@example.org in 3 ms", "sent to …@… in 3 ms"),
        ("<ada.o'neil+x@mail.example.org>: Łukasz@example.pl,b@c.de", "<…@…>: …@…,…@…"),
        ("postgres://ada@127.0.0.1:5432/x", "postgres://…@…:5432/x"),
        ("at @home, 3 @ 4 and a@b", "at @home, 3 @ 4 and a@b"),
        ("GET /event/CONF2027/register", "GET /event/CONF2027/register"),
    ],
)
def test_messages_hold_no_tokens(message, blank):
    assert blanked(message) == blank


def test_json_line_is_one_object_with_the_request():
    request_id.set("abc")
    line = json.loads(JsonFormatter().format(record("Not Found: %s", f"/c/{TOKEN}", facts={"route": "c/<token>"}, status_code=404)))
    assert (line["request_id"], line["level"], line["logger"], line["route"], line["status"]) == (
        "abc",
        "warning",
        "netevent.test",
        "c/<token>",
        404,
    )
    assert TOKEN not in json.dumps(line)


def test_json_line_keeps_the_trace():
    try:
        raise ValueError("x")
    except ValueError:
        made = record("oh")
        made.exc_info = __import__("sys").exc_info()
    formatted = JsonFormatter().format(made)
    assert "\n" not in formatted
    assert "ValueError: x" in json.loads(formatted)["trace"]


def raised(error: Exception, typed: str) -> logging.LogRecord:
    """A record of an exception that was raised where `typed` was a local variable."""
    try:
        assert typed
        raise error
    except type(error):
        made = record("Internal Server Error: %s", "/register")
        made.exc_info = sys.exc_info()
        made.request = RequestFactory().post("/register", {"first_name": typed})
    return made


@pytest.mark.parametrize("formatter", [TextFormatter, JsonFormatter])
def test_trace_names_the_mistake_and_nobody(formatter):
    """Neither addresses, nor the row that a database refused, nor what was sent, nor a token in an address."""
    refused = "null value in column violates not-null constraint\nDETAIL:  Failing row contains (7, Augusta, +31 6 555).\nCONTEXT:  x"
    twice = 'duplicate key value violates "email_once"\nDETAIL:  Key (event_id, last_name)=(3, Augusta) already exists.'

    lines = [
        formatter().format(raised(error, "Augusta"))
        for error in (
            ValueError(f"no such person: ada@example.org at /attendee/personal/{TOKEN}"),
            IntegrityError(refused),
            IntegrityError(twice),
        )
    ]

    text = "".join(lines)
    assert [word for word in ("ada@", "example.org", "Augusta", "555", TOKEN) if word in text] == []
    assert [part for part in ("no such person: …@…", "not-null constraint", "email_once", "CONTEXT:  x") if part not in text] == []


def test_text_line_names_the_request_and_stays_one_line():
    request_id.set("abc")
    line = TextFormatter().format(record("a\nforged line"))
    assert "[abc] netevent.test: a\\nforged line" in line


@pytest.mark.parametrize("form", ["text", "json"])
def test_both_forms_are_settings_that_logging_takes(form):
    assert logging_settings(form)["handlers"]["stderr"]["formatter"] == form


def test_wrong_host_leaves_no_trace_in_the_log():
    made = logging.LogRecord(
        "django.security.DisallowedHost",
        logging.ERROR,
        "x.py",
        1,
        "Invalid HTTP_HOST",
        (),
        (ValueError, ValueError("x"), None),
    )
    RequestIdFilter().filter(made)
    assert made.exc_info is None
