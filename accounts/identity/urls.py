"""Addresses of the identity pages, under /settings/."""

from django.urls import path

from . import receipt_views, stepup_views, views

urlpatterns = [
    path("", views.overview, name="settings_overview"),
    path("profile/", views.profile, name="settings_profile"),
    path("security/", views.security, name="settings_security"),
    path("security/second-factor/", views.second_factor, name="settings_second_factor"),
    path("security/sessions/end/", views.end_other_sessions, name="settings_end_other_sessions"),
    path("security/sessions/<int:session_id>/end/", views.end_session, name="settings_end_session"),
    path("receipts/<uuid:entry_id>/", receipt_views.receipt, name="settings_receipt"),
    path("step-up/", stepup_views.step_up, name="settings_step_up"),
]
