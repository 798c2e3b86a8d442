"""Addresses of invitations, under /accounts/invitation/."""

from django.urls import path

from . import invitation_views

app_name = "invitation"
urlpatterns = [
    path("", invitation_views.invitation, name="invitation"),
    path("<str:token>/", invitation_views.invitation_link, name="link"),
]
