"""URLs of a user's own pages about human access, under /settings/."""

from django.urls import path

from . import own_api, views

app_name = "humanaccess"
urlpatterns = [
    path("permissions/", views.permissions, name="permissions"),
    path("permissions/<slug:reference>/", views.permission, name="permission"),
    path("permissions/<slug:reference>/end/", views.end_permission, name="end_permission"),
    path("looked/", views.access_history, name="access_history"),
]
#: under /api/v1/me/
api_urls = (
    [
        path("accesses", own_api.AccessesView.as_view(), name="accesses"),
        path("approvals", own_api.ApprovalsView.as_view(), name="approvals"),
        path("approvals/<slug:reference>", own_api.ApprovalView.as_view(), name="approval"),
        path("approvals/<slug:reference>/answer", own_api.ApprovalAnswerView.as_view(), name="answer"),
    ],
    "humanaccess_api",
)
