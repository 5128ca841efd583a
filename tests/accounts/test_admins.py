"""`create_admin`, and the rows below every account."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from netevent.accounts import services
from netevent.accounts.models import User
from netevent.core.errors import DomainError
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db
NEW = "a new and longer one"


def create_admin(email: str) -> list[str]:
    out = StringIO()
    call_command("create_admin", email, stdout=out)
    return out.getvalue().splitlines()


def choose(link: str, client: Client | None = None) -> str:
    client = client or Client()
    page = client.get(link, follow=True)
    return client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW}).headers.get("Location", "")


def test_create_admin_makes_an_admin_with_a_link_that_works_once(settings):
    settings.BASE_URL = "https://events.example.org"
    said, link = create_admin(" Boss@Example.org ")
    admin = User.objects.get()

    assert said == "boss@example.org is a new admin. Set the password here, once:"
    assert link.startswith("https://events.example.org/password/reset/key/")
    assert (admin.email, admin.is_superuser, admin.is_staff, admin.has_usable_password()) == ("boss@example.org", True, True, False)
    path = link.removeprefix("https://events.example.org")
    assert choose(path) == "/start"
    assert choose(path) == ""
    signed_in = Client()
    assert signed_in.post("/login", {"login": "boss@example.org", "password": NEW}).headers["Location"] == "/start"
    assert signed_in.get("/start").headers["Location"] == "/admin/"


def test_create_admin_promotes_and_leaves_the_password():
    user = make_user(is_active=False)

    said, _link = create_admin("ADA@example.org")

    user.refresh_from_db()
    assert said.startswith("ada@example.org is now an admin")
    assert user.is_superuser
    assert user.is_active
    assert user.check_password(PASSWORD)
    create_admin("ada@example.org")
    assert User.objects.count() == 1


def test_create_admin_hands_no_admin_to_whoever_typed_the_address_first():
    stranger = Client()
    user = make_user("boss@example.org", proved=False, username="stranger")
    stranger.force_login(user)

    create_admin("boss@example.org")

    user.refresh_from_db()
    assert user.is_superuser
    assert not user.has_usable_password()
    assert stranger.get("/account/").status_code == 302


@pytest.mark.parametrize("wrong", ["", "nobody", "a@b", "a b@example.org", "two@signs@example.org"])
def test_create_admin_refuses_what_is_no_address(wrong):
    with pytest.raises(CommandError, match="is not an e-mail address"):
        create_admin(wrong)
    assert not User.objects.exists()


def test_email_and_username_are_unique_in_their_one_form():
    make_user("ada@example.org", username="ada")

    for email, username in ((" ADA@EXAMPLE.org", "other"), ("ａｄａ@example.org", "other"), (None, " ADA ")):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create_user(email=email, username=username)


def test_many_people_may_have_no_email():
    people = [make_user("", username=f"S{n:03}") for n in range(3)]

    assert [person.username for person in people] == ["s000", "s001", "s002"]
    assert User.objects.filter(email__isnull=True).count() == 3


def test_proving_twice_is_harmless_and_a_proved_address_is_not_taken():
    user = make_user()
    services.prove_address(user, "ADA@example.org")

    with pytest.raises(DomainError, match="address_taken"):
        services.prove_address(make_user("other@example.org"), "ada@example.org")
    with pytest.raises(DomainError, match="address_taken"):
        services.create_proved_user(email="ada@example.org")
    assert User.objects.get(email="ada@example.org") == user


def test_no_flag_makes_anybody_staff():
    user = make_user()
    assert user.is_staff is False
    with pytest.raises(AttributeError):
        user.is_staff = True  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "args", "path"),
    [
        ("account_login", [], "/login"),
        ("account_logout", [], "/logout"),
        ("account_signup", [], "/signup"),
        ("account_inactive", [], "/accounts/inactive"),
        ("account_reauthenticate", [], "/accounts/reauthenticate"),
        ("account_email", [], "/accounts/email"),
        ("account_email_verification_sent", [], "/confirm-email/"),
        ("account_confirm_email", ["a:b-c_d"], "/confirm-email/a:b-c_d/"),
        ("account_change_password", [], "/password/change"),
        ("account_set_password", [], "/password/set"),
        ("account_reset_password", [], "/password/reset"),
        ("account_reset_password_done", [], "/password/reset/done"),
        ("account_reset_password_from_key", ["1", "a-b"], "/password/reset/key/1-a-b/"),
        ("account_reset_password_from_key_done", [], "/password/reset/key/done"),
        ("account_confirm_login_code", [], "/login/code/confirm"),
    ],
)
def test_every_name_of_allauths_leads_to_a_path_of_ours(name, args, path):
    assert reverse(name, args=args) == path


def test_allauth_has_no_name_that_we_left_out():
    from allauth.account.urls import urlpatterns as theirs

    from netevent.accounts.urls import urlpatterns as ours

    assert {pattern.name for pattern in theirs} <= {pattern.name for pattern in ours}


@pytest.mark.parametrize("page", ["/login", "/signup", "/password/reset", "/password/reset/done", "/confirm-email/", "/accounts/inactive"])
def test_open_pages_are_drawn_and_hold_no_inline_code(client, page):
    answer = client.get(page)
    text = answer.content.decode()

    assert answer.status_code == 200
    assert " style=" not in text
    assert "<style" not in text
    assert " onclick" not in text


@pytest.mark.parametrize("page", ["/account/", "/accounts/email", "/password/change", "/accounts/reauthenticate", "/logout"])
def test_pages_for_signed_in_people_are_drawn(client, page):
    client.force_login(make_user())

    assert client.get(page).status_code == 200
