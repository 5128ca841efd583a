from django.urls import path

from attendees.views import organiser

app_name = "organiser-people"
urlpatterns = [
    path("organizer/event/<int:event_id>/attendees/batch-assign-type", organiser.batch_assign_type, name="batch-assign-type"),
    path("organizer/event/<int:event_id>/checkin/<int:attendee_id>", organiser.check_in_attendee, name="check-in"),
    path("organizer/event/<int:event_id>/badges/rectangular/download", organiser.badges, name="badges"),
    path("organizer/event/<int:event_id>/attendees/excel/download", organiser.excel_download, name="excel"),
]
