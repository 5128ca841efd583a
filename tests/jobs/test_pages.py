"""The page of a job, its file, and who gets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from netevent.accounts.models import User
from netevent.core.errors import DomainError
from netevent.jobs.models import Job
from netevent.jobs.permissions import register_scope_check
from netevent.jobs.running import RunningJob
from netevent.jobs.services import run

Order = Callable[..., Job]
PDF = "Abzeichen für Łódź.pdf"


def writes_a_file(job: RunningJob) -> dict[str, Any]:
    job.output("badges.pdf").write_bytes(b"%PDF-1.4")
    job.line(3, "skipped", "<b>no</b> name")
    job.progress(4, 4)
    return {"pages": 4}


@pytest.fixture
def signed_in(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def test_the_page_of_a_waiting_job_asks_again_by_itself(signed_in: Client, order: Order) -> None:
    job = order()
    page = signed_in.get(reverse("jobs:detail", args=[job.pk])).content.decode()

    assert 'data-state="job-queued"' in page
    assert f'data-poll="/jobs/{job.pk}/"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert reverse("jobs:cancel", args=[job.pk]) in page


def test_the_part_that_moves_comes_alone(signed_in: Client, order: Order) -> None:
    job = order()
    Job.objects.update(state="running", done=2, total=5, note="drawing", worker="w", lease_until="2030-01-01T00:00Z")
    answer = signed_in.get(reverse("jobs:detail", args=[job.pk]), headers={"x-requested-with": "fetch"})

    part = answer.content.decode()
    assert "<html" not in part
    assert 'max="5" value="2"' in part
    assert "drawing" in part
    assert answer["Cache-Control"] == "no-store"


def test_the_page_of_a_done_job_offers_the_file_and_the_lines(signed_in: Client, order: Order) -> None:
    job = order(writes_a_file, options={"outcomes": {"skipped": "Left out"}, "back": lambda _job: "/desk/back"})
    run(job.pk)
    page = signed_in.get(reverse("jobs:detail", args=[job.pk])).content.decode()

    assert 'data-state="job-done"' in page
    assert "data-poll=" not in page
    assert reverse("jobs:file", args=[job.pk]) in page
    assert "Left out: 1" in page
    assert "&lt;b&gt;no&lt;/b&gt; name" in page
    assert "/desk/back" in page


def test_the_page_of_a_failed_job_says_why_and_starts_again(signed_in: Client, order: Order) -> None:
    def refuse(job: RunningJob) -> None:
        raise DomainError("no_rows", "There are no rows in this file.")

    job = order(refuse)
    run(job.pk)
    page = signed_in.get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert "There are no rows in this file." in page

    answer = signed_in.post(reverse("jobs:retry", args=[job.pk]))
    assert (answer.status_code, answer["Location"]) == (302, f"/jobs/{job.pk}/")
    assert Job.objects.get().state == "queued"


def test_the_status_is_json(signed_in: Client, order: Order) -> None:
    job = order(writes_a_file)
    assert signed_in.get(reverse("jobs:status", args=[job.pk])).json()["file"] is None
    run(job.pk)

    assert signed_in.get(reverse("jobs:status", args=[job.pk])).json() == {
        "id": job.pk,
        "kind": "tests.work",
        "state": "done",
        "done": 4,
        "total": 4,
        "note": "",
        "stopping": False,
        "error": None,
        "result": {"pages": 4},
        "file": f"/jobs/{job.pk}/file",
    }


def test_the_file_is_saved_and_never_shown_or_kept_by_caches(signed_in: Client, order: Order) -> None:
    job = order(writes_a_file)
    run(job.pk)
    answer = signed_in.get(reverse("jobs:file", args=[job.pk]))

    assert b"".join(answer.streaming_content) == b"%PDF-1.4"  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="badges.pdf"'
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"


def test_a_file_with_a_name_in_any_script_keeps_it(signed_in: Client, order: Order) -> None:
    job = order(lambda job: job.output(PDF).write_bytes(b"x") and None)
    run(job.pk)
    answer = signed_in.get(reverse("jobs:file", args=[job.pk]))

    assert "filename*=utf-8''Abzeichen_f%C3%BCr_%C5%81%C3%B3d%C5%BA.pdf" in answer["Content-Disposition"]


@pytest.mark.parametrize("name", ["detail", "status", "file"])
def test_a_stranger_finds_nothing_and_a_visitor_signs_in(client: Client, order: Order, stranger: User, name: str) -> None:
    job = order(writes_a_file)
    run(job.pk)
    address = reverse(f"jobs:{name}", args=[job.pk])
    assert client.get(address).status_code == 302
    assert client.get(address, headers={"accept": "application/json"}).status_code == 401

    client.force_login(stranger)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["cancel", "retry"])
def test_a_stranger_can_stop_nothing_and_a_get_changes_nothing(
    client: Client, order: Order, stranger: User, owner: User, name: str
) -> None:
    job = order()
    client.force_login(stranger)
    assert client.post(reverse(f"jobs:{name}", args=[job.pk])).status_code == 404
    client.force_login(owner)
    assert client.get(reverse(f"jobs:{name}", args=[job.pk])).status_code == 405
    assert Job.objects.get().state == "queued"


def test_a_refused_stop_is_a_409(signed_in: Client, order: Order) -> None:
    job = order()
    run(job.pk)

    assert signed_in.post(reverse("jobs:cancel", args=[job.pk])).status_code == 409


def test_whoever_the_scope_allows_sees_the_job_and_its_file(client: Client, order: Order, stranger: User) -> None:
    register_scope_check("event", lambda user, scope: (user, scope) == (stranger, "event:1"), lambda _user: ["event:1"])
    job, other = order(writes_a_file, scope="event:1"), order(writes_a_file, scope="event:2")
    run(job.pk)
    client.force_login(stranger)

    assert client.get(reverse("jobs:detail", args=[job.pk])).status_code == 200
    assert client.get(reverse("jobs:file", args=[job.pk])).status_code == 200
    assert client.get(reverse("jobs:detail", args=[other.pk])).status_code == 404
    assert list(Job.objects.visible_to(stranger)) == [job]


def test_an_owner_who_lost_the_right_keeps_the_page_and_loses_the_file(signed_in: Client, order: Order) -> None:
    job = order(writes_a_file, scope="event:1")
    run(job.pk)
    register_scope_check("event", lambda _user, _scope: False)

    page = signed_in.get(reverse("jobs:detail", args=[job.pk]))
    assert page.status_code == 200
    assert reverse("jobs:file", args=[job.pk]) not in page.content.decode()
    assert signed_in.get(reverse("jobs:file", args=[job.pk])).status_code == 404


def test_the_page_costs_the_same_whatever_the_number_of_lines(signed_in: Client, order: Order, django_assert_max_num_queries: Any) -> None:
    def work(job: RunningJob) -> None:
        for number in range(1000):
            job.line(number, "skipped")

    job = order(work)
    run(job.pk)
    with django_assert_max_num_queries(7):
        page = signed_in.get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert "And 800 more rows." in page
