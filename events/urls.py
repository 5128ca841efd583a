from django.urls import path

from events.views import discovery, embed, engines, organisers, public

app_name = "events"
urlpatterns = [
    path("", public.landing, name="landing"),
    path("events/", discovery.discovery, name="list"),
    path("event/<str:code>/", public.detail, name="detail"),
    path("event/<str:code>/calendar.ics", public.calendar, name="calendar"),
    path("event/<str:code>/picture", public.picture, name="picture"),
    path("embed/events/", embed.events, name="embed"),
    path("robots.txt", engines.robots, name="robots"),
    path("sitemap.xml", engines.sitemap, name="sitemap"),
    path("sitemap-<str:section>.xml", engines.sitemap_section, name="sitemap-section"),
    path("register/organizer", organisers.register_organizer, name="register-organizer"),
]
