"""Every page, as the person it is for: English and Polish, light and dark, on a small phone, a phone and a laptop.

NETEVENT_TEST_PICTURES=folder keeps a picture of each.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from pytest_django.live_server_helper import LiveServer

from attendees.models import Attendee, CheckIn
from attendees.services.badge_jobs import start_badges
from attendees.services.links import personal_token
from events.models import Event, Visibility
from netevent.accounts.models import User
from netevent.jobs import services as jobs
from tests.e2e.browsing import Ears
from tests.e2e.looking import HEIGHT, Eye
from tests.factories import make_attendee, make_event
from tests.support import need_browser, put_builtin_rows

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LONG = "Fortgeschrittene Methoden der zwischenmenschlichen Veranstaltungsorganisation für Einsteigerinnen"


@dataclass
class Stage:
    """The demo with what it lacks, and the addresses that lead there."""

    url: str
    at: dict[str, Any] = field(default_factory=dict)

    def cookies_of(self, name: str) -> list[dict[str, str]]:
        if not name:
            return []
        client = Client()
        client.force_login(User.objects.get(username=name))
        return [{"name": key, "value": morsel.value, "url": self.url} for key, morsel in client.cookies.items()]


@pytest.fixture
def _django_db_helper(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's, which empties the tables after each test: the stage does that once, after all of them."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def stage(no_session_stays: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Stage]:
    need_browser()
    open_limits = override_settings(RATE_LIMITS={"*": "999999/m"}, MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), open_limits:
        put_builtin_rows()
        call_command("seed_demo", attendees=40, verbosity=0, stdout=io.StringIO())
        server = LiveServer("127.0.0.1")
        try:
            yield Stage(server.url, things())
        finally:
            server.stop()
            call_command("flush", interactive=False, verbosity=0)
            put_builtin_rows()


def things() -> dict[str, Any]:
    """What the pages are about: states the demo doesn't have, and the ids of what it has."""
    door, conference = Event.objects.get(code="OPENDAY"), Event.objects.get(code="CONF2027")
    full = make_event(code="FULL1", name_en=LONG, max_attendees=1, has_waiting_list=True)
    make_attendee(full)
    make_event(code="OFF1", name_en="Called off", visibility=Visibility.CANCELLED)
    choosy = make_event(code="CHOOSY1", name_en="By approval", mode="manual")
    ada = User.objects.get(username="ada")
    for event in (full, choosy):
        make_attendee(event, source="page", user=ada, email=ada.email, first_name="Ada", last_name="Lovelace")
    coming = door.attendees.filter(first_entry_at=None, status="confirmed").order_by("pk")
    organiser = User.objects.get(username="organizer")
    done, waiting = (start_badges(event, organiser, sheet="a4-8") for event in (door, conference))
    jobs.run(done.pk)
    return {
        "door": door.pk,
        "event": conference.pk,
        "attendee": Attendee.objects.filter(event=conference).order_by("pk")[0].pk,
        "code": coming[0].code,
        "known": CheckIn.objects.filter(event=door)[0].attendee.code,
        "other": coming[1].code,
        "token": personal_token(conference.attendees.get(user=ada)),
        "job": done.pk,
        "waiting": waiting.pk,
    }


# --- What is done on a page before it is looked at -----------------------------------------------------------------------------
def send_empty(page: Any) -> None:
    page.locator("main form.form button:not([type=button])").last.click()


def send_registration(page: Any) -> None:
    page.locator("[name=attendee_type]").first.check()
    page.locator("[name=first_name]").fill("Maximiliane-Friederike")
    page.locator("[name=last_name]").fill("von der Schulenburg-Wolfenbüttel")
    page.locator("[name=email]").fill("maximiliane@people.demo.netevent.test")
    send_empty(page)
    page.wait_for_selector("main[data-state]:not([data-state=registration-open])")


def ask_for_link(page: Any) -> None:
    page.locator("main [name=email]").fill("nobody@example.org")
    send_empty(page)
    page.wait_for_selector("main[data-state=link-sent]")


def type_code(code: str) -> Callable[[Any, Stage], None]:
    def scan(page: Any, stage: Stage) -> None:
        page.locator("[data-door-code] [name=text]").fill(stage.at[code])
        page.locator("[data-door-code] button").click()
        page.locator("[data-door-answer]").wait_for(state="visible")
        page.locator("[data-door-answer]").dispatch_event("pointerdown")  # somebody wants to read it: it stays

    return scan


def search_names(page: Any) -> None:
    page.locator("[data-door-search] [name=q]").fill("an")
    page.locator(".door-found li").first.wait_for()


# --- Who goes where ------------------------------------------------------------------------------------------------------------
Page = tuple[str, str] | tuple[str, str, Callable[..., None]]
VISITOR: list[Page] = [
    ("landing", "/"),
    ("discovery", "/events/"),
    ("discovery-filtered", "/events/?type=workshop&sort=-starts_at"),
    ("discovery-empty", "/events/?q=zzzzz"),
    ("event", "/event/CONF2027/"),
    ("event-workshop", "/event/WORKSHOP1/"),
    ("event-full", "/event/FULL1/"),
    ("event-over", "/event/PAST0001/"),
    ("event-cancelled", "/event/OFF1/"),
    ("login", "/login"),
    ("login-wrong", "/login", send_empty),
    ("signup", "/signup"),
    ("signup-wrong", "/signup", send_empty),
    ("password-reset", "/password/reset"),
    ("password-reset-done", "/password/reset/done"),
    ("register", "/event/register/CONF2027"),
    ("register-wrong", "/event/register/CONF2027", send_empty),
    ("register-full", "/event/register/FULL1"),
    ("register-over", "/event/register/PAST0001"),
    ("registered", "/event/register/CONF2027", send_registration),
    ("request-link", "/attendee/request-link"),
    ("link-sent", "/attendee/request-link", ask_for_link),
    ("invalid-link", "/attendee/personal/nothing"),
    ("badge-closed", "/c/nothing"),
    ("not-found", "/no/such/page"),
    ("personal-by-link", "/attendee/personal/{token}"),
]
ATTENDEE: list[Page] = [
    ("my-registrations", "/attendee/dashboard"),
    ("my-page", "/attendee/dashboard?event=CONF2027"),
    ("my-page-waiting", "/attendee/dashboard?event=FULL1"),
    ("my-page-approval", "/attendee/dashboard?event=CHOOSY1"),
    ("already-registered", "/event/register/CONF2027"),
    ("profile", "/attendee/profile?event=CONF2027"),
    ("attendance", "/attendee/event/attendance?event=CONF2027"),
    ("cancel", "/attendee/cancel?event=CONF2027"),
    ("account", "/account/"),
    ("account-email", "/accounts/email"),
    ("account-password", "/password/change"),
    ("logout", "/logout"),
]
STAFF: list[Page] = [
    ("staff", "/staff/dashboard"),
    ("staff-event", "/staff/{door}/dashboard"),
    ("check-in", "/staff/{door}/checkin"),
    ("check-in-search", "/staff/{door}/checkin", search_names),
    ("check-in-answer", "/staff/{door}/checkin", type_code("code")),
    ("check-in-already", "/staff/{door}/checkin", type_code("known")),
    ("walk-in", "/staff/{door}/checkin/walk-in"),
    ("walk-in-wrong", "/staff/{door}/checkin/walk-in", send_empty),
]
ORGANISER: list[Page] = [
    ("register-organizer", "/register/organizer"),
    ("job-done", "/jobs/{job}/"),
    ("job-waiting", "/jobs/{waiting}/"),
    ("badges", "/organizer/event/{event}/badges/rectangular/download"),
]
DESK: list[Page] = [
    ("desk", "/admin/"),
    ("desk-events", "/admin/events/event/"),
    ("desk-event", "/admin/events/event/{event}/change/"),
    ("desk-attendees", "/admin/attendees/attendee/"),
    ("desk-attendee", "/admin/attendees/attendee/{attendee}/change/"),
]
PEOPLE = {"": VISITOR, "ada": ATTENDEE, "staff": STAFF, "organizer": ORGANISER, "admin": DESK}


@pytest.fixture(scope="module")
def window(browser: Any) -> Iterator[Any]:
    """One window for each person and language; the browser stays."""

    def opened(stage: Stage, person: str, language: str) -> Eye:
        context = browser.new_context(viewport={"width": 1280, "height": HEIGHT}, locale=language, timezone_id="Europe/Amsterdam")
        context.add_cookies(stage.cookies_of(person))
        context.set_default_timeout(10_000)
        contexts.append(context)
        return Eye(context.new_page(), Ears(context), language, is_desk=person == "admin")

    contexts: list[Any] = []
    yield opened
    for context in contexts:
        context.close()


def visit(eye: Eye, stage: Stage, name: str, path: str, act: Callable[..., None] | None = None) -> list[str]:
    address = path.format(**stage.at)
    eye.page.set_viewport_size({"width": 1280, "height": HEIGHT})
    response = eye.page.goto(f"{stage.url}{address}{'&' if '?' in address else '?'}lang={eye.language}")
    if response is None or response.status >= 500:
        return [f"{name}: answered {response and response.status}"]
    if act is not None:
        act(*(eye.page, stage)[: act.__code__.co_argcount])
        eye.page.wait_for_load_state()
    return eye.look(name)


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person or "visitor")
def test_every_page_is_in_order(stage, window, person, language):
    eye = window(stage, person, language)
    wrong = [what for page in PEOPLE[person] for what in visit(eye, stage, *page)]
    assert not wrong, "\n" + "\n".join(wrong)
