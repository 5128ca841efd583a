"""What is true of an event before anyone registers."""

from events.models.event import AttendeeType, Event, EventClub, EventQuerySet, EventTag, Visibility
from events.models.organiser import Organiser, OrganiserMember
from events.models.search import EventSearch
from events.models.shelf import Club, ClubMember, EventType, Room, StatedPreference, Tag, Venue
from events.models.team import Role, TeamMember

__all__ = [
    "AttendeeType",
    "Club",
    "ClubMember",
    "Event",
    "EventClub",
    "EventQuerySet",
    "EventSearch",
    "EventTag",
    "EventType",
    "Organiser",
    "OrganiserMember",
    "Role",
    "Room",
    "StatedPreference",
    "Tag",
    "TeamMember",
    "Venue",
    "Visibility",
]
