"""The addresses of the log's API, under /api/v1/audit/."""

from django.urls import path

from .proof_api import ConsistencyView, InclusionView
from .pull_api import EntriesView

urlpatterns = [
    path("entries", EntriesView.as_view(), name="api_audit_entries"),
    path("proofs/consistency", ConsistencyView.as_view(), name="api_audit_consistency"),
    path("proofs/inclusion", InclusionView.as_view(), name="api_audit_inclusion"),
]
