"""The kinds of work there are. An app registers its own in `tasks.py` or `job_kinds.py`, which are imported when Django is ready."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

if TYPE_CHECKING:
    from netevent.jobs.models import Job
    from netevent.jobs.running import RunningJob

Text = str | Promise
Handler = Callable[["RunningJob"], "dict[str, Any] | None"]

TIME_LIMIT = 3600


@dataclass(frozen=True)
class JobKind:
    name: str
    label: Text
    run: Handler
    # Its lease is renewed no longer than this: a job that hangs is taken for lost.
    time_limit: int = TIME_LIMIT
    # Words for the outcomes of its lines, and the address to go on to from its page.
    outcomes: Mapping[str, Text] = field(default_factory=dict)
    # Sentences for reasons that are kept as stable words; and the outcomes whose lines are shown one by one, when not all are.
    reasons: Mapping[str, Text] = field(default_factory=dict)
    shown: Collection[str] | None = None
    back: Callable[[Job], str] | None = None


_kinds: dict[str, JobKind] = {}


def job_kind(name: str, *, label: Text, **options: Any) -> Callable[[Handler], Handler]:
    """Register the function that does a kind of job: `@job_kind("attendees.badges", label=_("Badges"))`.

    It may be run again from its checkpoint after its worker died, so doing a part twice must be harmless. What it returns is the result.
    """

    def register(run: Handler) -> Handler:
        _kinds[name] = JobKind(name, label, run, **options)
        return run

    return register


def kind_of(name: str) -> JobKind | None:
    return _kinds.get(name)


def label_of(name: str) -> Text:
    kind = kind_of(name)
    return kind.label if kind else name
