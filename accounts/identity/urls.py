"""Addresses of the identity pages, of invitations, and of the API for people's own programs."""

from django.urls import path

from . import invitation_views, token_views, views
from .api import UserTokenView
from .step_up import views as step_up_views

app_name = "identity"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("profile/", views.profile, name="profile"),
    path("security/", views.security, name="security"),
    path("security/second-factor/", views.second_factor, name="second_factor"),
    path("security/sessions/end/", views.end_other_sessions, name="end_other_sessions"),
    path("security/sessions/<int:session_id>/end/", views.end_session, name="end_session"),
    path("receipts/<uuid:entry_id>/", views.receipt, name="receipt"),
    path("tokens/", token_views.tokens, name="tokens"),
    path("tokens/new/", token_views.new_token, name="new_token"),
    path("tokens/<uuid:token_id>/end/", token_views.end_token, name="end_token"),
    path("work-mails/", views.work_mails, name="work_mails"),
    path("step-up/", step_up_views.step_up, name="step_up"),
]
invitation_urls = (
    [
        path("", invitation_views.invitation, name="invitation"),
        path("<str:token>/", invitation_views.invitation_link, name="link"),
    ],
    "invitation",
)
api_urls = ([path("token", UserTokenView.as_view(), name="token")], "identity_api")
