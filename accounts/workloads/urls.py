"""The platform's addresses, under /api/v1/."""

from django.urls import path

from .api import IngestView

app_name = "workloads"
urlpatterns = [path("ingest/<slug:stream>", IngestView.as_view(), name="ingest")]
