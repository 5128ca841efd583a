"""Six years of real replies, in the order in which they came: the waiting list keeps its promises all the way."""

from __future__ import annotations

import csv
import datetime as dt
import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.utils import timezone

from attendees.invariants import promises
from attendees.models import Attendee, Offer, RegistrationStep, Status
from attendees.services import waiting_list
from attendees.services.registration import Person, cancel_registration, register_attendee
from events.models import Event
from netevent.core.errors import DomainError
from tests.factories import first_type, make_event, make_organiser
from tests.support import need

pytestmark = [pytest.mark.e2e, pytest.mark.any_database, pytest.mark.django_db]
FOLDER = "attend_meetup_montana"
OFFER_HOURS = 24
DAY = dt.timedelta(days=1)


def moment(milliseconds: str) -> dt.datetime:
    return dt.datetime.fromtimestamp(int(milliseconds) / 1000, dt.UTC)


class Replay:
    """Acts in time order. Of three people who are offered a place, two take it at once and one never answers."""

    def __init__(self, folder: Path) -> None:
        self.replies = list(csv.DictReader((folder / "shared_rsvps_before_2015-10-31.csv").open(encoding="utf-8")))
        self.times = {row["id"]: moment(row["time"]) for row in csv.DictReader((folder / "events.csv").open(encoding="utf-8"))}
        self.now = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
        self.events: dict[str, Event] = {}
        self.ends: list[tuple[dt.datetime, str]] = []
        self.closing: set[str] = set()
        self.tally: Counter[str] = Counter()

    def make_events(self) -> None:
        """Each has half as many places as people said yes, and takes replies until the last one came."""
        yes = Counter(row["event_id"] for row in self.replies if row["response"] == "yes")
        last: dict[str, dt.datetime] = defaultdict(lambda: dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        for row in self.replies:
            last[row["event_id"]] = max(last[row["event_id"]], moment(row["mtime"]))
        organiser = make_organiser()
        for pk, at in last.items():
            start = max(self.times[pk], at + dt.timedelta(hours=1))
            end = start + dt.timedelta(hours=2)
            places = {"max_attendees": yes[pk] // 2, "offer_hours": OFFER_HOURS}
            self.events[pk] = make_event(organiser=organiser, starts_at=start, ends_at=end, name_en=pk, time_zone="UTC", **places)

    def acts(self) -> Iterator[tuple[dt.datetime, str, str, str]]:
        """When, what, which event, who."""
        for row in self.replies:
            event, who = row["event_id"], row["member_id"]
            if row["response"] == "yes":
                yield moment(row["created"]), "register", event, who
            elif int(row["mtime"]) > int(row["created"]):
                yield moment(row["created"]), "register", event, who
                yield moment(row["mtime"]), "cancel", event, who

    def play(self) -> None:
        month = None
        for at, act, event, who in sorted(self.acts()):
            self.let_time_pass(at)
            if month not in (None, at.strftime("%Y-%m")):
                self.audit(str(month))
            month = at.strftime("%Y-%m")
            getattr(self, act)(self.events[event], who)
        self.let_time_pass(self.now + 400 * DAY)
        self.audit("the end")

    def let_time_pass(self, until: dt.datetime) -> None:
        """Offers end, lists close when their events begin, and each place that is freed goes to the next."""
        while self.ends and self.ends[0][0] <= until:
            self.now, pk = heapq.heappop(self.ends)
            self.tally["ended"] += waiting_list.expire_offers()
            self.tally["closed"] += waiting_list.close_lists()
            self.offer(self.events[pk])
        self.now = max(self.now, until)

    def register(self, event: Event, who: str) -> None:
        """An event of which one person said yes has no place at all: everybody waits."""
        person = Person(who, email=f"{who}@example.org", language="en")
        try:
            state = register_attendee(attendee_type=first_type(event), person=person).state
        except DomainError as refusal:
            self.tally[refusal.code] += 1
            return
        self.tally[state] += 1
        if state == Status.WAITLISTED and event.name not in self.closing:
            self.closing.add(event.name)
            heapq.heappush(self.ends, (event.starts_at, event.name))

    def cancel(self, event: Event, who: str) -> None:
        attendee = Attendee.objects.get(event=event, email=f"{who}@example.org".lower())
        self.tally["cancelled" if cancel_registration(attendee) else "had gone"] += 1
        self.offer(event)

    def offer(self, event: Event) -> None:
        if not waiting_list.offer_freed_places(event):
            return
        for offer in Offer.objects.open().filter(attendee__event=event, created_at=self.now).order_by("pk"):
            self.tally["offered"] += 1
            self.never_overtaken(offer)
            if offer.pk % 3:
                waiting_list.accept_offer(offer)
            heapq.heappush(self.ends, (offer.expires_at, event.name))

    def never_overtaken(self, offer: Offer) -> None:
        """Nobody who came earlier still waits."""
        mine = Attendee.objects.get(pk=offer.attendee_id)
        earlier = Attendee.objects.filter(event=mine.event_id, status=Status.WAITLISTED, queue_number__lt=mine.queue_number)
        assert not earlier.exists(), f"{offer} overtook somebody"

    def audit(self, month: str) -> None:
        self.tally["audits"] += 1
        broken = [promise for promise in promises() if promise.broken]
        assert not broken, f"{month}: {broken}"


@pytest.fixture
def replay(sample_data: Path) -> Iterator[Replay]:
    folder = sample_data / FOLDER
    need(folder.is_dir(), f"{FOLDER} is not among the sample files")
    replay = Replay(folder)
    with mock.patch.object(timezone, "now", side_effect=lambda: replay.now):
        yield replay


def test_every_reply_in_time_order_breaks_no_promise_and_nobody_is_overtaken(replay: Replay) -> None:
    replay.make_events()

    replay.play()

    assert len(replay.replies) == 8588
    tally = replay.tally
    registered = tally[Status.CONFIRMED] + tally[Status.WAITLISTED]
    assert registered == 6092 + 588 == Attendee.objects.count()
    assert tally["cancelled"] + tally["had gone"] == 588
    assert tally["had gone"] <= tally["ended"]  # who let an offer end said no to it later
    assert tally["audits"] > 60
    assert tally["offered"] > 100
    assert tally["ended"] > 50
    assert not Attendee.objects.filter(status__in=(Status.WAITLISTED, Status.OFFERED)).exists()
    assert RegistrationStep.objects.filter(act="register").count() == registered
    walk_in_order()


def walk_in_order() -> None:
    """Of everybody who ever waited at an event, offers went out in the order in which they came to wait."""
    waited = RegistrationStep.objects.filter(to_state=Status.WAITLISTED).order_by("pk").values_list("event", "attendee")
    offered = RegistrationStep.objects.filter(act="offer").order_by("pk").values_list("event", "attendee")
    queue: dict[int, list[int]] = defaultdict(list)
    for event, attendee in waited:
        queue[event].append(attendee)
    given: dict[int, list[int]] = defaultdict(list)
    for event, attendee in offered:
        given[event].append(attendee)
    for event, people in given.items():
        assert people == [attendee for attendee in queue[event] if attendee in set(people)]
