"""The public addresses of the terms, under /policy/."""

from django.urls import path

from . import views

app_name = "terms"
urlpatterns = [
    path("", views.policy, name="policy"),
    path("processors/", views.processors, name="processors"),
    path("<slug:day>/<slug:language>/", views.policy_version, name="policy_version"),
]
