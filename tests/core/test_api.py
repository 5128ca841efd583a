from __future__ import annotations

import pytest


@pytest.mark.django_db
def test_me_wants_somebody_signed_in(client):
    answer = client.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.json() == {"code": "not_signed_in", "message": "Please sign in first.", "fields": {}}


@pytest.mark.django_db
def test_me_says_who_i_am(client, django_user_model):
    user = django_user_model.objects.create_user(email="ada@example.org", username="ada", first_name="Ada")
    client.force_login(user)
    assert client.get("/api/v1/me").json() == {
        "id": user.pk,
        "username": "ada",
        "email": "ada@example.org",
        "first_name": "Ada",
        "last_name": "",
        "language": "",
    }


@pytest.mark.django_db
def test_unknown_address_of_the_api_is_a_json_404(client):
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.django_db
def test_api_describes_itself(client):
    assert "/api/v1/me" in client.get("/api/v1/openapi.json").json()["paths"]
