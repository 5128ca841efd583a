"""A browser that tells what it was told: every request and every line of its console."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

# Chromium's own errands (updates, variations) are no request of a page's
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-gpu"]
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (?:4\d\d|50[03])")
OWN = {"127.0.0.1", "localhost"}


class Ears:
    """What the pages of a context asked for and said."""

    def __init__(self, context: Any) -> None:
        self.outside: list[str] = []
        self.said: list[str] = []
        context.on("request", self.hear_request)
        context.on("console", self.hear_console)
        context.on("weberror", lambda error: self.said.append(str(error.error)))

    def hear_request(self, request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.hostname not in OWN:
            self.outside.append(request.url)

    def hear_console(self, message: Any) -> None:
        """Chromium itself notes a page that answers 404, 409 or 503: that answer is meant, or whoever opened it has seen to it."""
        about = message.location.get("url", "")
        is_page = message.page is not None and about.split("#")[0] == message.page.url.split("#")[0]
        if not (is_page and REFUSED.match(message.text)):
            self.said.append(f"{message.type}: {message.text} ({about})")

    def take(self) -> list[str]:
        """What was heard since the last time; a good page causes nothing."""
        heard = [*(f"asked {url}" for url in self.outside), *self.said]
        self.outside.clear()
        self.said.clear()
        return heard
