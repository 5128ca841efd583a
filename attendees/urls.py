from django.urls import path

from attendees.views import badges, personal, public

app_name = "attendees"
urlpatterns = [
    path("event/register/<str:code>", public.register, name="register"),
    path("event/register/<str:code>/done", public.registered, name="registered"),
    path("event/<str:code>/payment", personal.payment, name="payment"),
    path("register/attendee/<str:code>", public.register_with_account, name="register-with-account"),
    path("attendee/request-link", personal.request_link, name="request-link"),
    path("attendee/personal/<str:token>", personal.personal, name="personal"),
    path("attendee/dashboard", personal.dashboard, name="dashboard"),
    path("attendee/profile", personal.profile, name="profile"),
    path("attendee/event/attendance", personal.attendance, name="attendance"),
    path("attendee/cancel", personal.cancel, name="cancel"),
    path("attendee/badge/download", badges.badge_download, name="badge-download"),
    path("attendee/calendar.ics", personal.calendar, name="calendar"),
    path("attendee/photo", personal.later),
    path("attendee/breakout-sessions", personal.later),
    path("attendee/scan", personal.later),
    path("attendee/connection-requests", personal.later),
    path("attendee/people", personal.later),
    path("attendee/contacts", personal.later),
    path("appointments", personal.later),
    path("c/<str:token>", badges.badge_opened, name="badge-opened"),
]
