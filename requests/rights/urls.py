"""URLs of a user's requests, under /settings/privacy/."""

from django.urls import path

from . import package_views, views

app_name = "rights"
urlpatterns = [
    path("", views.privacy, name="privacy"),
    path("requests/new/<slug:kind>/", views.new_request, name="new_request"),
    path("requests/<slug:reference>/", views.request_detail, name="request"),
    path("requests/<slug:reference>/progress/", views.request_progress, name="request_progress"),
    path("requests/<slug:reference>/questions/", views.questions, name="questions"),
    path("requests/<slug:reference>/withdraw/", views.withdraw, name="withdraw"),
    path("requests/<slug:reference>/package/", package_views.package, name="package"),
]
