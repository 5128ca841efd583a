"""Mail as files: where no server is named, each message is one `.eml` that any mail program opens."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes each message whole or not at all, under a name of its own that sorts by time; never asks for a network."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        sent = [write_message(folder, message) for message in email_messages if message.recipients()]
        return len(sent)


def write_message(folder: Path, message: EmailMessage) -> Path:
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:12]}-{first_receiver(message)}.eml"
    half = path.with_suffix(".half")
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(message.message().as_bytes(linesep="\r\n"))  # type: ignore[call-arg]  # Django's own message takes it
    return half.rename(path)


def first_receiver(message: EmailMessage) -> str:
    """So that a person finds their message in the folder; nothing of an address may leave it."""
    return re.sub(r"[^a-z0-9.@_-]", "_", message.recipients()[0].lower())[:60].lstrip(".") or "nobody"
