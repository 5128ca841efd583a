"""People, messages and real servers to send them to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from netevent.accounts.models import User
from netevent.notifications.models import Message
from netevent.notifications.services import queue_message


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user(email="ada@example.org", first_name="Ada", last_name="Lovelace", language="nl")


@pytest.fixture
def queue(db: None) -> Callable[..., Message]:
    """A message to somebody, by default a new one each time."""
    count = iter(range(1, 10_000))

    def make(template: str = "registered_confirmed", **facts: Any) -> Message:
        number = next(count)
        facts = {"to_address": f"person{number}@example.org"} | facts if "to_user" not in facts else facts
        context = {
            "event": {"name": "PyConf", "when": "June 1", "where": "Utrecht"},
            "attendee": {"first_name": "Grace"},
        }
        message = queue_message(
            template,
            **{"about": f"tests.person:{number}", "receiver": number, "version": 1, "context": context} | facts,
        )
        assert message is not None
        return message

    return make


class Inbox:
    """What a mail server took, and the answers it gives instead of taking."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.rcpt_answers: dict[str, str] = {}
        self.data_answer = ""
        self.connections = 0
        self.hold = threading.Event()
        self.hold.set()

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.rcpt_answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data_answer:
            return self.data_answer
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(content)
        return "250 taken"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def smtp(settings: Any) -> Iterator[Inbox]:
    """A real SMTP server on a port of its own, and the settings that point at it."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 5
    yield inbox
    controller.stop()


class Brevo:
    """A stand-in for Brevo's API: keeps what was posted, answers as told."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.answer: tuple[int, dict[str, Any]] = (201, {"messageId": "<1@brevo>"})


@pytest.fixture
def brevo(settings: Any) -> Iterator[Brevo]:
    fake = Brevo()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fake.keys.append(self.headers.get("api-key"))
            fake.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, body = fake.answer
            answer = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    settings.EMAIL_BACKEND = "anymail.backends.brevo.EmailBackend"
    settings.ANYMAIL = {
        "BREVO_API_KEY": "test-key",
        "BREVO_API_URL": f"http://127.0.0.1:{server.server_address[1]}/v3/",
        "REQUESTS_TIMEOUT": 5,
    }
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()
