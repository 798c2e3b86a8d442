"""Addresses of the inbox, under /settings/letters/."""

from django.urls import path

from . import views

app_name = "inbox"
urlpatterns = [
    path("", views.letters, name="letters"),
    path("<uuid:letter_id>/", views.letter, name="letter"),
]
