"""What attendees announce to the apps above them."""

from django.dispatch import Signal

registration_changed = Signal()  # attendee, step
place_freed = Signal()  # event
attendee_scanned = Signal()  # check_in
