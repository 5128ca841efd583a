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
def test_another_method_is_a_json_405_that_names_the_right_ones(client):
    answer = client.delete("/api/v1/me")
    assert (answer.status_code, answer.json()["code"], answer.json()["fields"]) == (405, "method_not_allowed", {})
    assert "GET" in answer.headers["Allow"]


@pytest.mark.django_db
def test_another_method_is_a_page_for_people_and_json_for_programs(client):
    for_people = client.get("/language", headers={"Accept": "text/html"})
    for_programs = client.get("/language", headers={"Accept": "application/json"})
    assert b"<h1" in for_people.content
    assert (for_people.status_code, for_programs.json()["code"], for_programs.headers["Allow"]) == (405, "method_not_allowed", "POST")


@pytest.mark.django_db
def test_api_describes_itself(client):
    assert "/api/v1/me" in client.get("/api/v1/openapi.json").json()["paths"]
