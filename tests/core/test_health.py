from __future__ import annotations

import time

import pytest
from django.core.cache import caches
from django.db import OperationalError

from netevent.core import cache, health, tasks
from netevent.core.signals import Part, readiness
from tests.support import only_with_redis


@pytest.fixture
def worker_alive():
    tasks.heartbeat()


@pytest.mark.django_db
def test_healthz_asks_nothing(client, django_assert_num_queries):
    client.get("/healthz")
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_names_every_part(client, worker_alive):
    answer = client.get("/readyz")
    body = answer.json()
    assert (answer.status_code, body["ready"]) == (200, True), body
    assert {"database", "cache", "broker", "worker", "disk"} <= body["parts"].keys()


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [None, 61])
def test_readyz_misses_a_silent_worker(client, seconds):
    caches["default"].delete(health.HEARTBEAT)
    if seconds:
        caches["default"].set(health.HEARTBEAT, time.time() - seconds)
    answer = client.get("/readyz")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["parts"]["worker"] == {"ok": False, "seconds_ago": seconds}


@pytest.mark.django_db
def test_readyz_without_a_database_says_so_and_asks_no_app(client, worker_alive, monkeypatch):
    def away() -> Part:
        raise OperationalError("connection refused to host db.internal")

    asked = []
    monkeypatch.setattr(health, "database", away)
    receiver = lambda **_kwargs: asked.append(1)  # noqa: E731
    readiness.connect(receiver)
    answer = client.get("/readyz")
    readiness.disconnect(receiver)
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == {"ok": False, "error": "OperationalError"}
    assert "db.internal" not in answer.content.decode()
    assert not asked


@pytest.mark.django_db
def test_apps_add_their_own_parts(client, worker_alive):
    def outbox(**kwargs: object) -> Part:
        return Part("backlog", False, {"waiting": 9000})

    readiness.connect(outbox)
    answer = client.get("/readyz")
    readiness.disconnect(outbox)
    assert answer.status_code == 503
    assert answer.json()["parts"]["backlog"] == {"ok": False, "waiting": 9000}


@pytest.mark.django_db
def test_full_disk_is_not_ready(monkeypatch, client, worker_alive):
    monkeypatch.setattr(health, "LEAST_FREE_MB", 10**9)
    assert client.get("/readyz").json()["parts"]["disk"]["ok"] is False


@pytest.mark.django_db
def test_redis_that_answers_is_ready_and_one_that_does_not_is_named(settings):
    settings.REDIS_URL = only_with_redis()
    assert health.broker() == Part("broker", True, {"kind": "redis"})
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert health.tried("broker", health.broker).ok is False


def test_shared_cache_without_redis_is_an_empty_cache():
    steady = cache.SteadyRedisCache("redis://127.0.0.1:1/0", {})
    started = time.monotonic()
    steady.set("a", 1)
    assert steady.get("a", "nothing") == "nothing"
    assert steady.get_many(["a"]) == {}
    assert steady.add("a", 1) is True
    assert steady.has_key("a") is False
    assert steady.incr("a") == 1
    assert steady.touch("a") is False
    steady.set_many({"a": 1})
    steady.delete_many(["a"])
    assert time.monotonic() - started < 2
    cache.breaker.closed_until = 0.0


def test_shared_cache_with_redis_keeps_values(settings):
    steady = cache.SteadyRedisCache(only_with_redis(), {"KEY_PREFIX": settings.REDIS_PREFIX})
    steady.set("a", {"b": 1})
    assert steady.get("a") == {"b": 1}
    assert steady.delete("a") is True
