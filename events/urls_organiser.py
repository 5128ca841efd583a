from django.urls import path

from events.views import organiser

app_name = "organiser"
urlpatterns = [
    path("organizer/dashboard", organiser.dashboard, name="dashboard"),
    path("organizer/event/create", organiser.create, name="event-create"),
    path("organizer/event/<int:event_id>/edit", organiser.edit, name="event-edit"),
    path("organizer/event/<int:event_id>/attendee-types", organiser.attendee_types, name="attendee-types"),
    path("organizer/event/<int:event_id>/staff", organiser.staff, name="staff"),
]
