"""What events announce to the apps above them. Collecting signals are joined by `netevent.core.signals.collect`."""

from django.dispatch import Signal

event_created = Signal()  # event, source
event_changed = Signal()  # event, user, source
event_called_off = Signal()  # event, user, source; in the transaction that calls it off
event_moved = Signal()  # event, before (the old starts_at and ends_at), reasons, asks_again, user, source
calling_off_asked = Signal()  # collecting: event, user; answers sentences that say what calling off does
moving_asked = Signal()  # collecting: event, user; answers sentences that say whom a new date concerns
organiser_requested = Signal()  # organiser, user
organiser_granted = Signal()  # organiser, by
places_asked = Signal()  # collecting: events; answers {event id: PlacesShown}
full_events_asked = Signal()  # collecting: answers a queryset of the keys of events without a free place
