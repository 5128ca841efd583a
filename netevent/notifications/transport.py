"""The way out: one connection for many mails, and a judgement of each failure: can trying again help?"""

from __future__ import annotations

import re
import smtplib
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from anymail.exceptions import (
    AnymailAPIError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailUnsupportedFeature,
)
from django.core.mail import EmailMessage, get_connection

DETAIL_LENGTH = 200
LINK = re.compile(r"https?://\S+|[A-Za-z0-9_-]{24,}")
# Answers that speak of our account at the server, not of this mail: somebody may mend that within the ladder's ten hours.
OUR_FAULT = {421, 454, 530, 534, 535, 538}
HTTP_REFUSED = {400, 413, 422}
ABOUT_ONE_MAIL = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
)  # the connection is good for the next
NEVER = (
    smtplib.SMTPNotSupportedError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailUnsupportedFeature,
    ValueError,
)


class NotSent(Exception):  # noqa: N818 -- news, not an error
    """A mail that did not go out. `permanent`: trying again can't help. `away`: nobody is there, the others need not be tried now."""

    def __init__(self, code: str, detail: str = "", *, permanent: bool = False, away: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.detail = scrubbed(detail)
        self.permanent = permanent
        self.away = away

    @property
    def error(self) -> str:
        """What the row keeps: a stable word, and the server's own words without links."""
        return f"{self.code}: {self.detail}" if self.detail else self.code


def scrubbed(text: str) -> str:
    """A server may quote the mail it refuses: links and long words, which may be tokens, are never kept."""
    return LINK.sub("…", " ".join(text.split()))[:DETAIL_LENGTH]


class Postman:
    """Carries mails over one connection, opened with the first and renewed when it broke. Use as a context manager."""

    def __init__(self) -> None:
        self.connection: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.connection is not None:
            with suppress(Exception):
                self.connection.close()

    def send(self, mail: EmailMessage) -> None:
        """Hand one mail over.

        Raises:
            NotSent: with the judgement of what went wrong.
        """
        self.open()
        try:
            self.connection.send_messages([mail])
        except Exception as error:
            verdict = judged(error)
            if not isinstance(error, ABOUT_ONE_MAIL) or "421" in verdict.code:
                self.hang_up()
            raise verdict from None  # the cause may hold the mail, and with it a link

    def open(self) -> None:
        if self.connection is not None:
            return
        connection = get_connection(fail_silently=False)
        try:
            connection.open()
        except Exception as error:
            verdict = judged(error)
            raise NotSent(verdict.code, verdict.detail, away=True) from None
        self.connection = connection

    def hang_up(self) -> None:
        """Without a farewell: a server that does not answer would be waited for once more."""
        socket, self.connection = getattr(self.connection, "connection", None), None
        if isinstance(socket, smtplib.SMTP):
            socket.close()


def judged(error: Exception) -> NotSent:
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()), (450, b""))
            return smtp_verdict(code, text)
        case smtplib.SMTPResponseException():
            return smtp_verdict(error.smtp_code, error.smtp_error)
        case _ if isinstance(error, NEVER):
            return NotSent("not_deliverable", type(error).__name__, permanent=True)
        case AnymailAPIError():
            return http_verdict(error)
        case OSError() if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return NotSent("timeout")  # smtplib wraps it as a lost connection
        case OSError():  # refused, reset, no such host; also whatever smtplib calls a lost connection
            return NotSent("unreachable", type(error).__name__)
    return NotSent("unexpected", type(error).__name__)


def smtp_verdict(code: int, text: bytes | str) -> NotSent:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return NotSent(f"smtp_{code}", words, permanent=code >= 500 and code not in OUR_FAULT)


def http_verdict(error: AnymailAPIError) -> NotSent:
    status = error.status_code
    if status is None:
        return NotSent("unreachable", type(error.__cause__ or error).__name__, away=True)
    permanent = status in HTTP_REFUSED
    return NotSent(f"http_{status}", str(getattr(error.response, "text", "")), permanent=permanent, away=not permanent)
