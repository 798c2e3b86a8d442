"""The addresses of the terms: public ones under /policy/, a person's own under /settings/policy/."""

from django.urls import path

from . import views

app_name = "terms"
urlpatterns = [
    path("", views.policy, name="policy"),
    path("processors/", views.processors, name="processors"),
    path("<slug:day>/<slug:language>/", views.policy_version, name="policy_version"),
]
own_urls = (
    [
        path("", views.own_policy, name="policy"),
        path("<uuid:version>/accept/", views.accept, name="accept"),
        path("<uuid:version>/seen/", views.seen, name="seen"),
    ],
    "own_policy",
)
