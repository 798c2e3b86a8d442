"""URLs of a user's requests, under /settings/privacy/, and of their log, under /settings/log/."""

from django.urls import path

from . import api, filing_views, log_views, package_views, staff_api, views

app_name = "rights"
urlpatterns = [
    path("", views.privacy, name="privacy"),
    path("marks/<uuid:mark>/lift/", views.lift, name="lift"),
    path("requests/new/<slug:kind>/", filing_views.new_request, name="new_request"),
    path("requests/<slug:reference>/", views.request_detail, name="request"),
    path("requests/<slug:reference>/confirmation/", filing_views.confirmation, name="confirmation"),
    path("requests/<slug:reference>/progress/", views.request_progress, name="request_progress"),
    path("requests/<slug:reference>/questions/", views.questions, name="questions"),
    path("requests/<slug:reference>/identify/", views.identify, name="identify"),
    path("requests/<slug:reference>/withdraw/", views.withdraw, name="withdraw"),
    path("requests/<slug:reference>/package/", package_views.package, name="package"),
]
log_urls = (
    [
        path("", log_views.own_log, name="log"),
        *(path(name, log_views.log_file, {"name": name}, name=name) for name in log_views.FILES),
    ],
    "my_log",
)
#: under /api/v1/
api_urls = (
    [
        path("me/held", api.CategoriesView.as_view(), name="categories"),
        path("me/requests", api.OwnRequestsView.as_view(), name="requests"),
        path("me/requests/<slug:reference>", api.OwnRequestView.as_view(), name="request"),
        path("me/requests/<slug:reference>/withdraw", api.WithdrawView.as_view(), name="withdraw"),
        path("me/history", api.HistoryView.as_view(), name="history"),
        path("staff/queue", staff_api.QueueView.as_view(), name="queue"),
        path("staff/requests/<slug:reference>", staff_api.StaffRequestView.as_view(), name="staff_request"),
        path("staff/requests/<slug:reference>/<slug:act>", staff_api.StaffActView.as_view(), name="staff_act"),
    ],
    "rights_api",
)
