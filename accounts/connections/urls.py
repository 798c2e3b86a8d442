"""Addresses under /settings/connections/."""

from django.urls import path

from . import views

app_name = "connections"
urlpatterns = [
    path("", views.connections, name="connections"),
    path("google/consent/", views.request_google, name="request_google"),
    path("google/consent/<uuid:automation>/", views.request_google, name="request_google"),
    path("google/callback/", views.google_callback, name="google_callback"),
    path("google/end/", views.end_google, name="end_google"),
    path("google/end/<uuid:automation>/", views.withhold, name="withhold"),
]
