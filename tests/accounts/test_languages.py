"""Which language a page is read in, and who may choose it where."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from netevent.accounts import languages, locale, services
from netevent.accounts.models import Language, User
from netevent.core.dates import show_datetime
from netevent.core.errors import DomainError
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db
PAGE = "/password/reset"


def read(client: Client, lang: str = "", accepts: str = "") -> str:
    """The language a page comes in."""
    answer = client.get(PAGE, {"lang": lang} if lang else {}, headers={"Accept-Language": accepts} if accepts else {})
    assert f'<html lang="{answer.headers["Content-Language"]}"' in answer.content.decode()
    return answer.headers["Content-Language"]


def person_reading(*, session: str, cookie: str, preference: str) -> Client:
    """A signed-in browser that holds these choices, straight from the store: page and preference disagree on purpose."""
    client = Client()
    user = make_user()
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(language=preference)
    if session:
        stored = client.session
        stored[locale.SESSION_KEY] = session
        stored.save()
    if cookie:
        client.cookies["django_language"] = cookie
    return client


# The order: address, session, cookie, browser, preference, default. A language that is switched off or unknown is passed over.
@pytest.mark.parametrize(
    ("address", "session", "cookie", "accepts", "preference", "expected"),
    [
        ("nl", "de", "fr", "es", "it", "nl"),
        ("", "de", "fr", "es", "it", "de"),
        ("", "", "fr", "es", "it", "fr"),
        ("", "", "", "es", "it", "es"),
        ("", "", "", "", "it", "it"),
        ("", "", "", "", "", "pl"),
        ("xx", "de", "fr", "es", "it", "de"),
        ("en", "de", "fr", "es", "it", "de"),
        ("", "en", "fr", "es", "it", "fr"),
        ("", "en", "en", "es", "it", "es"),
        ("", "en", "en", "en", "it", "it"),
        ("", "en", "en", "en", "en", "pl"),
        ("", "", "", "zh-CN,zh;q=0.9", "it", "it"),
        ("", "", "", "de-AT,es;q=0.5", "it", "de"),
        ("", "", "", "es;q=0.3,fr;q=0.8,en", "it", "fr"),
        ("", "", "", "*", "it", "it"),
        ("", "", "", ";;;,,=q", "it", "it"),
        ("NL", "", "", "", "", "nl"),
    ],
)
def test_language_is_chosen_in_this_order(address, session, cookie, accepts, preference, expected):
    services.make_default(Language.objects.get(code="pl"))
    services.switch_language(Language.objects.get(code="en"), on=False)

    assert read(person_reading(session=session, cookie=cookie, preference=preference), address, accepts) == expected


def test_default_row_wins_over_the_setting(client):
    assert read(client) == "en"
    services.make_default(Language.objects.get(code="fr"))

    with override_settings(LANGUAGE_CODE="de"):
        assert read(client) == "fr"


def test_language_in_the_address_is_kept_in_a_cookie_and_begins_no_session(client):
    answer = client.get(PAGE, {"lang": "pl"})

    assert answer.cookies["django_language"].value == "pl"
    assert not Session.objects.exists()
    assert read(client) == "pl"


def test_language_in_the_address_wins_over_the_session_from_then_on():
    client = person_reading(session="de", cookie="fr", preference="it")

    assert read(client, "nl") == "nl"
    assert read(client) == "nl"


@pytest.mark.parametrize("wrong", ["xx", "en'--", "%00", "../../", "e" * 5000])
def test_unknown_language_in_the_address_is_passed_over(client, wrong):
    answer = client.get(PAGE, {"lang": wrong})

    assert answer.status_code == 200
    assert "django_language" not in answer.cookies


def test_choosing_sets_cookie_and_leads_back_without_the_old_choice(client):
    answer = client.post("/language", {"language": "pl", "next": "/events/?q=a+b&lang=de&page=2"})

    assert answer.headers["Location"] == "/events/?q=a+b&page=2"
    assert answer.cookies["django_language"].value == "pl"
    assert read(client) == "pl"


def test_choosing_while_signed_in_also_keeps_session_and_preference(client):
    user = make_user(language="de")
    client.force_login(user)
    client.post("/language", {"language": "pl"})

    user.refresh_from_db()
    assert user.language == "pl"
    assert client.session[locale.SESSION_KEY] == "pl"
    assert read(client) == "pl"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", ""])
def test_choosing_leads_only_to_our_own_addresses(client, wanted):
    assert client.post("/language", {"language": "pl", "next": wanted}).headers["Location"] == "/"


def test_choosing_refuses_what_is_not_offered_and_other_methods(client):
    services.switch_language(Language.objects.get(code="pl"), on=False)

    assert client.post("/language", {"language": "pl"}).status_code == 422
    assert client.post("/language", {}).status_code == 422
    assert client.get("/language", {"language": "de"}).status_code == 405
    assert Client(enforce_csrf_checks=True).post("/language", {"language": "de"}).status_code == 403


def test_signing_in_brings_the_stored_preference_where_nothing_was_chosen(client):
    make_user(language="pl")
    client.post("/login", {"login": "ada@example.org", "password": PASSWORD}, headers={"Accept-Language": "de"})

    assert client.session[locale.SESSION_KEY] == "pl"
    assert read(client, accepts="de") == "pl"


def test_signing_in_leaves_a_choice_made_in_this_browser(client):
    make_user(language="pl")
    client.get(PAGE, {"lang": "fr"})
    client.post("/login", {"login": "ada@example.org", "password": PASSWORD})

    assert locale.SESSION_KEY not in client.session
    assert read(client, accepts="de") == "fr"


def test_signing_in_does_not_bring_a_language_that_is_switched_off(client):
    services.switch_language(Language.objects.get(code="pl"), on=False)
    make_user(language="pl")
    client.post("/login", {"login": "ada@example.org", "password": PASSWORD})

    assert read(client) == "en"


def test_pages_vary_by_browser_language_and_cookie(client):
    vary = client.get(PAGE).headers["Vary"]

    assert "Accept-Language" in vary
    assert "Cookie" in vary


def test_visitor_without_cookies_costs_no_query(client):
    client.get(PAGE)

    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE, headers={"Accept-Language": "pl"})
        Client().get(PAGE, {"lang": "de"})

    assert len(queries) == 0


def test_choosing_by_address_leaves_no_cookie_with_a_proxy(client):
    kept, chosen = client.get("/"), Client().get("/", {"lang": "de"})

    assert ["public" in answer.headers["Cache-Control"] for answer in (kept, chosen)] == [True, False]
    assert "private" in chosen.headers["Cache-Control"]


# --- The rows --------------------------------------------------------------------------------------------------------------
def test_seven_languages_are_there_with_their_own_names_and_one_default():
    assert languages.offered() == (
        ("en", "English"),
        ("nl", "Nederlands"),
        ("de", "Deutsch"),
        ("fr", "Français"),
        ("es", "Español"),
        ("it", "Italiano"),
        ("pl", "Polski"),
    )
    assert list(Language.objects.filter(is_default=True)) == [Language.objects.get(code="en")]


def test_menu_follows_the_rows(client):
    Language.objects.filter(code="nl").update(is_active=False)
    german = Language.objects.get(code="de")
    german.sort_order, german.native_name = 1, "Deutsch (Sie)"
    german.save()

    assert [code for code, _name in languages.offered()] == ["de", "en", "fr", "es", "it", "pl"]
    page = client.get(PAGE).content.decode()
    assert "Deutsch (Sie)" in page
    assert "Nederlands" not in page


def test_date_format_of_the_row_drives_displayed_dates():
    from datetime import UTC, datetime

    moment = datetime(2027, 4, 5, 13, 7, tzinfo=UTC)
    assert show_datetime(moment, "UTC", "en") == "April 05, 2027 at 13:07"
    assert show_datetime(moment, "UTC", "pl") == "5 kwietnia 2027, 13:07"
    polish = Language.objects.get(code="pl")
    polish.date_format = "%d.%m.%Y %H:%M"
    polish.save()

    assert show_datetime(moment, "UTC", "pl") == "05.04.2027 13:07"


def test_make_default_leaves_exactly_one_default_and_switches_it_on():
    polish = Language.objects.get(code="pl")
    services.switch_language(polish, on=False)

    services.make_default(polish)
    services.make_default(polish)

    assert list(Language.objects.filter(is_default=True).values_list("code", "is_active")) == [("pl", True)]
    assert languages.default_code() == "pl"


def test_default_language_cannot_be_switched_off():
    with pytest.raises(DomainError, match="default_language"):
        services.switch_language(Language.objects.get(code="en"), on=False)


def test_database_keeps_one_active_default():
    for change in ({"is_default": True}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Language.objects.filter(code="de" if change else "en").update(**(change or {"is_active": False}))


def test_rows_are_read_once_in_their_time(settings, django_assert_num_queries):
    languages.forget()
    with django_assert_num_queries(1):
        for _ in range(5):
            languages.offered(), languages.default_code(), languages.date_format("pl")

    Language.objects.filter(code="pl").update(is_active=False)  # another process would not tell us
    assert "pl" in languages.offered_codes()
    settings.LANGUAGE_CACHE_SECONDS = 0
    assert "pl" not in languages.offered_codes()


def test_without_rows_the_settings_languages_hold(client):
    Language.objects.all().delete()

    assert [code for code, _name in languages.offered()] == ["en", "nl", "de", "fr", "es", "it", "pl"]
    assert languages.default_code() == "en"
    assert read(client, accepts="pl") == "pl"


def test_row_without_a_catalogue_is_not_offered():
    Language.objects.create(code="eo", name="Esperanto", native_name="Esperanto")

    assert "eo" not in languages.offered_codes()
