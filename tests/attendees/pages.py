"""What the tests of attendees' pages share: reading a page, and being somebody."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from attendees.models import Attendee
from attendees.services.links import personal_token


def state_of(response: Any) -> str:
    found = re.search(r'<main[^>]*data-state="([^"]*)"', response.content.decode())
    return found[1] if found else ""


def text_of(response: Any) -> str:
    return response.content.decode()


def page(name: str, attendee: Attendee | None = None) -> str:
    address = reverse(f"attendees:{name}")
    return f"{address}?event={attendee.event.code}" if attendee else address


def link_of(attendee: Attendee) -> str:
    return reverse("attendees:personal", args=[personal_token(attendee)])


def browser_of(attendee: Attendee) -> Client:
    """A browser that followed the personal link."""
    client = Client()
    assert client.get(link_of(attendee)).status_code == 303
    return client
