"""The whole story in a real browser: found, registered, mailed, opened, printed, scanned in, and scanned again."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import Path

import pytest

from attendees.exports.badges import write_badge
from attendees.models import Answer, CheckIn
from attendees.services.badges import badge_for
from attendees.views import check_in
from netevent.notifications.services import deliver_due
from tests.e2e import camera
from tests.factories import make_attendee, make_member, make_running_event
from tests.factories.accounts import PASSWORD, make_user
from tests.support import need_browser

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "en", "timezone_id": "Europe/Amsterdam"}


@pytest.fixture(autouse=True)
def _browser_is_there():
    need_browser()


@pytest.fixture
def event(live_server, builtin_rows, settings):
    settings.BASE_URL = live_server.url
    event = make_running_event(name_en="Evening of Small Machines", time_zone="Europe/Amsterdam")
    make_member(event, "check-in", make_user("door@example.org", first_name="Dora", last_name="Deur"))
    return event


def register(page, address, event):
    """From the front page to a held place, as somebody who knows nothing but the event's name."""
    page.goto(address)
    page.get_by_role("searchbox", name="Search events").fill("small machines")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=event.name).click()
    page.get_by_role("link", name="Hold my place").click()
    page.get_by_label("First name").fill("Zoë")
    page.get_by_label("Last name").fill("Żółć-Nowak")
    page.get_by_label("E-mail").fill("zoe@example.org")
    page.get_by_role("button", name="Hold my place").click()
    page.wait_for_selector("main[data-state=registered]")


def link_in(mail):
    text = mail.get_body(("plain",)).get_content()
    return re.search(r"http://\S+/attendee/personal/\S+", text)[0]


def download_badge(page, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my badge").click()
    badge = folder / "badge.pdf"
    download.value.save_as(badge)
    return badge


def sign_in_at_the_door(page, address, event):
    page.goto(f"{address}/staff/{event.pk}/checkin")
    page.get_by_label("E-mail or username").fill("door@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_selector("[data-door]")


def test_somebody_finds_an_event_and_is_checked_in_by_the_camera(live_server, event, smtp, open_browser, tmp_path):
    page, heard = open_browser(**PHONE)
    register(page, live_server.url, event)

    assert deliver_due() == {"sent": 1}
    [mail] = (email.message_from_bytes(raw, policy=email.policy.default) for raw in smtp.mails)
    assert mail["To"] == "zoe@example.org"
    page.goto(link_in(mail))
    assert page.get_by_role("heading", level=1, name=event.name).is_visible()
    assert page.locator(".qr-panel svg").is_visible()
    assert "personal" not in page.url
    film = camera.make_film(download_badge(page, tmp_path), tmp_path / "badge.y4m")
    assert heard.take() == []

    door, heard_at_door = open_browser(*camera.arguments(film), **PHONE)
    sign_in_at_the_door(door, live_server.url, event)
    answer = door.get_by_role("alertdialog")
    door.wait_for_selector("main[data-state=checked-in]", timeout=15_000)
    assert "Zoë Żółć-Nowak" in answer.inner_text()
    assert answer.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}

    first = CheckIn.objects.get()
    door.wait_for_selector("main[data-state=already-checked-in]", timeout=15_000)
    assert "Zoë Żółć-Nowak" in answer.inner_text()
    assert f"{first.scanned_at.astimezone(event.zone):%H:%M}, by Dora Deur" in answer.inner_text()
    assert list(CheckIn.objects.order_by("pk").values_list("answer", flat=True)) == [Answer.IN, Answer.ALREADY_IN]
    assert heard_at_door.take() == []


def test_without_a_decoder_the_server_reads_the_camera(live_server, event, open_browser, tmp_path, monkeypatch):
    monkeypatch.setattr(check_in, "DECODER", "vendor/none.js")
    attendee = make_attendee(event, first_name="Ngozi", last_name="Okafor")
    with (tmp_path / "badge.pdf").open("wb") as pdf:
        write_badge(badge_for(attendee), pdf)
    film = camera.make_film(tmp_path / "badge.pdf", tmp_path / "badge.y4m")

    door, heard = open_browser(*camera.arguments(film), **PHONE)
    with door.expect_request("**/checkin/frame"):
        sign_in_at_the_door(door, live_server.url, event)
    door.wait_for_selector("main[data-state=checked-in]", timeout=15_000)

    assert "Ngozi Okafor" in door.get_by_role("alertdialog").inner_text()
    assert heard.take() == []
