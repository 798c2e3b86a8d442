"""Addresses under /settings/connections/."""

from django.urls import path

from .views import connections

urlpatterns = [path("", connections, name="settings_connections")]
