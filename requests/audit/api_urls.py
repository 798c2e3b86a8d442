"""The addresses of the log's API, under /api/v1/audit/."""

from django.urls import path

from .export_api import ArchiveView, ExportActView, ExportsView, ExportView
from .proof_api import ConsistencyView, InclusionView
from .pull_api import EntriesView

_ONE = "exports/<uuid:export_id>"

urlpatterns = [
    path("entries", EntriesView.as_view(), name="api_audit_entries"),
    path("exports", ExportsView.as_view(), name="api_audit_exports"),
    path(_ONE, ExportView.as_view(), name="api_audit_export"),
    path(f"{_ONE}/archive", ArchiveView.as_view(), name="api_audit_archive"),
    *(
        path(f"{_ONE}/{act}", ExportActView.as_view(act=act), name=f"api_audit_export_{act}")
        for act in ("pause", "resume", "cancel")
    ),
    path("proofs/consistency", ConsistencyView.as_view(), name="api_audit_consistency"),
    path("proofs/inclusion", InclusionView.as_view(), name="api_audit_inclusion"),
]
