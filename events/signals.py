"""What events announce to the apps above them. Collecting signals are joined by `netevent.core.signals.collect`."""

from django.dispatch import Signal

event_created = Signal()  # event, source
event_changed = Signal()  # event, user, source
organiser_requested = Signal()  # organiser, user
organiser_granted = Signal()  # organiser, by
places_asked = Signal()  # collecting: events; answers {event id: PlacesShown}
