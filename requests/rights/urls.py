"""Addresses of a user's requests, under /settings/privacy/."""

from django.urls import path

from . import package_views, views

urlpatterns = [
    path("", views.privacy, name="settings_privacy"),
    path("requests/new/<slug:kind>/", views.new_request, name="settings_request_new"),
    path("requests/<slug:reference>/", views.request_detail, name="settings_request"),
    path("requests/<slug:reference>/progress/", views.request_progress, name="settings_request_progress"),
    path("requests/<slug:reference>/withdraw/", views.withdraw, name="settings_request_withdraw"),
    path("requests/<slug:reference>/package/", package_views.package, name="settings_request_package"),
]
