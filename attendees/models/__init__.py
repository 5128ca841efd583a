"""One person's place and time at one event."""

from attendees.models.attendee import HOLDING, AttendanceStatus, Attendee, AttendeeQuerySet, RegistrationStep, Status
from attendees.models.badge import AttendeeToken, Badge, Purpose
from attendees.models.check_in import Answer, CheckIn, Checkpoint

__all__ = [
    "HOLDING",
    "Answer",
    "AttendanceStatus",
    "Attendee",
    "AttendeeQuerySet",
    "AttendeeToken",
    "Badge",
    "CheckIn",
    "Checkpoint",
    "Purpose",
    "RegistrationStep",
    "Status",
]
