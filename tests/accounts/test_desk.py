"""People and languages at the desk, and what doctor and audit say of them."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from netevent.accounts import checks, languages
from netevent.accounts.models import Language, User
from netevent.accounts.services import has_proved
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db
PERSON = {
    "first_name": "Grace",
    "last_name": "Hopper",
    "email": "",
    "username": "",
    "language": "",
    "is_active": "on",
    "first_password": "",
    "profile-TOTAL_FORMS": "0",
    "profile-INITIAL_FORMS": "0",
}
GERMAN = {"native_name": "Deutsch", "name": "German", "is_active": "on", "sort_order": "30", "date_format": "%d.%m.%Y %H:%M"}


@pytest.fixture
def admin(client: Client) -> User:
    user = make_user("admin@example.org", is_superuser=True, username="admin")
    client.force_login(user)
    return user


def test_desk_shows_people_and_languages_to_admins_alone(client, admin):
    for page in ("user/", f"user/{admin.pk}/change/", "user/add/", "language/", "language/de/change/"):
        assert client.get(f"/admin/accounts/{page}").status_code == 200, page
    assert b"argon2" not in client.get(f"/admin/accounts/user/{admin.pk}/change/").content

    client.force_login(make_user())
    assert client.get("/admin/accounts/user/").status_code in {302, 404}


def test_admin_writes_down_a_student_who_signs_in_by_number(client, admin):
    answer = client.post("/admin/accounts/user/add/", {**PERSON, "username": " S006 ", "first_password": PASSWORD})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    student = User.objects.get(username="s006")
    assert (student.email, student.must_change_password) == (None, True)
    browser = Client()
    browser.post("/login", {"login": "S006", "password": PASSWORD})
    assert browser.get("/account/").headers["Location"].startswith("/password/change")


def test_admin_vouches_for_an_address(client, admin):
    squatter = make_user("grace@example.org", proved=False)

    answer = client.post("/admin/accounts/user/add/", {**PERSON, "email": "New@Example.org"})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    person = User.objects.get(email="new@example.org")
    assert has_proved(person)
    assert not person.has_usable_password()
    assert person.username.startswith("new-")
    assert client.post(f"/admin/accounts/user/{squatter.pk}/change/", {**PERSON, "email": "other@example.org"}).status_code == 302
    assert list(EmailAddress.objects.filter(user=squatter).values_list("email", "verified")) == [("other@example.org", True)]


def test_admin_cannot_lock_themselves_out(client, admin):
    answer = client.post(f"/admin/accounts/user/{admin.pk}/change/", {**PERSON, "email": "admin@example.org", "username": "admin"})

    assert answer.status_code == 200
    assert User.objects.get(pk=admin.pk).is_superuser


def test_nobody_is_deleted_at_the_desk(client, admin):
    user = make_user()

    assert client.get(f"/admin/accounts/user/{user.pk}/delete/").status_code in {403, 404}
    client.post("/admin/accounts/user/", {"action": "switch_off", "_selected_action": [user.pk, admin.pk]})
    assert list(User.objects.order_by("pk").values_list("username", "is_active")) == [("admin", True), (user.username, False)]


def test_link_to_choose_a_password_is_sent_from_the_desk(client, admin, letters):
    user = make_user()
    client.post("/admin/accounts/user/", {"action": "send_password_link", "_selected_action": [user.pk]})

    assert "/password/reset/key/" in letters.link("ada@example.org")


def test_language_is_edited_and_shows_at_once(client, admin):
    answer = client.post("/admin/accounts/language/de/change/", {**GERMAN, "native_name": "Deutsch!"})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert dict(languages.offered())["de"] == "Deutsch!"
    assert languages.date_format("de") == "%d.%m.%Y %H:%M"


@pytest.mark.parametrize("wrong", ["", "today", "%%", "%H:%M"])
def test_date_format_must_show_a_day(client, admin, wrong):
    assert client.post("/admin/accounts/language/de/change/", {**GERMAN, "date_format": wrong}).status_code == 200
    assert Language.objects.get(code="de").date_format.startswith("%-d")


def test_default_language_is_chosen_at_the_desk_and_stays_on(client, admin):
    client.post("/admin/accounts/language/", {"action": "choose_default", "_selected_action": ["pl"]})
    assert list(Language.objects.filter(is_default=True).values_list("code", flat=True)) == ["pl"]

    off = {"native_name": "Polski", "name": "Polish", "sort_order": "70", "date_format": "%d %B"}
    assert client.post("/admin/accounts/language/pl/change/", off).status_code == 200
    assert Language.objects.get(code="pl").is_active
    assert client.get("/admin/accounts/language/add/").status_code in {403, 404}


def test_audit_holds_and_names_what_is_broken():
    user = make_user()
    assert [promise.name for promise in checks.promises() if promise.broken] == []

    User.objects.filter(pk=user.pk).update(is_active=True, email="moved@example.org")
    other = make_user("other@example.org")
    User.objects.filter(pk=other.pk).update(email="ada@example.org")
    Language.objects.update(is_default=False)

    broken = {promise.name: promise.broken for promise in checks.promises() if promise.broken}
    assert broken == {
        "proved_addresses_agree": [{"user": user.pk}, {"user": other.pk}],
        "one_proof_for_an_address": [{"user": other.pk}],
        "one_default_language": [{"defaults": "none"}],
    }


def test_doctor_misses_an_admin_and_a_default_language():
    Language.objects.update(is_default=False)
    assert [(finding.name, finding.level) for finding in checks.findings()] == [("admins", "problem"), ("languages", "warning")]

    make_user(is_superuser=True)
    Language.objects.filter(code="en").update(is_default=True)
    assert [(finding.name, finding.level) for finding in checks.findings()] == [("admins", "ok"), ("languages", "ok")]
