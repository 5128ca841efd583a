"""The staff's addresses. Fixed words and numbers come first: a staff code can be neither (events.models, CodeField)."""

from django.urls import path

from attendees.views import check_in, door_money, door_questions

app_name = "staff"
urlpatterns = [
    path("staff/dashboard", check_in.dashboard, name="dashboard"),
    path("staff/<int:event_id>/dashboard", check_in.event_dashboard, name="event"),
    path("staff/<int:event_id>/checkin", check_in.check_in, name="check-in"),
    path("staff/<int:event_id>/checkin/scan", check_in.scan, name="scan"),
    path("staff/<int:event_id>/checkin/search", check_in.search, name="search"),
    path("staff/<int:event_id>/checkin/totals", check_in.totals, name="totals"),
    path("staff/<int:event_id>/checkin/undo", check_in.undo, name="undo"),
    path("staff/<int:event_id>/checkin/answers/<str:code>", door_questions.answers, name="answers"),
    path("staff/<int:event_id>/checkin/take", door_money.take, name="take"),
    path("staff/<int:event_id>/checkin/walk-in", check_in.walk_in, name="walk-in"),
    path("staff/<int:event_id>/checkin/photo/<int:attendee_id>", check_in.photo, name="photo"),
    path("staff/<int:event_id>/checkin/frame", check_in.frame, name="frame"),
    path("staff/invite/<str:token>", check_in.by_invitation, name="by-invitation"),
    path("staff/<str:staff_code>", check_in.by_staff_code, name="by-code"),
]
