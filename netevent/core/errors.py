"""How an act is refused, whatever door it was asked at."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise


class DomainError(Exception):
    """An act that isn't possible now. `code` is a stable word for programs, `message` a sentence for people.

    `status` is the HTTP answer (409 unless bad input made it 422), `fields` names the inputs at fault: `{"email": "…"}`.
    """

    def __init__(self, code: str, message: str | Promise, *, status: int = 409, fields: Mapping[str, str | Promise] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status
        self.fields = dict(fields or {})

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class TooOften(DomainError):  # noqa: N818 -- what happened is its name
    """A limit was reached; `retry_after` is in whole seconds."""

    def __init__(self, limit: str, retry_after: int) -> None:
        from django.utils.translation import gettext_lazy as _

        super().__init__("too_often", _("That was too often. Please wait a little and try again."), status=429)
        self.limit = limit
        self.retry_after = max(1, retry_after)
