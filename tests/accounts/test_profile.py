"""The person's own page, and the account's address."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from netevent.accounts.models import Language, User
from netevent.accounts.services import switch_language
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    user = make_user(username="ada", first_name="Ada", last_name="Lovelace")
    client.force_login(user)
    return user


def save(client: Client, **changes: str):
    return client.post("/account/", {"first_name": "Ada", "last_name": "", "username": "ada", "language": "", **changes})


def test_profile_shows_and_saves(client, ada):
    assert client.get("/account/").status_code == 200

    assert save(client, first_name="Augusta", language="pl").headers["Location"] == "/account/"

    ada.refresh_from_db()
    assert (ada.first_name, ada.last_name, ada.username, ada.language) == ("Augusta", "", "ada", "pl")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Zażółć Gęślą  ", "Zażółć Gęślą"),
        ("e\u0301", "e\u0301"),  # the Unicode form stays
        ("李", "李"),
        ("محمد", "محمد"),
        ("👩‍🔬", "👩‍🔬"),
        ("Tom & <b>Jerry", "Tom & <b>Jerry"),
        ("x" * 100, "x" * 100),
    ],
)
def test_names_stay_as_typed_but_for_their_ends(client, ada, typed, kept):
    assert save(client, first_name=typed).status_code == 302

    ada.refresh_from_db()
    assert ada.first_name == kept
    assert "<b>Jerry" not in client.get("/account/").content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"first_name": "  "}, "first_name"),
        ({"first_name": "x" * 101}, "first_name"),
        ({"last_name": "x" * 101}, "last_name"),
        ({"last_name": "nul\x00"}, "last_name"),
        ({"username": ""}, "username"),
        ({"username": "GRACE"}, "username"),
        ({"username": "ｇｒａｃｅ"}, "username"),
        ({"username": "ada@example.org"}, "username"),
        ({"username": "a b"}, "username"),
        ({"language": "xx"}, "language"),
    ],
)
def test_profile_refuses_with_422_and_shows_what_was_typed(client, ada, change, field):
    make_user("grace@example.org", username="grace")

    answer = save(client, **change)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    ada.refresh_from_db()
    assert (ada.first_name, ada.last_name, ada.username) == ("Ada", "Lovelace", "ada")


def test_empty_form_is_refused_with_422(client, ada):
    assert client.post("/account/").status_code == 422


def test_username_is_kept_in_its_one_form(client, ada):
    save(client, username=" Ａda.King ")

    ada.refresh_from_db()
    assert ada.username == "ada.king"


def test_own_language_stays_choosable_when_it_is_switched_off(client, ada):
    User.objects.filter(pk=ada.pk).update(language="pl")
    switch_language(Language.objects.get(code="pl"), on=False)

    assert save(client, language="pl").status_code == 302
    assert save(client, language="de").status_code == 302


def test_account_without_email_has_its_pages(client):
    client.force_login(make_user("", username="S001", first_name="Sam"))

    for page in ("/account/", "/accounts/email", "/password/change"):
        assert client.get(page).status_code == 200


def test_new_address_takes_the_old_ones_place_once_it_is_proved(client, ada, letters):
    answer = client.post("/accounts/email", {"email": " NEW@example.org", "action_add": ""})
    assert answer.headers["Location"] == "/accounts/email"
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"

    client.post(letters.link("new@example.org"))

    ada.refresh_from_db()
    assert ada.email == "new@example.org"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("new@example.org", True, True)]


def test_somebody_elses_address_gets_the_same_answer(client, ada, letters):
    make_user("grace@example.org")

    known = client.post("/accounts/email", {"email": "grace@example.org", "action_add": ""})
    new = client.post("/accounts/email", {"email": "free@example.org", "action_add": ""})

    assert (known.status_code, known.headers["Location"]) == (new.status_code, new.headers["Location"])


def test_looking_at_the_address_page_writes_nothing(client):
    user = User.objects.create_user(email="bare@example.org", password="x")
    client.force_login(user)

    assert client.get("/accounts/email").status_code == 200
    assert not EmailAddress.objects.exists()


def test_asking_for_the_link_again_counts(client, ada, letters):
    client.post("/accounts/email", {"email": "new@example.org", "action_add": ""})

    answers = [client.post("/accounts/email", {"email": "new@example.org", "action_send": ""}).status_code for _ in range(3)]

    assert answers == [302, 302, 429]
    assert len(letters.to("new@example.org")) == 3


def test_pages_of_a_person_are_kept_nowhere(client, ada):
    for page in ("/account/", "/accounts/email", "/start", "/login", "/signup"):
        assert "no-store" in client.get(page).headers["Cache-Control"], page
