from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from netevent.core import doctor, tasks
from netevent.core.signals import Finding, Invariant, Panel, collect, doctor_checks, event_page_panels, invariants

pytestmark = pytest.mark.django_db


def run(capsys, *words: str) -> tuple[str, int]:
    try:
        call_command(*words)
    except SystemExit as ended:
        return capsys.readouterr().out, int(ended.code or 0)
    return capsys.readouterr().out, 0


@pytest.fixture
def broken_promise():
    def ask(**kwargs: object) -> list[Invariant]:
        return [
            Invariant("stock", "Stock is never negative", []),
            Invariant("capacity", "No event above capacity", [{"event": 7, "held": 51}]),
        ]

    invariants.connect(ask)
    yield
    invariants.disconnect(ask)


@pytest.fixture
def in_order(django_user_model):
    """A worker is alive and somebody may open the desk."""
    tasks.heartbeat()
    django_user_model.objects.create_superuser(email="root@example.org")


def test_doctor_finds_a_healthy_house_healthy(capsys, in_order):
    out, code = run(capsys, "doctor")
    assert code == 0, out
    for name in ("environment", "database", "migrations", "worker", "disk", "mail", "limits"):
        assert f" {name}: " in out


def test_doctor_says_how_to_mend_a_silent_worker(capsys):
    out, code = run(capsys, "doctor", "--json")
    found = {each["name"]: each for each in json.loads(out)}
    assert code == 1
    assert found["worker"]["level"] == "problem"
    assert "manage.py background" in found["worker"]["fix"]


def test_doctor_hears_the_apps(capsys, in_order):
    def mail_waits(**kwargs: object) -> Finding:
        return Finding("outbox", "warning", "9 messages wait", "Look at the mail server.")

    doctor_checks.connect(mail_waits)
    out, code = run(capsys, "doctor")
    doctor_checks.disconnect(mail_waits)
    assert "warning  outbox: 9 messages wait\n          → Look at the mail server." in out
    assert code == 0


def test_doctor_does_not_fall_ill(monkeypatch):
    def fails() -> None:
        raise RuntimeError("no such folder")

    assert doctor.tried(fails) == [Finding("fails", "problem", "could not be examined: RuntimeError: no such folder", "Look at the log.")]


def test_doctor_names_what_production_lacks(settings, django_user_model):
    settings.IS_PRODUCTION = True
    settings.NETEVENT_ENV = "production"
    settings.RATE_LIMITS = {"login.ip": "off"}
    django_user_model.objects.create_user(email="ada@demo.netevent.test")
    names = {(finding.name, finding.level) for finding in doctor.findings()}
    assert {("demo accounts", "problem"), ("mail", "problem"), ("limits", "warning")} <= names


def test_audit_names_the_rows_that_break_a_promise(capsys, broken_promise):
    out, code = run(capsys, "audit_invariants")
    assert code == 1
    assert "BROKEN  capacity: No event above capacity\n        event=7, held=51" in out
    out, code = run(capsys, "audit_invariants", "--json")
    assert code == 1
    assert {
        "name": "capacity",
        "promise": "No event above capacity",
        "broken": [{"event": 7, "held": 51}],
    } in json.loads(out)["invariants"]
    assert json.loads(out)["holds"] is False


def test_audit_of_a_house_in_order_ends_well(capsys):
    out, code = run(capsys, "audit_invariants", "--json")
    assert (code, json.loads(out)["holds"]) == (0, True)


def test_collect_joins_answers_by_weight():
    receivers = [
        lambda **_kw: Panel("late", weight=90),
        lambda **_kw: None,
        lambda **_kw: [Panel("early", weight=1), Panel("middle")],
    ]
    for receiver in receivers:
        event_page_panels.connect(receiver, sender=collect)
    assert [panel.template for panel in collect(event_page_panels, sender=collect)] == ["early", "middle", "late"]
    for receiver in receivers:
        event_page_panels.disconnect(receiver, sender=collect)


def test_purge_task_is_harmless_when_there_is_nothing():
    tasks.purge()
    tasks.purge()
