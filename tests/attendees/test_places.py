"""The count that gives places away, by itself."""

from __future__ import annotations

from collections import Counter

from attendees.services.places import Places
from attendees.services.set_aside import ANY

ADULT, CHILD = 1, 2


def test_what_is_set_aside_for_a_type_is_held_there_and_in_the_event():
    places = Places(5, {ADULT: 3, CHILD: None}, held=Counter({ADULT: 1}), set_aside=Counter({ADULT: 2}))

    assert [places.left(), places.left(ADULT), places.left(CHILD)] == [2, 0, 2]
    assert [places.has_room(ADULT), places.has_room(CHILD)] == [False, True]
    assert not places.type_has_place(ADULT)
    assert [places.taken(), places.taken(ADULT), places.taken(CHILD)] == [3, 3, 0]


def test_what_is_set_aside_for_any_type_is_held_in_the_event_alone():
    places = Places(3, {ADULT: 2, CHILD: 2}, held=Counter({ADULT: 1}), set_aside=Counter({ANY: 2}))

    assert [places.left(), places.left(ADULT)] == [0, 0]
    assert places.type_has_place(ADULT)
    assert not places.has_room(CHILD)


def test_who_waits_and_what_is_set_aside_keep_newcomers_out_together():
    places = Places(4, {ADULT: None}, held=Counter({ADULT: 1}), waiting=Counter({ADULT: 1}), set_aside=Counter({ADULT: 1}))

    assert places.has_room(ADULT)
    places.set_aside[ADULT] += 1
    assert not places.has_room(ADULT)
