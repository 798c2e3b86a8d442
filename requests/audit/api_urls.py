"""The addresses of the log's API, under /api/v1/audit/."""

from django.urls import path

from .pull_api import EntriesView

urlpatterns = [path("entries", EntriesView.as_view(), name="api_audit_entries")]
