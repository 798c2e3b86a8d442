"""URLs of a user's requests, under /settings/privacy/."""

from django.urls import path

from . import filing_views, package_views, views

app_name = "rights"
urlpatterns = [
    path("", views.privacy, name="privacy"),
    path("marks/<uuid:mark>/lift/", views.lift, name="lift"),
    path("requests/new/<slug:kind>/", filing_views.new_request, name="new_request"),
    path("requests/<slug:reference>/", views.request_detail, name="request"),
    path("requests/<slug:reference>/confirmation/", filing_views.confirmation, name="confirmation"),
    path("requests/<slug:reference>/progress/", views.request_progress, name="request_progress"),
    path("requests/<slug:reference>/questions/", views.questions, name="questions"),
    path("requests/<slug:reference>/withdraw/", views.withdraw, name="withdraw"),
    path("requests/<slug:reference>/package/", package_views.package, name="package"),
]
