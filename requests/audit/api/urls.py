"""URLs of the log's API, under /api/v1/audit/."""

from django.urls import path

from audit.exports.states import ExportAct

from .exports import ArchiveView, ExportActView, ExportsView, ExportView
from .feed import EntriesView
from .proofs import ConsistencyView, InclusionView

_ONE = "exports/<uuid:export_id>"

app_name = "audit_api"
urlpatterns = [
    path("entries", EntriesView.as_view(), name="entries"),
    path("exports", ExportsView.as_view(), name="exports"),
    path(_ONE, ExportView.as_view(), name="export"),
    path(f"{_ONE}/archive", ArchiveView.as_view(), name="archive"),
    *(path(f"{_ONE}/{act}", ExportActView.as_view(act=act), name=f"export_{act}") for act in ExportAct),
    path("proofs/consistency", ConsistencyView.as_view(), name="consistency"),
    path("proofs/inclusion", InclusionView.as_view(), name="inclusion"),
]
