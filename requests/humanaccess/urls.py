"""Addresses of a user's own pages about looks, under /settings/."""

from django.urls import path

from . import views

urlpatterns = [
    path("permissions/", views.permissions, name="settings_permissions"),
    path("permissions/<slug:reference>/", views.permission, name="settings_permission"),
    path("permissions/<slug:reference>/end/", views.end_permission, name="settings_permission_end"),
    path("looked/", views.looked, name="settings_looked"),
]
