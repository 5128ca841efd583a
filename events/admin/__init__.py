"""The organisers' desk: organisers, events, and what events are put together from."""

from events.admin.event import EventAdmin
from events.admin.organisers import OrganiserAdmin, OrganiserMemberAdmin
from events.admin.shelves import (
    ClubAdmin,
    ClubMemberAdmin,
    EventTypeAdmin,
    RoleAdmin,
    RoomAdmin,
    StatedPreferenceAdmin,
    TagAdmin,
    VenueAdmin,
)
from events.admin.team import TeamMemberAdmin
from events.admin.types import AttendeeTypeAdmin

__all__ = [
    "AttendeeTypeAdmin",
    "ClubAdmin",
    "ClubMemberAdmin",
    "EventAdmin",
    "EventTypeAdmin",
    "OrganiserAdmin",
    "OrganiserMemberAdmin",
    "RoleAdmin",
    "RoomAdmin",
    "StatedPreferenceAdmin",
    "TagAdmin",
    "TeamMemberAdmin",
    "VenueAdmin",
]
