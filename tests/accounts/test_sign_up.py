"""Signing up and proving the address."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import check_password
from django.test import Client

from netevent.accounts.models import User
from netevent.accounts.services import has_proved
from netevent.accounts.signals import address_proved
from netevent.notifications.models import Message
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def sign_up(client: Client, email: str = "ada@example.org", password: str = PASSWORD, **more: str):
    return client.post("/signup", {"email": email, "password": password, **more})


@pytest.fixture
def proofs():
    seen: list[tuple[str, str]] = []

    def note(sender, user, email, **kwargs):
        seen.append((user.username, email))

    address_proved.connect(note)
    yield seen
    address_proved.disconnect(note)


def test_sign_up_makes_an_account_that_waits_for_its_proof(client, letters, proofs):
    answer = sign_up(client, " Ada@Example.ORG ")

    user = User.objects.get()
    assert answer.headers["Location"] == "/confirm-email/"
    assert client.get("/confirm-email/").status_code == 200
    assert (user.email, user.is_active, user.is_superuser) == ("ada@example.org", True, False)
    assert user.check_password(PASSWORD)
    assert user.username.startswith("ada-")
    assert "@" not in user.username
    assert not has_proved(user)
    assert proofs == []
    assert "_auth_user_id" not in client.session
    assert [message.template for message in letters.to("ada@example.org")] == ["account_confirm"]


def test_link_in_the_browser_that_signed_up_proves_and_signs_in(client, letters, proofs):
    sign_up(client)
    link = letters.link("ada@example.org")
    user = User.objects.get()

    page = client.get(link)
    assert page.status_code == 200
    assert not has_proved(user)

    assert client.post(link).headers["Location"] == "/signup/profile?next=%2Fstart"
    assert has_proved(user)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert proofs == [(user.username, "ada@example.org")]


def test_link_works_once(client, letters):
    sign_up(client)
    link = letters.link("ada@example.org")
    client.post(link)

    assert client.get(link).status_code == 404
    assert client.post(link).status_code == 404
    assert client.get("/confirm-email/nonsense:key/").status_code == 404


def test_link_in_another_browser_asks_for_the_password(client, letters):
    sign_up(client)
    link, elsewhere, user = letters.link("ada@example.org"), Client(), User.objects.get()

    assert elsewhere.get(link).context["asks_password"] is True
    assert elsewhere.post(link, {"password": "wrong"}).status_code == 422
    assert elsewhere.post(link).status_code == 422
    assert not has_proved(user)
    assert elsewhere.post(link, {"password": PASSWORD}).headers["Location"] == "/signup/profile?next=%2Fstart"
    assert has_proved(user)
    assert elsewhere.session["_auth_user_id"] == str(user.pk)


def test_password_beside_the_link_cannot_be_guessed(client, letters):
    sign_up(client)
    link = letters.link("ada@example.org")

    answers = [Client().post(link, {"password": f"wrong {n}"}).status_code for n in range(11)]

    assert answers == [422] * 10 + [429]


def test_who_signs_up_with_somebody_elses_address_gains_nothing(letters, proofs):
    """The owner opens the link, since it looks like their own sign-up; the stranger's password is void from then on."""
    stranger, owner = Client(), Client()
    sign_up(stranger, "victim@example.org", "the stranger's password", username="stranger")
    link = letters.link("victim@example.org")

    onwards = owner.post(link, {"choose": "1"}).headers["Location"]

    assert not stranger.login(username="stranger", password="the stranger's password")
    stranger.post("/login", {"login": "stranger", "password": "the stranger's password"})
    assert "_auth_user_id" not in stranger.session
    page = owner.get(onwards, follow=True)
    assert page.status_code == 200
    done = owner.post(page.request["PATH_INFO"], {"password1": "the owner's own", "password2": "the owner's own"})
    assert done.headers["Location"] == "/signup/profile?next=%2Fstart"
    assert User.objects.get().check_password("the owner's own")
    assert proofs == [("stranger", "victim@example.org")]


def test_unproved_account_cannot_sign_in_and_gets_the_link_again(client, letters):
    make_user(proved=False)

    assert client.post("/login", {"login": "ada@example.org", "password": PASSWORD}).headers["Location"] == "/confirm-email/"
    assert "_auth_user_id" not in client.session
    assert len(letters.to("ada@example.org")) == 1


def test_unproved_account_cannot_be_used_to_flood_a_mailbox(client, letters):
    sign_up(client)

    for _ in range(6):
        Client().post("/login", {"login": "ada@example.org", "password": PASSWORD})

    assert len(letters.to("ada@example.org")) == 3


def test_known_and_new_address_get_the_same_answer_and_one_letter_each(letters):
    make_user("known@example.org")
    one, other = Client(), Client()

    known, new = sign_up(one, "KNOWN@example.org"), sign_up(other, "new@example.org")

    assert (known.status_code, known.headers["Location"]) == (new.status_code, new.headers["Location"])
    assert one.get("/confirm-email/").content == other.get("/confirm-email/").content.replace(b"new@", b"known@")
    assert [message.template for message in letters.to("known@example.org")] == ["account_exists"]
    assert [message.template for message in letters.to("new@example.org")] == ["account_confirm"]
    assert "/password/reset" in letters.last("known@example.org").body
    assert User.objects.filter(email="known@example.org").count() == 1


def test_fourth_sign_up_with_one_address_is_too_often(client):
    make_user("known@example.org")
    for email in ("known@example.org", "new@example.org"):
        answers = [sign_up(Client(), email) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "x@a℀b.example"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": ""}, "password"),
        ({"password": "password1234"}, "password"),
        ({"password": "ada@example.org"}, "password"),
        ({"username": "with@sign"}, "username"),
        ({"username": "two words"}, "username"),
        ({"username": "Ünïcödé"}, "username"),
        ({"username": "TAKEN"}, "username"),
        ({"username": "ｔａｋｅｎ"}, "username"),
        ({"username": "x" * 61}, "username"),
    ],
)
def test_sign_up_refuses(client, data, field):
    make_user("first@example.org", username="taken")

    answer = sign_up(client, **{"email": "ada@example.org", "password": PASSWORD, **data})

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert User.objects.count() == 1
    assert not Message.objects.exists()


def test_sign_up_keeps_a_chosen_username_in_its_one_form(client):
    sign_up(client, username=" Ａda.Lovelace ")

    assert User.objects.get().username == "ada.lovelace"


def test_sign_up_takes_password1_too(client):
    client.post("/signup", {"email": "ada@example.org", "password1": PASSWORD})

    assert check_password(PASSWORD, User.objects.get().password)


def test_sign_up_remembers_the_language_it_was_read_in(client, letters):
    client.post("/signup?lang=pl", {"email": "ada@example.org", "password": PASSWORD})

    assert User.objects.get().language == "pl"
    assert letters.to("ada@example.org")[0].language == "pl"


def test_proof_takes_the_address_from_whoever_typed_it_first(client, letters):
    squatter = make_user("wanted@example.org", proved=False, username="squatter")
    owner = make_user("old@example.org")
    client.force_login(owner)
    client.post("/accounts/email", {"email": "wanted@example.org", "action_add": ""})

    client.post(letters.link("wanted@example.org"))

    owner.refresh_from_db()
    squatter.refresh_from_db()
    assert (owner.email, has_proved(owner)) == ("wanted@example.org", True)
    assert (squatter.email, squatter.is_active, squatter.has_usable_password()) == (None, False, False)
    assert list(EmailAddress.objects.values_list("user", "email", "verified", "primary")) == [(owner.pk, "wanted@example.org", True, True)]


def test_address_that_somebody_proved_is_not_taken_by_a_late_link(client, letters):
    make_user("late@example.org", proved=False)
    late = User.objects.get()
    client.post("/login", {"login": "late@example.org", "password": PASSWORD})
    link = letters.link("late@example.org")
    User.objects.filter(pk=late.pk).update(email=None)
    keeper = make_user("keeper@example.org")
    EmailAddress.objects.filter(user=keeper).update(email="late@example.org")

    answer = Client().post(link, {"password": PASSWORD})

    assert answer.status_code == 409
    assert EmailAddress.objects.get(verified=True).user == keeper


def test_letter_in_the_outbox_holds_no_link_and_lapses_once_proved(client, letters):
    sign_up(client)
    message = letters.to("ada@example.org")[0]
    address = EmailAddress.objects.get()
    link = letters.link("ada@example.org")

    stored = str([message.context, message.key, message.about, message.error])
    assert "http" not in stored
    assert link.split("/")[2] not in stored
    assert (message.about, message.context) == (f"account.emailaddress:{address.pk}", {"email_address": address.pk})
    client.post(link)
    with pytest.raises(Exception, match="nothing_to_prove"):
        letters.last("ada@example.org")


def test_links_are_made_from_base_url(client, letters, settings):
    settings.BASE_URL = "https://events.example.org"
    client.post("/signup", {"email": "ada@example.org", "password": PASSWORD}, HTTP_HOST="localhost")

    body = letters.last("ada@example.org").body
    assert "https://events.example.org/confirm-email/" in body
    assert "localhost" not in body
