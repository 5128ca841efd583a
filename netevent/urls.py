"""Every address of NetEvent, gathered from the apps."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from netevent.core.accents import accents

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("accents.css", accents, name="accents"),
    path("", include("allauth.urls")),
]
