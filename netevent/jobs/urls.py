"""Addresses of jobs."""

from django.urls import path

from netevent.jobs import views

app_name = "jobs"
urlpatterns = [
    path("jobs/<int:job_id>/", views.detail, name="detail"),
    path("jobs/<int:job_id>/status", views.status, name="status"),
    path("jobs/<int:job_id>/file", views.file, name="file"),
    path("jobs/<int:job_id>/cancel", views.cancel, name="cancel"),
    path("jobs/<int:job_id>/retry", views.retry, name="retry"),
]
