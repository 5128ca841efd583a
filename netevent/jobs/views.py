"""The page of a job, which moves while it does; its file; stop and start again."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from netevent.accounts.models import User
from netevent.core.policies import policy
from netevent.jobs import files, services
from netevent.jobs.models import Job
from netevent.jobs.permissions import may_fetch, may_see
from netevent.jobs.registry import JobKind, kind_of, label_of

LINES_SHOWN = 200


def job_for(request: HttpRequest, job_id: int) -> Job:
    """The job, if this person may see it: a stranger learns nothing of it."""
    job = get_object_or_404(Job.objects.select_related("owner"), pk=job_id)
    assert isinstance(request.user, User)
    if not may_see(request.user, job):
        raise Http404
    return job


@policy("signed-in", methods=["GET"])
def detail(request: HttpRequest, job_id: int) -> HttpResponse:
    """The page; for its own script, which asks each second, only the part that moves."""
    job = job_for(request, job_id)
    asks_part = request.headers.get("X-Requested-With") == "fetch" or request.headers.get("HX-Request")
    template = "jobs/_job.html" if asks_part else "jobs/detail.html"
    response = render(request, template, page_of(request, job))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "X-Requested-With, HX-Request, Cookie"
    return response


def page_of(request: HttpRequest, job: Job) -> dict[str, Any]:
    kind = kind_of(job.kind)
    assert isinstance(request.user, User)
    return {
        "job": job,
        "label": label_of(job.kind),
        "state": f"job-{job.state}",
        "back": kind.back(job) if kind and kind.back else "",
        "has_file": bool(job.file) and may_fetch(request.user, job),
        **(lines_of(job) if not job.is_open and may_fetch(request.user, job) else {}),
    }


def lines_of(job: Job) -> dict[str, Any]:
    """The first lines in words, and how many there are of each outcome."""
    kind = kind_of(job.kind) or JobKind(job.kind, job.kind, lambda _job: None)
    counts = dict(job.lines.order_by().values_list("outcome").annotate(n=Count("pk")).order_by("outcome"))
    shown = [outcome for outcome in counts if kind.shown is None or outcome in kind.shown]
    lines = list(job.lines.filter(outcome__in=shown)[:LINES_SHOWN])
    for line in lines:
        line.reason = str(kind.reasons.get(line.reason, line.reason))
    return {
        "lines": [(line, kind.outcomes.get(line.outcome, line.outcome)) for line in lines],
        "totals": [(kind.outcomes.get(outcome, outcome), n) for outcome, n in counts.items()],
        "more_lines": sum(counts[outcome] for outcome in shown) - len(lines),
    }


@policy("signed-in", methods=["GET"])
def status(request: HttpRequest, job_id: int) -> JsonResponse:
    """The job for programs: state, progress, and where its file is once there is one."""
    job = job_for(request, job_id)
    assert isinstance(request.user, User)
    has_file = bool(job.file) and may_fetch(request.user, job)
    error = {"code": job.error["code"], "message": job.error_text} if job.error else None
    answer = {
        "id": job.pk,
        "kind": job.kind,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "note": job.note,
        "stopping": job.is_stopping,
        "error": error,
        "result": job.result,
        "file": reverse("jobs:file", args=[job.pk]) if has_file else None,
    }
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})


@policy("signed-in", methods=["GET"])
def file(request: HttpRequest, job_id: int) -> FileResponse:
    """The result. The right is asked anew, whoever ordered it; always saved, never shown in the page."""
    job = job_for(request, job_id)
    path = files.path_of(job.file)
    assert isinstance(request.user, User)
    if path is None or not may_fetch(request.user, job):
        raise Http404
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
    return FileResponse(path.open("rb"), as_attachment=True, filename=job.filename, headers=headers)


@policy("signed-in", methods=["POST"])
def cancel(request: HttpRequest, job_id: int) -> HttpResponseRedirect:
    services.cancel_job(job_for(request, job_id))
    return redirect("jobs:detail", job_id)


@policy("signed-in", methods=["POST"])
def retry(request: HttpRequest, job_id: int) -> HttpResponseRedirect:
    job = job_for(request, job_id)
    assert isinstance(request.user, User)
    if not may_fetch(request.user, job):  # whoever ordered it and lost the right since starts nothing any more
        raise Http404
    services.retry_job(job)
    return redirect("jobs:detail", job_id)
