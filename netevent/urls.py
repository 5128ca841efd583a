"""Every address of NetEvent, gathered from the apps."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from netevent.api import api
from netevent.core.accents import accents

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("accents.css", accents, name="accents"),
    path("api/v1/", api.urls),
    path("", include("netevent.core.urls")),
    path("", include("attendees.urls")),
    path("", include("events.urls")),
    path("", include("attendees.urls_staff")),
    path("", include("events.urls_organiser")),
    path("", include("attendees.urls_organiser")),
    path("", include("netevent.accounts.urls")),
    path("", include("netevent.jobs.urls")),
]

handler400 = "netevent.core.refusals.bad_request"
handler403 = "netevent.core.refusals.forbidden"
handler404 = "netevent.core.refusals.not_found"
handler500 = "netevent.core.refusals.server_error"
