from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from netevent.core import cache, limits
from netevent.core.errors import TooOften
from netevent.core.models import RateCount
from netevent.core.rates import Rate, parse_rate, rates
from tests.core.races import together
from tests.support import only_with_redis

DEAD_REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture(params=["database", "redis", "dead redis"])
def counting(request, settings):
    """The three ways to count; what a caller sees is the same."""
    settings.REDIS_URL = {"database": "", "dead redis": DEAD_REDIS}.get(request.param) if request.param != "redis" else only_with_redis()
    yield request.param
    cache.breaker.closed_until = 0.0


@pytest.fixture
def three(settings):
    settings.RATE_LIMITS = {"link.address": "3/h", "login.account": "3/5m", "export.user": "off"}


def counts(name: str, key: object, times: int) -> list[bool]:
    """True for each hit that got through."""
    return [passes(limits.hit, name, key) for _ in range(times)]


def passes(act, name: str, key: object) -> bool:
    try:
        act(name, key)
    except TooOften:
        return False
    return True


# --- Reading the limits ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/5m", Rate(10, 300)),
        ("3/h", Rate(3, 3600)),
        ("1000/1m", Rate(1000, 60)),
        (" 600 / min ", Rate(600, 60)),
        ("60/day", Rate(60, 86400)),
        ("5/2s", Rate(5, 2)),
        ("off", None),
    ],
)
def test_rate_is_read(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "10", "0/m", "-1/m", "5/0m", "5/y", "ten/m", "5/m/m", "5.5/m"])
def test_rate_of_another_form_is_refused(text):
    with pytest.raises(ValueError):
        parse_rate(text)


def test_rates_are_the_published_ones_with_the_overrides():
    found = rates({"login.account": "1000/1m"})
    assert found["login.account"] == Rate(1000, 60)
    assert found["link.ip"] == Rate(600, 3600)
    assert len(found) == 15


def test_star_overrides_all_that_are_not_named():
    found = rates({"*": "off", "login.ip": "5/m"})
    assert found["login.ip"] == Rate(5, 60)
    assert {rate for name, rate in found.items() if name != "login.ip"} == {None}


def test_unknown_limit_is_named():
    with pytest.raises(ValueError, match=r"login\.acount"):
        rates({"login.acount": "1/m"})


# --- Counting --------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_hit_gets_through_until_the_limit(counting, three):
    assert counts("link.address", "ada@example.org", 5) == [True, True, True, False, False]
    assert counts("link.address", "grace@example.org", 1) == [True]


@pytest.mark.django_db
def test_hit_too_often_says_when_to_come_back(counting, three):
    counts("link.address", "ada", 3)
    with pytest.raises(TooOften) as caught:
        limits.hit("link.address", "ada")
    assert (caught.value.status, caught.value.code, caught.value.limit) == (429, "too_often", "link.address")
    assert 3500 < caught.value.retry_after <= 3600


@pytest.mark.django_db
def test_guess_counts_misses_alone_and_then_looks_no_more(counting, three):
    assert [limits.guess("login.account", 7, lambda: "found") for _ in range(9)] == ["found"] * 9
    assert [limits.guess("login.account", 7, lambda: None) for _ in range(3)] == [None] * 3
    with pytest.raises(TooOften) as caught:
        limits.guess("login.account", 7, lambda: pytest.fail("looked up"))
    assert 250 < caught.value.retry_after <= 300


@pytest.mark.django_db
def test_give_back_undoes_one_count_and_never_more(counting, three):
    counts("login.account", 7, 3)
    limits.give_back("login.account", 7)
    assert counts("login.account", 7, 2) == [True, False]
    limits.give_back("login.account", "nobody")
    assert counts("login.account", "nobody", 4) == [True, True, True, False]


@pytest.mark.django_db
def test_forget_starts_afresh(counting, three):
    counts("login.account", 7, 5)
    limits.forget("login.account", 7)
    assert counts("login.account", 7, 1) == [True]


@pytest.mark.django_db
def test_limit_switched_off_lets_everything_through(three):
    assert all(counts("export.user", 1, 50))
    assert not RateCount.objects.exists()


@pytest.mark.django_db
def test_unknown_limit_is_our_mistake():
    with pytest.raises(KeyError):
        limits.hit("no.such", 1)


@pytest.mark.django_db
def test_limit_is_whole_again_when_its_time_is_over(settings, three):
    settings.REDIS_URL = ""
    counts("link.address", "ada", 5)
    RateCount.objects.update(window_start=timezone.now() - timedelta(hours=1, seconds=1))
    assert counts("link.address", "ada", 4) == [True, True, True, False]


@pytest.mark.django_db
def test_limit_in_redis_ends_with_its_time(settings):
    settings.REDIS_URL = only_with_redis()
    settings.RATE_LIMITS = {"link.address": "3/h"}
    counts("link.address", "ada", 4)
    place = limits.redis_key(limits.row_key("link.address", "ada"))
    client = cache.client(settings.REDIS_URL)
    assert 3500 < client.ttl(place) <= 3600
    client.persist(place)  # as after an expiry that was lost
    counts("link.address", "ada", 1)
    assert 3500 < client.ttl(place) <= 3600
    client.pexpire(place, 1)
    threading.Event().wait(0.02)
    assert counts("link.address", "ada", 1) == [True]


@pytest.mark.django_db
def test_no_address_of_a_person_lies_in_the_table(settings, three):
    settings.REDIS_URL = ""
    limits.hit("link.address", "ada@example.org")
    assert "ada" not in RateCount.objects.get().key


@pytest.mark.django_db
def test_reached_limit_holds_when_redis_goes_away(settings, three):
    settings.REDIS_URL = only_with_redis()
    counts("login.account", 7, 4)
    settings.REDIS_URL = DEAD_REDIS
    assert not passes(limits.hit, "login.account", 7)
    cache.breaker.closed_until = 0.0


@pytest.mark.django_db
def test_dead_redis_is_asked_once_and_then_left_alone(settings, three, monkeypatch):
    settings.REDIS_URL = DEAD_REDIS
    asked = []
    monkeypatch.setattr(limits, "count_in_redis", lambda *_args: asked.append(1) or cache.client(DEAD_REDIS).ping())
    counts("link.address", "ada", 10)
    assert len(asked) == 1
    cache.breaker.closed_until = 0.0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_parallel_hits_let_exactly_the_limit_through(counting, settings):
    settings.RATE_LIMITS = {"link.address": "5/h"}
    answers = together(24, lambda _n: limits.hit("link.address", "ada"))
    assert sum(answer is None for answer in answers) == 5
    assert sum(isinstance(answer, TooOften) for answer in answers) == 19


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_are_looked_up_no_more_often_than_the_limit(counting, settings):
    settings.RATE_LIMITS = {"link.address": "5/h"}
    looked: list[int] = []
    together(24, lambda n: limits.guess("link.address", "ada", lambda: looked.append(n)))
    assert len(looked) == 5


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_look_then_write_would_let_more_through(settings, three):
    """The twin without the one statement: reading and writing apart loses counts, so the test above is known to bite."""
    settings.REDIS_URL = ""
    place = limits.row_key("link.address", "ada")
    limits.hit("link.address", "ada")

    def look_then_write(_n: int) -> int:
        seen = RateCount.objects.get(key=place).count
        threading.Event().wait(0.05)
        RateCount.objects.filter(key=place).update(count=seen + 1)
        return seen + 1

    together(16, look_then_write)
    assert RateCount.objects.get(key=place).count < 17


@pytest.mark.django_db
def test_purge_drops_what_no_limit_reads(settings, three):
    settings.REDIS_URL = ""
    limits.hit("link.address", "old")
    RateCount.objects.update(window_start=timezone.now() - timedelta(days=2))
    limits.hit("link.address", "new")
    assert limits.purge() == 1
    assert RateCount.objects.count() == 1


# --- Who is counted --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("hops", "forwarded", "remote", "seen"),
    [
        (0, "6.6.6.6", "10.0.0.1", "10.0.0.1"),
        (1, "6.6.6.6, 9.9.9.9", "10.0.0.1", "9.9.9.9"),
        (2, "6.6.6.6, 9.9.9.9, 10.0.0.2", "10.0.0.1", "9.9.9.9"),
        (2, "9.9.9.9", "10.0.0.1", "10.0.0.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (1, "nonsense", "10.0.0.1", "10.0.0.1"),
        (1, "9.9.9.9:4711", "10.0.0.1", "9.9.9.9"),
        (1, "[2001:db8:1:2:3::4]:443", "10.0.0.1", "2001:db8:1:2::/64"),
        (0, "", "2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        (0, "", "::ffff:9.9.9.9", "9.9.9.9"),
        (0, "", "fe80::1%eth0", "fe80::/64"),
        (0, "", "", ""),
    ],
)
def test_client_address_believes_only_our_own_proxies(settings, hops, forwarded, remote, seen):
    settings.TRUSTED_PROXY_COUNT = hops
    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers={"x-forwarded-for": forwarded} if forwarded else {})
    assert limits.client_address(request) == seen
