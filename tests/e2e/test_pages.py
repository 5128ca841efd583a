"""Every page, as the person it is for: English and Polish, light and dark, on a small phone, a phone and a laptop.

NETEVENT_TEST_PICTURES=folder keeps a picture of each.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client, override_settings
from django.urls import Resolver404, resolve
from pytest_django.live_server_helper import LiveServer

from attendees.models import Attendee, CheckIn
from attendees.services.badge_jobs import start_badges
from attendees.services.badges import badge_for
from attendees.services.checkouts import begin_checkout
from attendees.services.links import personal_token
from attendees.services.mailing import keep_draft
from attendees.services.parties import register_party
from attendees.services.registration import Person, cancel_registration
from attendees.services.waiting_list import offer_freed_places
from events.models import Event, Visibility
from netevent.accounts.links import confirm_url, password_path
from netevent.accounts.models import User
from netevent.core.policies import routes
from netevent.jobs import services as jobs
from tests.e2e.browsing import Ears
from tests.e2e.looking import HEIGHT, Eye
from tests.factories import first_type, make_attendee, make_event, make_question, make_type, make_user
from tests.support import need_browser, put_builtin_rows

pytestmark = [pytest.mark.e2e, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]
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
    paid = make_event(code="PAID1", name_en="With a price")
    make_type(paid, price=Decimal("33.33"), name_en="Guest")
    guest = paid.attendee_types.get(price__gt=0)
    paying = make_attendee(attendee_type=guest, source="page", user=ada, email=ada.email, first_name="Ada")
    one_place = make_event(code="OFFER1", name_en="One place came free", max_attendees=1)
    first = make_attendee(one_place)
    offered = make_attendee(one_place, source="page", user=ada, email=ada.email, first_name="Ada")
    cancel_registration(first)
    offer_freed_places(one_place)
    together = make_event(code="GROUP1", name_en="Come together", max_party_size=5)
    group = [Person("Ada", "Lovelace", ada.email, ada), Person("Grace", "Hopper"), Person(LONG)]
    guest = register_party(attendee_type=first_type(together), people=group).attendee.party.members.order_by("pk")[1]
    make_question(door, key="table", when="check_in", label_en=LONG)
    coming = door.attendees.filter(first_entry_at=None, status="confirmed").order_by("pk")
    owes = make_attendee(attendee_type=make_type(door, price=Decimal("33.33"), name_en="Guest"), first_name="Maximiliane")
    Attendee.objects.filter(pk=owes.pk).update(status="awaiting_payment")
    organiser = User.objects.get(username="organizer")
    done, waiting = (start_badges(event, organiser, sheet="a4-8") for event in (door, conference))
    jobs.run(done.pk)
    written = keep_draft(conference, organiser, texts={"en": {"subject": LONG, "text": "Dear {first_name},\n\n{link}"}}, choice={})
    return {
        "mailing": written.pk,
        "payment": begin_checkout(paying).checkout_url.rpartition("/")[2],
        "offer": offered.offers.get().token,
        "guest": guest.code,
        "door": door.pk,
        "event": conference.pk,
        "attendee": Attendee.objects.filter(event=conference).order_by("pk")[0].pk,
        "code": coming[0].code,
        "known": CheckIn.objects.filter(event=door)[0].attendee.code,
        "other": coming[1].code,
        "owes": owes.code,
        "token": personal_token(conference.attendees.get(user=ada)),
        "job": done.pk,
        "draft": make_event(code="DRAFT1", name_en="To come", visibility=Visibility.DRAFT).pk,
        "scan": CheckIn.objects.entries().filter(event=door)[0].pk,
        "badge": badge_for(Attendee.objects.filter(event=conference, status="confirmed").exclude(user=ada)[0]).token,
        "confirm": path_of(confirm_url(unproved_address())),
        "reset": password_path(make_user("forgets@example.org", password="once-upon-a-time")),
        "waiting": waiting.pk,
    }


def unproved_address() -> EmailAddress:
    user = make_user("unproved@example.org")
    return EmailAddress.objects.create(user=user, email="unproved@example.org", primary=True, verified=False)


def path_of(address: str) -> str:
    return urlsplit(address).path


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


def send_code(page: Any, stage: Stage) -> None:
    """As a browser without scripts would: the next page begins with the answer."""
    page.locator("[data-door-code] [name=text]").fill(stage.at["owes"])
    with page.expect_navigation():
        page.locator("[data-door-code]").evaluate("form => form.submit()")


def search_names(page: Any) -> None:
    page.locator("[data-door-search] [name=q]").fill("an")
    page.locator(".door-found li").first.wait_for()


def send_without_token(page: Any) -> None:
    """A form that lost its token: the page of 403."""
    with page.expect_navigation():
        page.evaluate(
            "() => { const form = document.createElement('form'); form.method = 'post'; form.action = '/language';"
            " document.body.append(form); form.submit(); }"
        )


def guess_links(page: Any, stage: Stage) -> None:
    with override_settings(RATE_LIMITS={"*": "999999/m", "code.ip": "1/1m"}):
        for number in range(2):
            page.goto(f"{stage.url}/attendee/personal/guess{number}")


def fail_with(error: Exception) -> Callable[[Any, Stage], None]:
    """A page behind which something breaks: the database is busy (503), or a mistake of ours (500)."""

    def fail(page: Any, stage: Stage) -> None:
        with mock.patch("attendees.views.personal.link_by_token", side_effect=error):
            page.goto(f"{stage.url}/attendee/personal/anything")

    return fail


def bring_list(page: Any, stage: Stage) -> None:
    """The second page of an import: what the columns mean, and what would happen."""
    page.locator("[name=event]").select_option(str(stage.at["event"]))
    rows = "First name,Last name,E-mail\nAda,Lovelace,ada.l@example.org\n,,nothing\n"
    page.locator("[name=file]").set_input_files({"name": "people.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    with page.expect_navigation(url="**/import/*/"):
        page.locator("[name=file]").evaluate("field => field.form.requestSubmit()")


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
    ("register-group", "/event/register/GROUP1?people=3"),
    ("register-over", "/event/register/PAST0001"),
    ("registered", "/event/register/CONF2027", send_registration),
    ("request-link", "/attendee/request-link"),
    ("link-sent", "/attendee/request-link", ask_for_link),
    ("invalid-link", "/attendee/personal/nothing"),
    ("badge-closed", "/c/nothing"),
    ("not-found", "/no/such/page"),
    ("forbidden", "/login", send_without_token),
    ("too-often", "/login", guess_links),
    ("busy", "/login", fail_with(OperationalError("server closed the connection"))),
    ("our-mistake", "/login", fail_with(RuntimeError("meant: a test looks at the page of a mistake"))),
    ("confirm-email", "{confirm}"),
    ("confirm-email-wrong", "/confirm-email/nothing/"),
    ("confirm-email-sent", "/confirm-email/"),
    ("password-reset-wrong", "/password/reset/key/1-nothing/"),
    ("password-reset-key", "{reset}"),
    ("password-reset-key-done", "/password/reset/key/done"),
    ("inactive", "/accounts/inactive"),
    ("personal-by-link", "/attendee/personal/{token}"),
    ("offer", "/attendee/offer/{offer}"),
    ("offer-unknown", "/attendee/offer/nothing"),
    ("payment-page-of-the-test", "/payments/test/{payment}"),
    ("embedded", "/embed/events/"),
]
ATTENDEE: list[Page] = [
    ("my-registrations", "/attendee/dashboard"),
    ("my-page", "/attendee/dashboard?event=CONF2027"),
    ("my-page-waiting", "/attendee/dashboard?event=FULL1"),
    ("my-page-approval", "/attendee/dashboard?event=CHOOSY1"),
    ("my-page-offer", "/attendee/dashboard?event=OFFER1"),
    ("my-page-to-pay", "/attendee/dashboard?event=PAID1"),
    ("my-page-group", "/attendee/dashboard?event=GROUP1"),
    ("my-group", "/attendee/group?event=GROUP1"),
    ("my-group-gives-back", "/attendee/group?event=GROUP1&member={guest}"),
    ("payment", "/event/PAID1/payment"),
    ("payment-of-nothing", "/event/CHOOSY1/payment"),
    ("already-registered", "/event/register/CONF2027"),
    ("profile", "/attendee/profile?event=CONF2027"),
    ("attendance", "/attendee/event/attendance?event=CONF2027"),
    ("cancel", "/attendee/cancel?event=CONF2027"),
    ("account", "/account/"),
    ("account-email", "/accounts/email"),
    ("account-password", "/password/change"),
    ("reauthenticate", "/accounts/reauthenticate"),
    ("logout", "/logout"),
    ("signup-profile", "/signup/profile"),
    ("photo", "/attendee/photo?event=CONF2027"),
    ("about-me", "/attendee/profile"),
    ("transfer", "/attendee/transfer?event=CONF2027"),
    ("accepted-types", "/attendee/waiting?event=CONF2027"),
    ("change-address", "/attendee/email?event=CONF2027"),
    ("new-address-over", "/attendee/email/{token}"),
    ("answers", "/attendee/answers?event=CONF2027"),
    ("badge-of-somebody", "/c/{badge}"),
]
STAFF: list[Page] = [
    ("staff", "/staff/dashboard"),
    ("staff-event", "/staff/{door}/dashboard"),
    ("check-in", "/staff/{door}/checkin"),
    ("check-in-search", "/staff/{door}/checkin", search_names),
    ("check-in-answer", "/staff/{door}/checkin", type_code("code")),
    ("check-in-already", "/staff/{door}/checkin", type_code("known")),
    ("check-in-unpaid", "/staff/{door}/checkin", type_code("owes")),
    ("check-in-questions", "/staff/{door}/checkin/answers/{code}"),
    ("walk-in", "/staff/{door}/checkin/walk-in"),
    ("walk-in-wrong", "/staff/{door}/checkin/walk-in", send_empty),
]
ORGANISER: list[Page] = [
    ("register-organizer", "/register/organizer"),
    ("check-in-money", "/staff/{door}/checkin", type_code("owes")),
    ("check-in-money-without-script", "/staff/{door}/checkin", send_code),
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
    ("desk-event-new", "/admin/events/event/add/"),
    ("desk-event-history", "/admin/events/event/{event}/history/"),
    ("desk-event-delete", "/admin/events/event/{event}/delete/"),
    ("desk-publish", "/admin/events/event/{draft}/publish/"),
    ("desk-cancel", "/admin/attendees/attendee/{attendee}/cancel_one/"),
    ("desk-change-type", "/admin/attendees/attendee/{attendee}/change_type_one/"),
    ("desk-import-people", "/admin/attendees/attendee/import/"),
    ("desk-import-columns", "/admin/attendees/attendee/import/", bring_list),
    ("desk-export-people", "/admin/attendees/attendee/export/"),
    ("desk-import-shelf", "/admin/events/tag/import/"),
    ("desk-export-shelf", "/admin/events/tag/export/"),
    ("desk-messages", "/admin/notifications/message/"),
    ("desk-call-off", "/admin/events/event/{event}/call_off/"),
    ("desk-postpone", "/admin/events/event/{event}/postpone/"),
    ("desk-mailing-event", "/admin/notifications/mailing/add/"),
    ("desk-mailing-write", "/admin/notifications/mailing/add/?event={event}"),
    ("desk-mailing", "/admin/notifications/mailing/{mailing}/change/"),
    ("desk-mailing-again", "/admin/notifications/mailing/{mailing}/edit/"),
    ("desk-columns", "/admin/attendees/columnset/add/"),
    ("desk-question", "/admin/attendees/question/add/"),
    ("desk-undo", "/admin/attendees/checkin/{scan}/undo/"),
    ("desk-app", "/admin/events/"),
]
# Addresses of pages that nobody looks at above, and why. A route of /admin/ that stands for one table stands for all (see `kind_of`).
NO_PAGE = "no page of its own: "
LEFT_OUT = {
    **dict.fromkeys(("/accents.css", "/healthz", "/readyz", "/admin/jsi18n/", "/admin/autocomplete/"), f"{NO_PAGE}styles and data"),
    **dict.fromkeys(("/staff/<int:event_id>/checkin/totals", "/jobs/<int:job_id>/status"), f"{NO_PAGE}data"),
    "/staff/<int:event_id>/checkin/search": f"{NO_PAGE}a part of the page at the door, looked at there",
    "/admin/notifications/mailing/<int:pk>/mail/": f"{NO_PAGE}a frame of `desk-mailing`",
    **dict.fromkeys(
        ("/admin/notifications/mailing/<int:pk>/send/", "/admin/notifications/mailing/<int:pk>/discard/"),
        f"{NO_PAGE}buttons of `desk-mailing`",
    ),
    "/admin/search/": f"{NO_PAGE}a part of the desk's pages",
    **dict.fromkeys(
        (
            "/attendee/badge/download",
            "/attendee/group/badges",
            "/attendee/calendar.ics",
            "/attendee/receipt/<int:pk>",
            "/admin/attendees/receipt/<int:pk>/pdf",
            "/robots.txt",
            "/sitemap.xml",
            "/sitemap-<str:section>.xml",
            "/attendee/photo/file",
            "/staff/<int:event_id>/checkin/photo/<int:attendee_id>",
            "/attendee/answers/<slug:key>/file",
            "/event/<str:code>/calendar.ics",
            "/event/<str:code>/picture",
            "/jobs/<int:job_id>/file",
        ),
        f"{NO_PAGE}a file",
    ),
    **dict.fromkeys(
        (
            "/start",
            "/register/attendee/<str:code>",
            "/attendee/breakout-sessions",
            "/attendee/scan",
            "/attendee/connection-requests",
            "/attendee/people",
            "/attendee/contacts",
            "/appointments",
            "/staff/invite/<str:token>",
            "/staff/<str:staff_code>",
            "/organizer/dashboard",
            "/organizer/event/create",
            "/organizer/event/<int:event_id>/edit",
            "/organizer/event/<int:event_id>/attendee-types",
            "/organizer/event/<int:event_id>/staff",
            "/organizer/event/<int:event_id>/attendees/batch-assign-type",
            "/organizer/event/<int:event_id>/attendees/excel/download",
            "/admin/login/",
            "/admin/logout/",
            "/admin/password_change/done/",
            "/admin/(?P<url>.*)",
        ),
        f"{NO_PAGE}leads on to one above",
    ),
    "/event/register/<str:code>/done": "looked at as `registered`, by way of the form",
    "/admin/attendees/attendee/import/<uuid:token>/": "looked at as `desk-import-columns`, by way of the form",
    "/login/code/confirm": "nobody signs in by code: leads back to the sign-in page",
    "/password/set": "for accounts without a password; the form of /password/change",
}
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


# --- No page is forgotten ------------------------------------------------------------------------------------------------------
OF_EVERY_TABLE = ("add", "change", "delete", "history", "import", "export", "changelist")


def kind_of(route: str, name: str) -> str:
    """A table's pages of the desk are one page with other columns: `change` of one stands for `change` of all, and a list for all lists.

    So are the pages of buttons that ask first (`admin/ask.html`).
    """
    if not route.startswith("/admin/"):
        return route
    ending = next((ending for ending in OF_EVERY_TABLE if name.endswith(f"_{ending}")), "")
    if not ending and "<path:object_id>/" in route:
        ending = "act"
    return f"/admin/*/{ending}" if ending else route


def route_of(path: str) -> str:
    """The route that a visited address belongs to, as `list_routes` writes it."""
    things = dict.fromkeys(("door", "event", "attendee", "job", "waiting", "draft", "scan", "mailing", "guest"), "1") | dict.fromkeys(
        ("token", "badge", "code", "offer", "payment"), "x"
    )
    address = path.partition("?")[0].format(**things, confirm="/confirm-email/x/", reset="/password/reset/key/1-x/")
    try:
        match = resolve(address)
    except Resolver404:
        return ""
    route = "/" + match.route.replace("^", "").replace("\\Z", "").replace("$", "")
    return kind_of(route, match.view_name)


def test_every_page_is_looked_at_or_left_out_for_a_reason():
    """A page that somebody adds is added above, or its reason is."""
    visited = {route_of(page[1]) for pages in PEOPLE.values() for page in pages}
    pages = {kind_of(row["route"], row["name"]) for row in routes() if set(row["methods"]) & {"ANY", "GET"} and "/api/" not in row["route"]}

    assert pages - visited - set(LEFT_OUT) == set()
    assert set(LEFT_OUT) - pages == set()
