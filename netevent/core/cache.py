"""Redis that may go away: short time-outs, and after a failure nobody asks it again for some seconds."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import redis
from django.conf import settings
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.core.signals import setting_changed
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger("netevent.redis")
Answer = TypeVar("Answer")

SOCKET_SECONDS = 0.3
REST_SECONDS = 5.0


class RedisAway(Exception):  # noqa: N818 -- a state of the world, not a mistake
    """Redis did not answer, or is resting after it did not."""


class Breaker:
    """Lets calls through until one fails; then refuses at once for `REST_SECONDS`, so that a dead Redis slows no page."""

    def __init__(self) -> None:
        self.closed_until = 0.0

    def call(self, act: Callable[..., Answer], *args: Any) -> Answer:
        """What the act answers.

        Raises:
            RedisAway: at once while it rests, else after at most two time-outs.
        """
        if self.closed_until > time.monotonic():
            raise RedisAway("Redis rests after a failure")
        try:
            return act(*args)
        except (redis.RedisError, OSError) as error:
            self.closed_until = time.monotonic() + REST_SECONDS
            log.warning("Redis does not answer (%s): going on without it", type(error).__name__)
            raise RedisAway(str(error)) from error


breaker = Breaker()


def try_again(*, setting: str, **_kwargs: Any) -> None:
    if setting == "REDIS_URL":
        breaker.closed_until = 0.0


setting_changed.connect(try_again)


def connection_options() -> dict[str, Any]:
    """One quiet second try: a connection of the pool may be older than the server's last restart."""
    return {"socket_timeout": SOCKET_SECONDS, "socket_connect_timeout": SOCKET_SECONDS, "retry": Retry(NoBackoff(), 1)}


@cache
def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, **connection_options())


def ask(act: Callable[[redis.Redis], Answer]) -> Answer:
    """Run an act on the configured Redis.

    Raises:
        RedisAway: there is none, or it does not answer.
    """
    if not settings.REDIS_URL:
        raise RedisAway("no REDIS_URL")
    return breaker.call(act, client(settings.REDIS_URL))


class SteadyClient(RedisCacheClient):
    """Django's client; while Redis is away it knows nothing and keeps nothing, as an empty cache would."""

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return self.steady(True, super().add, key, value, timeout)

    def get(self, key: Any, default: Any) -> Any:
        return self.steady(default, super().get, key, default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        self.steady(None, super().set, key, value, timeout)

    def touch(self, key: Any, timeout: Any) -> bool:
        return self.steady(False, super().touch, key, timeout)

    def delete(self, key: Any) -> bool:
        return self.steady(False, super().delete, key)

    def get_many(self, keys: Any) -> Any:
        nothing: dict[Any, Any] = {}
        return self.steady(nothing, super().get_many, keys)

    def has_key(self, key: Any) -> bool:
        return self.steady(False, super().has_key, key)

    def incr(self, key: Any, delta: int) -> int:
        return self.steady(delta, super().incr, key, delta)

    def set_many(self, data: Any, timeout: Any) -> None:
        self.steady(None, super().set_many, data, timeout)

    def delete_many(self, keys: Any) -> None:
        self.steady(None, super().delete_many, keys)

    def steady(self, instead: Answer, act: Callable[..., Answer], *args: Any) -> Answer:
        try:
            return breaker.call(act, *args)
        except RedisAway:
            return instead


class SteadyRedisCache(RedisCache):
    """The shared cache. A value that can't be read is a miss: who needs more than a cache asks the database."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, {**params, "OPTIONS": {**connection_options(), **params.get("OPTIONS", {})}})
        self._class = SteadyClient
