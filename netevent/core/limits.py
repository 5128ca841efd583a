"""How often something may happen, counted where all processes see it.

Redis counts when there is one, in one script; else, or while it does not answer, one statement in the database does. A limit
counts from the first hit and is whole again when its time is over. A limit that was reached is noted in the database too, so
that it still holds when Redis goes away. Keys are kept as keyed digests: no address of a person lies in a table of counts.

Count outside a transaction: what is rolled back was never counted.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import redis
from django.conf import settings
from django.core.signals import setting_changed
from django.db import connection, models
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from netevent.core.cache import RedisAway, ask
from netevent.core.errors import TooOften
from netevent.core.models import RateCount
from netevent.core.rates import Rate, rates

Answer = TypeVar("Answer")
COUNT_ONE = """
local n = redis.call('INCR', KEYS[1])
if n == 1 or redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('PTTL', KEYS[1])}
"""
TAKE_ONE = "if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then return redis.call('DECR', KEYS[1]) end return 0"
UPSERT = """
INSERT INTO {table} (key, window_start, count) VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN {table}.window_start <= %(cutoff)s THEN 1 ELSE {table}.count + 1 END,
    window_start = CASE WHEN {table}.window_start <= %(cutoff)s THEN excluded.window_start ELSE {table}.window_start END
RETURNING count
"""


def hit(name: str, key: object) -> None:
    """Count one; every hit counts, also the refused ones.

    Raises:
        TooOften: this was one too many.
    """
    rate = rate_of(name)
    if rate is None:
        return
    count, wait = count_one(row_key(name, key), rate)
    if count > rate.count:
        raise TooOften(name, wait)


def guess(name: str, key: object, look: Callable[[], Answer]) -> Answer:
    """Look up what a stranger may be guessing; only misses stay counted, so a venue full of people behind one address gets in.

    Counted before the look and given back after a find: tries made at the same moment can't slip through together.

    Raises:
        TooOften: too many misses; nothing was looked up.
    """
    hit(name, key)
    answer = look()
    if answer:
        give_back(name, key)
    return answer


def give_back(name: str, key: object) -> None:
    """Take one count back, because what was counted did not fail after all."""
    if rate_of(name) is None:
        return
    place = row_key(name, key)
    try:
        ask(lambda client: client.eval(TAKE_ONE, 1, redis_key(place)))
    except RedisAway:
        RateCount.objects.filter(key=place, count__gt=0).update(count=F("count") - 1)


def forget(name: str, key: object) -> None:
    """Start afresh, as after a password reset."""
    place = row_key(name, key)
    RateCount.objects.filter(key=place).delete()
    with contextlib.suppress(RedisAway):
        ask(lambda client: client.delete(redis_key(place)))


# --- Who is counted --------------------------------------------------------------------------------------------------------
def client_address(request: HttpRequest) -> str:
    """The address the request came from, as seen by the outermost of our own proxies; whole /64 networks of IPv6 count as one.

    Without TRUSTED_PROXY_COUNT the header is not looked at: anybody can write it.
    """
    return network_of(forwarded_for(request) or request.META.get("REMOTE_ADDR", ""))


def forwarded_for(request: HttpRequest) -> str:
    hops = settings.TRUSTED_PROXY_COUNT
    named = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")] if hops else []
    return named[-hops] if 0 < hops <= len(named) and is_address(named[-hops]) else ""


def is_address(text: str) -> bool:
    return bool(network_of(text))


def network_of(text: str) -> str:
    try:
        address = ipaddress.ip_address(without_port(text).partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


def without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


# --- Counting --------------------------------------------------------------------------------------------------------------
@cache
def all_rates() -> dict[str, Rate | None]:
    return rates(settings.RATE_LIMITS)


@cache
def seal() -> bytes:
    return hashlib.sha256(b"netevent.limits" + settings.SECRET_KEY.encode()).digest()


def read_settings_again(**_kwargs: object) -> None:
    all_rates.cache_clear()
    seal.cache_clear()


setting_changed.connect(read_settings_again)


def rate_of(name: str) -> Rate | None:
    """The limit of this name, None when it is switched off; an unknown name is our mistake, hence KeyError."""
    return all_rates()[name]


def row_key(name: str, key: object) -> str:
    digest = hashlib.blake2b(str(key).encode("utf-8", "surrogatepass"), digest_size=16, key=seal()).hexdigest()
    return f"{name}:{digest}"


def redis_key(place: str) -> str:
    return f"{settings.REDIS_PREFIX}:limit:{place}"


def count_one(place: str, rate: Rate) -> tuple[int, int]:
    """The count with this one in it, and the seconds until it starts afresh."""
    try:
        count, milliseconds = ask(lambda client: count_in_redis(client, place, rate))
    except RedisAway:
        count = count_in_database(place, rate)
        return count, wait_in_database(place, rate) if count > rate.count else rate.seconds
    if count == rate.count:
        note_reached(place, rate, timedelta(milliseconds=milliseconds))
    return count, math.ceil(milliseconds / 1000)


def count_in_redis(client: redis.Redis, place: str, rate: Rate) -> tuple[int, int]:
    count, milliseconds = client.eval(COUNT_ONE, 1, redis_key(place), str(rate.seconds * 1000))
    return int(count), int(milliseconds)


def count_in_database(place: str, rate: Rate) -> int:
    now = timezone.now()
    values: dict[str, Any] = {"key": place, "now": moment(now), "cutoff": moment(now - timedelta(seconds=rate.seconds))}
    with connection.cursor() as cursor:
        cursor.execute(UPSERT.format(table=connection.ops.quote_name(RateCount._meta.db_table)), values)
        return int(cursor.fetchone()[0])


def moment(at: datetime) -> Any:
    """As the backend wants it outside the ORM."""
    return connection.ops.adapt_datetimefield_value(at)


def wait_in_database(place: str, rate: Rate) -> int:
    return look_in_database(place, rate)[1]


def note_reached(place: str, rate: Rate, left: timedelta) -> None:
    """Once per limit and window: what Redis counted full stays full when Redis goes away."""
    started = timezone.now() + left - timedelta(seconds=rate.seconds)
    RateCount.objects.update_or_create(key=place, defaults={"window_start": started, "count": rate.count})


def look_in_database(place: str, rate: Rate) -> tuple[int, int]:
    since = timezone.now() - timedelta(seconds=rate.seconds)
    row = RateCount.objects.filter(key=place, window_start__gt=since).values_list("count", "window_start").first()
    return (row[0], math.ceil((row[1] - since).total_seconds())) if row else (0, 0)


def purge() -> int:
    """Drop the counts that no limit reads any more."""
    longest = max((rate.seconds for rate in all_rates().values() if rate), default=0)
    old = models.Q(window_start__lt=timezone.now() - timedelta(seconds=longest))
    return RateCount.objects.filter(old).delete()[0]
