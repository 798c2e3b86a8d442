"""Addresses of the inbox, under /settings/letters/."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.letters, name="settings_letters"),
    path("<uuid:letter_id>/", views.letter, name="settings_letter"),
]
