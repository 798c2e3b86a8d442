"""Addresses of the identity pages, under /settings/."""

from django.urls import path

from . import stepup_views, views

urlpatterns = [
    path("", views.overview, name="settings_overview"),
    path("step-up/", stepup_views.step_up, name="settings_step_up"),
]
