"""People."""

from __future__ import annotations

from typing import Any

from netevent.accounts.models import User
from netevent.accounts.services import create_proved_user

PASSWORD = "correct horse battery"


def make_user(email: str = "ada@example.org", *, password: str = PASSWORD, proved: bool = True, **fields: Any) -> User:
    """Somebody who may sign in; `proved=False` never opened the link in the mail."""
    if proved and email:
        return create_proved_user(email=email, password=password, **fields)
    return User.objects.create_user(email=email or None, password=password, **fields)
