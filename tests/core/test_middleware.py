from __future__ import annotations

import logging
import re
import sqlite3
import time
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, close_old_connections, connection
from django.test import Client

from netevent.core import middleware
from netevent.core.logging import RequestIdFilter, request_id
from tests.core.races import together
from tests.support import only_on

pytestmark = pytest.mark.urls("tests.core.door_urls")
JSON = {"accept": "application/json"}


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


# --- The request's id ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/fine", "/nothing", "/fails/mistake", "/fails/locked", "/fails/sold-out", "/fine?q=%00", "/static/none.css"],
)
def test_every_answer_carries_a_request_id(visitor, path):
    assert re.fullmatch(r"[0-9a-f]{16}", visitor.get(path).headers["X-Request-ID"])


def test_request_id_is_taken_from_a_proxy_of_ours_only(settings):
    assert Client(headers={"x-request-id": "from-outside"}).get("/fine").headers["X-Request-ID"] != "from-outside"
    settings.TRUSTED_PROXY_COUNT = 1
    assert Client(headers={"x-request-id": "from-proxy"}).get("/fine").headers["X-Request-ID"] == "from-proxy"
    for malformed in ("x" * 65, "two words", "line\nbreak", ""):
        assert Client(headers={"x-request-id": malformed}).get("/fine").headers["X-Request-ID"] != malformed


def test_log_lines_name_the_request(client):
    name = client.get("/fine").headers["X-Request-ID"]
    record = logging.makeLogRecord({"name": "netevent"})
    RequestIdFilter().filter(record)
    assert record.request_id == request_id.get() == name  # type: ignore[attr-defined]


def test_access_line_names_the_route_and_never_the_token(client, caplog):
    token = "tok3n" * 6
    with caplog.at_level(logging.INFO, middleware.access_log.name):
        client.get(f"/attendee/personal/{token}")
    assert "GET attendee/personal/<str:token> 200" in caplog.text
    assert token not in caplog.text


# --- Refusals --------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("sold-out", 409, "sold_out"),
        ("bad-code", 422, "bad_code"),
        ("too-often", 429, "too_often"),
        ("locked", 503, "busy"),
        ("gone", 503, "busy"),
        ("cut", 503, "busy"),
        ("no-table", 500, "our_mistake"),
        ("too-long", 422, "bad_input"),
        ("nul", 422, "bad_input"),
        ("half", 422, "bad_input"),
        ("huge", 422, "bad_input"),
        ("mistake", 500, "our_mistake"),
        ("missing", 404, "not_found"),
        ("denied", 403, "forbidden"),
    ],
)
def test_refusal_is_a_page_for_people_and_one_shape_for_programs(visitor, how, status, code):
    page = visitor.get(f"/fails/{how}", headers={"accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert "Traceback" not in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    for answer in (visitor.get(f"/api/fails/{how}"), visitor.get(f"/fails/{how}", headers=JSON)):
        assert answer.status_code == status
        assert answer.json().keys() == {"code", "message", "fields"}
        assert answer.json()["code"] == code
        assert "second line" not in answer.content.decode()


@pytest.mark.django_db
def test_refusal_names_the_fields_at_fault(visitor):
    assert visitor.get("/api/fails/sold-out").json() == {
        "code": "sold_out",
        "message": "Sold out.",
        "fields": {"email": "Known."},
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("how", "seconds"), [("too-often", "17"), ("locked", "5")])
def test_refusal_says_when_to_come_back(visitor, how, seconds):
    assert visitor.get(f"/fails/{how}")["Retry-After"] == seconds
    assert visitor.get(f"/api/fails/{how}")["Retry-After"] == seconds


@pytest.mark.django_db
def test_refusal_of_a_part_of_a_page_is_shown_as_the_page(visitor):
    answer = visitor.get("/fails/locked", headers={"hx-request": "true"})
    assert answer["HX-Retarget"] == "body"


@pytest.mark.django_db
def test_database_that_goes_away_inside_a_middleware_is_busy_too(visitor, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware.process_request", away)
    answer = visitor.get("/fine")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_database_that_is_really_locked_answers_503_and_changes_nothing(visitor):
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 200")
        answer = locked_by_another_session(visitor)
    else:
        connection.ensure_connection()
        connection.cursor().execute("PRAGMA busy_timeout = 100")
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = visitor.post("/store", {"name": "x"})
        other.rollback()
        other.close()
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert not Group.objects.filter(name="kept").exists()
    connection.close()


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_restart_of_the_server_costs_one_503_and_no_waiting(visitor):
    only_on("postgresql")
    together(6, lambda _n: Group.objects.count())  # six connections lie in the pool
    connection.close()
    cut_all_connections()

    started = time.monotonic()
    answers = []
    for _ in range(3):
        answers.append(visitor.get("/count").status_code)
        close_old_connections()  # a server does so after each request, the test client does not
    assert answers[0] in {200, 503}
    assert answers[1:] == [200, 200]
    assert time.monotonic() - started < 2


def cut_all_connections() -> None:
    import psycopg

    with psycopg.connect(**database_address(), autocommit=True) as other:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        other.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


def database_address() -> dict[str, Any]:
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in ("dbname", "user", "host", "port") if parameters.get(name)}


def locked_by_another_session(visitor: Client):
    import psycopg

    with psycopg.connect(**database_address()) as other:
        other.execute("LOCK TABLE auth_group IN ACCESS EXCLUSIVE MODE")
        return visitor.post("/store", {"name": "x"})


@pytest.mark.django_db
@pytest.mark.parametrize("error", [None, RuntimeError("a template is broken")])
def test_error_page_is_never_an_error_itself(visitor, monkeypatch, error):
    def broken(*args, **kwargs):
        raise error or KeyError("x")

    monkeypatch.setattr("netevent.core.refusals.render_to_string", broken)
    answer = visitor.get("/nothing")
    assert answer.status_code == 404
    assert 'data-state="not_found"' in answer.content.decode()


# --- What a person can send ------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_nul_in_the_address_is_refused_before_anybody_asks_the_database(visitor):
    assert visitor.get("/fine?q=%00").status_code == 400
    assert visitor.get("/fine%00").status_code == 400
    assert visitor.get("/fine?q=%FF%FE").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("form", [{"name": "a\0b"}, {"number": "9" * 40}])
def test_nul_and_huge_numbers_in_a_form_are_never_our_mistake(visitor, form):
    assert visitor.post("/store", form).status_code in {200, 422}  # SQLite stores NUL, PostgreSQL refuses it


@pytest.mark.django_db
def test_too_much_at_once_is_413(visitor, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    assert visitor.post("/echo", {"text": "x" * 200}).status_code == 413
    assert visitor.post("/echo", {str(n): "" for n in range(9)}).status_code == 413
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.cookies["csrftoken"] = "x" * 32
    assert strict.post("/fine", {"text": "x" * 200}).status_code == 413  # read by the CSRF middleware


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"a=\xff\xfe&b=%zz", "application/x-www-form-urlencoded"),
        (b"a=1", "application/x-www-form-urlencoded; charset=klingon"),
        (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--x--',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_damaged_form_is_never_our_mistake(visitor, body, kind):
    assert visitor.generic("POST", "/echo", body, content_type=kind).status_code < 500


@pytest.mark.django_db
def test_form_without_its_csrf_token_is_forbidden():
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/fine").status_code == 403
    assert strict.post("/fine", headers=JSON).json()["code"] == "csrf"


@pytest.mark.django_db
def test_wrong_host_is_refused_and_one_line_in_the_log(visitor):
    answer = visitor.get("/fine", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


# --- Headers ---------------------------------------------------------------------------------------------------------------
def test_pages_may_do_little_and_the_desk_a_little_more(client):
    strict = client.get("/fine")["Content-Security-Policy"]
    assert "unsafe" not in strict
    for part in (
        "default-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "object-src 'none'",
        "base-uri 'none'",
    ):
        assert part in strict
    desk = client.get("/admin/desk")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in desk
    assert "frame-ancestors 'none'" in desk


def test_camera_is_for_the_scan_page_alone(client):
    assert "camera=()" in client.get("/fine")["Permissions-Policy"]
    assert "camera=(self)" in client.get("/scan")["Permissions-Policy"]


def test_answers_carry_the_usual_locks(client):
    headers = client.get("/fine").headers
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"], headers["Referrer-Policy"]) == (
        "nosniff",
        "DENY",
        "same-origin",
    )


@pytest.mark.django_db
def test_anonymous_request_asks_nothing_and_opens_no_session(client, django_assert_num_queries):
    client.get("/fine")  # the languages are read once
    with django_assert_num_queries(0):
        answer = client.get("/fine")
    assert not answer.wsgi_request.session.accessed
    assert not answer.cookies
