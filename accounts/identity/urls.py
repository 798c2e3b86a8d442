"""Addresses of the identity pages, under /settings/."""

from django.urls import path

from .stepup_views import step_up

urlpatterns = [
    path("step-up/", step_up, name="settings_step_up"),
]
