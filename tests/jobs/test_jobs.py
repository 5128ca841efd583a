"""A job is a row: claimed by one, kept by a heartbeat, ended once, whatever happens to its worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.db import OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from netevent.accounts.models import User
from netevent.core import doorbell
from netevent.core.errors import DomainError
from netevent.jobs import files, running, services
from netevent.jobs.models import Job, JobLine
from netevent.jobs.running import Heartbeat, JobCancelled, JobTaken, RunningJob
from netevent.jobs.services import cancel_job, enqueue, purge, retry_job, run, sweep
from netevent.jobs.signals import job_finished

Order = Callable[..., Job]


@pytest.fixture
def rings(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    heard: list[tuple[Any, ...]] = []
    settings.WAKE_WORKERS = True
    monkeypatch.setattr(doorbell.Ring, "__call__", lambda ring: heard.append((ring.task, *ring.args)))
    return heard


@pytest.fixture
def finished() -> Iterator[list[tuple[int, str]]]:
    heard: list[tuple[int, str]] = []

    def note(job: Job, **kwargs: Any) -> None:
        heard.append((job.pk, job.state))

    job_finished.connect(note)
    yield heard
    job_finished.disconnect(note)


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def let_lease_run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def claimed(job: Job, worker: str = "host:1:aaaa") -> RunningJob:
    row = services.claimed(job.pk, worker)
    assert row is not None
    return RunningJob(row)


# --- Ordering --------------------------------------------------------------------------------------------------------------
def test_enqueue_writes_a_waiting_row_with_who_where_and_language(owner: User) -> None:
    with translation.override("pl"):
        job = enqueue("tests.work", params={"event": 3}, owner=owner, scope="event:3")

    row = fresh(job)
    assert (row.state, row.params, row.owner, row.scope, row.language, row.attempt) == (
        "queued",
        {"event": 3},
        owner,
        "event:3",
        "pl",
        0,
    )


def test_enqueue_with_an_open_key_answers_the_first_job(order: Order) -> None:
    first = order(key="badges:3")

    assert order(key="badges:3") == first
    run(first.pk)
    assert order(key="badges:3") != first
    assert order() != order()


@pytest.mark.django_db(transaction=True)
def test_enqueue_rings_after_commit_and_not_after_a_rollback(owner: User, rings: list[Any]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012
        enqueue("tests.work", params={}, owner=owner, scope="")
        raise RuntimeError
    assert (rings, Job.objects.count()) == ([], 0)

    with transaction.atomic():
        job = enqueue("tests.work", params={}, owner=owner, scope="")
        assert rings == []
    assert rings == [("jobs.run", job.pk)]


# --- Running ---------------------------------------------------------------------------------------------------------------
def test_run_keeps_result_lines_progress_and_file(order: Order, finished: list[Any]) -> None:
    def work(job: RunningJob) -> dict[str, Any]:
        job.output("badges.pdf").write_bytes(b"%PDF")
        job.line(2, "skipped", "no name", about="attendees.attendee:2")
        job.progress(3, 3, "drawn")
        return {"pages": 3}

    job = order(work)
    assert run(job.pk) == "done"

    row = fresh(job)
    assert (row.state, row.result, row.done, row.total, row.note) == ("done", {"pages": 3}, 3, 3, "drawn")
    assert (row.filename, row.lease_until, row.error) == ("badges.pdf", None, {})
    path = files.path_of(row.file)
    assert path is not None
    assert path.read_bytes() == b"%PDF"
    assert row.expires_at is not None
    assert list(row.lines.values_list("number", "outcome", "reason", "about")) == [(2, "skipped", "no name", "attendees.attendee:2")]
    assert finished == [(job.pk, "done")]


def test_ringing_twice_runs_once(order: Order) -> None:
    runs: list[int] = []
    job = order(lambda _job: runs.append(1))

    assert [run(job.pk), run(job.pk), run(10**9)] == ["done", "", ""]
    assert runs == [1]


def test_a_job_runs_in_the_language_it_was_ordered_in(order: Order) -> None:
    seen: list[str | None] = []
    with translation.override("de"):
        job = order(lambda _job: seen.append(translation.get_language()))
    run(job.pk)

    assert seen == ["de"]


def test_a_refusal_is_kept_by_its_code_and_read_in_the_readers_language(order: Order) -> None:
    def work(job: RunningJob) -> None:
        raise DomainError("sold_out", _("Yes"))

    job = order(work)
    assert run(job.pk) == "failed"

    row = fresh(job)
    assert (row.error["code"], row.error["message"]) == ("sold_out", "Yes")
    with translation.override("de"):
        assert row.error_text == "Ja"


def test_a_refusal_with_figures_keeps_them_apart(order: Order) -> None:
    refusal = DomainError("too_many", _("%(count)s rows are too many."))
    refusal.params = {"count": 7}  # type: ignore[attr-defined]

    def work(job: RunningJob) -> None:
        raise refusal

    job = order(work)
    run(job.pk)

    assert fresh(job).error_text == "7 rows are too many."


def test_a_bug_is_logged_and_shown_as_a_plain_sentence(order: Order, caplog: pytest.LogCaptureFixture) -> None:
    def work(job: RunningJob) -> None:
        job.output("half.pdf").write_bytes(b"half")
        raise ZeroDivisionError("secret of the machine room")

    job = order(work)
    assert run(job.pk) == "failed"

    row = fresh(job)
    assert row.error["code"] == "unexpected"
    assert "secret" not in str(row.error)
    assert "ZeroDivisionError" in caplog.text
    assert (row.file, files.job_folder(job.pk).exists()) == ("", False)


def test_an_unknown_kind_fails_with_a_reason(owner: User) -> None:
    job = enqueue("nobody.knows", params={}, owner=owner, scope="")

    assert run(job.pk) == "failed"
    assert fresh(job).error["code"] == "unknown_kind"


def test_what_passes_is_tried_three_times(order: Order, rings: list[Any]) -> None:
    def work(job: RunningJob) -> None:
        raise OperationalError("away")

    job = order(work)
    assert run(job.pk) == "queued"
    assert run(job.pk) == ""  # not at once
    states = []
    for _attempt in range(2):
        Job.objects.update(available_at=timezone.now())
        states.append(run(job.pk))

    assert states == ["queued", "failed"]
    assert fresh(job).attempt == 3


# --- Cancelling ------------------------------------------------------------------------------------------------------------
def test_cancel_of_a_waiting_job_is_at_once(order: Order, finished: list[Any]) -> None:
    job = order()
    cancel_job(job)

    assert run(job.pk) == ""
    assert fresh(job).state == "cancelled"
    assert finished == [(job.pk, "cancelled")]


def test_cancel_of_a_running_job_stops_it_at_its_next_progress(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "WRITE_SECONDS", 0)
    reached: list[int] = []

    def work(job: RunningJob) -> None:
        for number in range(1, 10):
            job.progress(number, 10)
            reached.append(number)
            if number == 3:
                cancel_job(job.row)

    job = order(work)
    assert run(job.pk) == "cancelled"
    assert reached == [1, 2, 3]


def test_cancel_of_an_ended_job_is_refused(order: Order) -> None:
    job = order()
    run(job.pk)

    with pytest.raises(DomainError, match="job_over"):
        cancel_job(job)


def test_retry_runs_a_failed_job_from_its_checkpoint(order: Order) -> None:
    started: list[dict[str, Any]] = []

    def work(job: RunningJob) -> None:
        started.append(dict(job.checkpoint))
        with job.step(1, 2):
            job.checkpoint["row"] = 1
            job.line(1, "created")
        if len(started) == 1:
            raise DomainError("no_paper", "The printer has no paper.")

    job = order(work)
    run(job.pk)
    retry_job(job)
    assert fresh(job).error == {}
    assert run(job.pk) == "done"
    assert started == [{}, {"row": 1}]
    assert job.lines.count() == 1
    with pytest.raises(DomainError, match="not_failed"):
        retry_job(job)


def test_retry_is_refused_while_the_same_is_open(order: Order) -> None:
    old = order(key="k")
    cancel_job(old)
    order(key="k")

    with pytest.raises(DomainError, match="job_open"):
        retry_job(old)


# --- Lost workers ----------------------------------------------------------------------------------------------------------
def test_a_silent_workers_job_is_taken_and_the_ghost_changes_nothing(order: Order, finished: list[Any]) -> None:
    job = order(lambda _job: {"by": "the second"})
    ghost = claimed(job)
    ghost.output("ghost.pdf").write_bytes(b"ghost")
    ghost.line(1, "ghost")
    let_lease_run_out(job)

    assert sweep() == 1
    assert run(job.pk) == "done"
    ghost._written = 0
    with pytest.raises(JobTaken):
        ghost.progress(5, 5)
    assert services.succeeded(ghost, {"by": "the ghost"}) == ""
    row = fresh(job)
    assert (row.result, row.attempt, row.lines.count(), row.file) == ({"by": "the second"}, 2, 0, "")
    assert not files.job_folder(job.pk).exists()
    assert finished == [(job.pk, "done")]


def test_a_step_of_a_ghost_is_rolled_back_with_its_work(order: Order, stranger: User) -> None:
    job = order()
    ghost = claimed(job)
    let_lease_run_out(job)
    run(job.pk)

    with pytest.raises(JobTaken), ghost.step(1, 1):
        User.objects.filter(pk=stranger.pk).update(first_name="changed by a ghost")
    stranger.refresh_from_db()
    assert stranger.first_name == ""


def test_lines_of_an_attempt_without_checkpoint_are_gone_with_it(order: Order) -> None:
    job = order(lambda job: job.line(2, "second"))
    first = claimed(job)
    first.line(1, "first")
    first._written = 0
    first.progress(1, 2)
    assert job.lines.count() == 1
    let_lease_run_out(job)
    run(job.pk)

    assert list(job.lines.values_list("outcome", flat=True)) == ["second"]


def test_the_same_line_twice_is_one(order: Order) -> None:
    def work(job: RunningJob) -> None:
        job.checkpoint["at"] = 1
        for reason in ("first", "then"):
            with job.step(1):
                job.line(7, "skipped", reason)
        job.line(7, "skipped", "last")

    job = order(work)
    run(job.pk)
    assert list(JobLine.objects.values_list("number", "reason")) == [(7, "last")]


def test_three_lost_workers_end_the_job_with_a_reason(order: Order, finished: list[Any]) -> None:
    job = order()
    for _worker in range(3):
        claimed(job)
        let_lease_run_out(job)

    assert run(job.pk) == ""
    assert sweep() == 0
    row = fresh(job)
    assert (row.state, row.error["code"]) == ("failed", "worker_lost")
    assert row.error_text.startswith("The work was interrupted three times")
    assert finished == [(job.pk, "failed")]


def test_a_lost_worker_of_a_cancelled_job_ends_it(order: Order) -> None:
    job = order()
    claimed(job)
    cancel_job(job)
    let_lease_run_out(job)
    sweep()

    assert fresh(job).state == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_sweep_rings_again_for_what_waits_and_leaves_what_runs(order: Order, rings: list[Any]) -> None:
    waiting, busy = order(), order()
    claimed(busy)
    rings.clear()

    assert sweep() == 1
    assert rings == [("jobs.run", waiting.pk)]
    assert fresh(busy).state == "running"


def test_progress_writes_seldom_and_looks_always(order: Order, django_assert_max_num_queries: Any) -> None:
    job = claimed(order())
    with django_assert_max_num_queries(8):
        for number in range(5000):
            job.progress(number, 5000)
    job.taken.set()
    with pytest.raises(JobTaken):
        job.progress(5000, 5000)


def test_progress_moves_the_lease(order: Order) -> None:
    job = claimed(order())
    Job.objects.update(lease_until=timezone.now() + timedelta(seconds=1))
    job._written = 0
    job.progress(1, 2, "half")

    row = fresh(job.row)
    assert (row.done, row.total, row.note) == (1, 2, "half")
    assert row.lease_until is not None
    assert row.lease_until > timezone.now() + timedelta(seconds=200)


def test_progress_of_a_cancelled_job_raises(order: Order) -> None:
    job = claimed(order())
    cancel_job(job.row)
    job._written = 0

    with pytest.raises(JobCancelled):
        job.progress(1)


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_a_busy_job_and_gives_up_a_hanging_one(order: Order, settings: Any) -> None:
    settings.JOB_LEASE_SECONDS = 0.3
    job = claimed(order())
    with Heartbeat(job, time_limit=60):
        time.sleep(1)
        assert not Job.objects.abandoned().exists()
    with Heartbeat(job, time_limit=0.1):
        time.sleep(1)
        assert Job.objects.abandoned().exists()


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_tells_a_replaced_worker(order: Order, settings: Any) -> None:
    settings.JOB_LEASE_SECONDS = 0.2
    job = claimed(order())
    Job.objects.update(worker="somebody else")
    with Heartbeat(job, time_limit=60):
        assert job.taken.wait(5)


# --- Files and their end ---------------------------------------------------------------------------------------------------
def test_a_file_of_a_failed_attempt_is_never_the_result(order: Order) -> None:
    tries: list[int] = []

    def work(job: RunningJob) -> None:
        tries.append(1)
        job.output("list.csv").write_text(f"try {len(tries)}")
        if len(tries) == 1:
            raise OSError("disk")

    job = order(work)
    run(job.pk)
    Job.objects.update(available_at=timezone.now())
    run(job.pk)

    path = files.path_of(fresh(job).file)
    assert path is not None
    assert path.read_text() == "try 2"
    assert len(list(files.job_folder(job.pk).iterdir())) == 1


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "..", "a/b.pdf", "Ünïcode näme.pdf"])
def test_an_output_stays_in_its_folder(order: Order, name: str) -> None:
    job = claimed(order())
    if name == "..":
        with pytest.raises(SuspiciousFileOperation):
            job.output(name)
    else:
        assert job.output(name).parent.parent == files.job_folder(job.row.pk)


def test_purge_removes_files_past_their_time_and_orphans(order: Order) -> None:
    job = order(lambda job: job.output("a.txt").write_text("a") and None)
    kept = order(lambda job: job.output("b.txt").write_text("b") and None)
    run(job.pk)
    run(kept.pk)
    Job.objects.filter(pk=job.pk).update(expires_at=timezone.now())
    files.place_for(10**9, "word", "left.pdf").write_text("left")

    assert purge() == 2
    assert (fresh(job).file, files.job_folder(job.pk).exists(), files.job_folder(10**9).exists()) == ("", False, False)
    assert files.path_of(fresh(kept).file) is not None
    assert purge() == 0
