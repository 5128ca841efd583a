"""What events announce to the apps above them. Collecting signals are joined by `netevent.core.signals.collect`."""

from django.dispatch import Signal

event_created = Signal()  # event, source
event_changed = Signal()  # event, user, source
organiser_requested = Signal()  # organiser, user
organiser_granted = Signal()  # organiser, by
capacity_checks = Signal()  # collecting: event; answers `(held_in_all, {type_id: held})`, so that a limit isn't set below what is held
