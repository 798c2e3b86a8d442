"""Addresses under /settings/connections/."""

from django.urls import path

from .views import connections

app_name = "connections"
urlpatterns = [path("", connections, name="connections")]
