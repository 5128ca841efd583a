from django.urls import path

from attendees.views import about_me, badges, passing_on, payment, personal, public, told, waiting

app_name = "attendees"
urlpatterns = [
    path("event/register/<str:code>", public.register, name="register"),
    path("event/register/<str:code>/done", public.registered, name="registered"),
    path("event/<str:code>/payment", payment.payment, name="payment"),
    path("payments/webhook/<str:provider>", payment.webhook, name="payment-webhook"),
    path("payments/test/<str:key>", payment.test_payment, name="test-payment"),
    path("attendee/receipt/<int:pk>", payment.receipt, name="receipt"),
    path("register/attendee/<str:code>", public.register_with_account, name="register-with-account"),
    path("attendee/request-link", personal.request_link, name="request-link"),
    path("attendee/personal/<str:token>", personal.personal, name="personal"),
    path("attendee/dashboard", personal.dashboard, name="dashboard"),
    path("signup/profile", about_me.stage_two, name="stage-two"),
    path("attendee/profile", about_me.profile, name="profile"),
    path("attendee/photo", about_me.photo, name="photo"),
    path("attendee/photo/file", about_me.photo_file, name="photo-file"),
    path("attendee/event/attendance", personal.attendance, name="attendance"),
    path("attendee/cancel", personal.cancel, name="cancel"),
    path("attendee/offer/<str:token>", waiting.offer, name="offer"),
    path("attendee/transfer", passing_on.transfer, name="transfer"),
    path("attendee/email", passing_on.change_address, name="change-address"),
    path("attendee/email/<str:token>", passing_on.new_address, name="new-address"),
    path("attendee/badge/download", badges.badge_download, name="badge-download"),
    path("attendee/calendar.ics", personal.calendar, name="calendar"),
    path("attendee/answers", told.answers, name="answers"),
    path("attendee/answers/<slug:key>/file", told.answer_file, name="answer-file"),
    path("attendee/consent", told.consent, name="consent"),
    path("attendee/breakout-sessions", personal.later),
    path("attendee/scan", personal.later),
    path("attendee/connection-requests", personal.later),
    path("attendee/people", personal.later),
    path("attendee/contacts", personal.later),
    path("appointments", personal.later),
    path("c/<str:token>", badges.badge_opened, name="badge-opened"),
]
