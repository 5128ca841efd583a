"""Collecting signals: a page or an act below asks, apps above answer with plain data, and `collect` joins the answers.

A receiver returns None, one answer or a list of them. Answers with a `weight` (attribute or key) come lightest first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.dispatch import Signal

event_page_panels = Signal()  # event, request → Panel
my_page_panels = Signal()  # attendee, request → Panel
badge_opened = Signal()  # badge, request → an answer to show
desk_alerts = Signal()  # request → Panel
publish_checks = Signal()  # event → what is missing
demo_parts = Signal()  # the demo's settings → what was made
doctor_checks = Signal()  # → Finding
invariants = Signal()  # → Invariant
readiness = Signal()  # → Part


@dataclass(frozen=True)
class Panel:
    """A part of a page: its template, what the template reads, and its place (light rises)."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    weight: int = 50


def alert(number: int, text: str, url: str, *, weight: int = 50, tone: str = "warning") -> Panel | None:
    """One line of "what needs me?" on the desk; None when there is nothing. `tone` is info, warning or bad."""
    return Panel("admin/_alert.html", {"number": number, "text": text, "url": url, "tone": tone}, weight) if number else None


@dataclass(frozen=True)
class Finding:
    """What `doctor` says about one thing. `level` is ok, hint, warning or problem; `fix` says what to do."""

    name: str
    level: str
    text: str
    fix: str = ""


@dataclass(frozen=True)
class Invariant:
    """A promise, and the rows that break it (plain data; ids, no names of people)."""

    name: str
    promise: str
    broken: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """One line of `/readyz`: what it is, whether it does its work, and figures."""

    name: str
    ok: bool
    detail: dict[str, Any] = field(default_factory=dict)


def collect(signal: Signal, sender: Any = None, **kwargs: Any) -> list[Any]:
    """Every answer to the question, in order of weight, else as they came. A receiver's exception is the asker's."""
    answers = [answer for _receiver, given in signal.send(sender=sender, **kwargs) for answer in as_list(given)]
    return sorted(answers, key=weight_of)


def as_list(given: Any) -> Iterable[Any]:
    if given is None:
        return []
    return given if isinstance(given, (list, tuple)) else [given]


def weight_of(answer: Any) -> int:
    found = answer.get("weight", 50) if isinstance(answer, dict) else getattr(answer, "weight", 50)
    return int(found)
