from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from netevent.core.policies import routes

pytestmark = pytest.mark.urls("tests.core.door_urls")


@pytest.fixture
def by_route() -> dict[str, dict]:
    return {row["route"]: row for row in routes()}


def test_routes_say_methods_and_policy(by_route):
    assert by_route["/mine"] == {"route": "/mine", "name": "mine", "methods": ["ANY"], "policy": "signed-in"}
    assert by_route["/fine"]["methods"] == ["GET", "POST"]
    assert by_route["/only-post"]["methods"] == ["POST"]
    assert by_route["/scan"]["policy"] == "team: check in"
    assert by_route["/admin/desk"]["policy"].startswith("desk")
    assert by_route["/api/v1/me"] == {
        "route": "/api/v1/me",
        "name": "api:me",
        "methods": ["GET"],
        "policy": "signed-in",
    }
    assert by_route["/unguarded"]["policy"] == ""


def test_every_address_of_netevent_says_who_may_open_it():
    patterns = get_resolver("netevent.urls").url_patterns
    assert [row["route"] for row in routes(patterns) if not row["policy"]] == []


def test_list_routes_prints_json(capsys):
    call_command("list_routes", "--json")
    rows = json.loads(capsys.readouterr().out)
    assert {"route": "/healthz", "name": "core:healthz", "methods": ["GET"], "policy": "public"} in rows
    call_command("list_routes")
    assert "(nobody has said)" in capsys.readouterr().out


@pytest.mark.django_db
def test_signed_in_sends_strangers_to_the_door(client):
    answer = client.get("/mine?a=1")
    assert (answer.status_code, answer["Location"]) == (302, "/login?next=/mine%3Fa%3D1")
    assert client.get("/mine", headers={"accept": "application/json"}).status_code == 401


@pytest.mark.django_db
def test_signed_in_lets_people_in(client, django_user_model):
    client.force_login(django_user_model.objects.create_user(email="ada@example.org"))
    assert client.get("/mine").content == b"mine"
    assert client.get("/theirs").status_code == 404


@pytest.mark.django_db
def test_superuser_lets_superusers_in(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser(email="root@example.org"))
    assert client.get("/theirs").content == b"theirs"


def test_methods_that_are_not_named_are_refused():
    client = Client()
    assert client.put("/fine").status_code == 405
    assert client.head("/fine").status_code == 200
