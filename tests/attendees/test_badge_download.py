"""My own badge as a file."""

from __future__ import annotations

import io

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings

from attendees.models import Badge
from tests.attendees.pages import browser_of, page
from tests.factories import make_attendee

pytestmark = pytest.mark.django_db


def codes_in(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(io.BytesIO(content))
    try:
        return [
            found.text for number in range(len(document)) for found in zxingcpp.read_barcodes(document[number].render(scale=2).to_pil())
        ]
    finally:
        document.close()


def test_badge_download_is_one_page_whose_code_opens_my_badge():
    attendee = make_attendee()

    answer = browser_of(attendee).get(page("badge-download"))

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="badge-{attendee.code}.pdf"'
    assert codes_in(answer.content) == [f"{settings.BASE_URL}/c/{attendee.badges.get().token}"]


def test_badge_download_keeps_the_token_and_is_no_printing():
    attendee = make_attendee()
    client = browser_of(attendee)
    before = Badge.objects.values().get()

    first, second = (client.get(page("badge-download")).content for _ in range(2))

    assert first == second
    assert Badge.objects.values().get() == before
