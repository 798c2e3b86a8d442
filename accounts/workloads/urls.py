"""The platform's addresses, under /api/v1/."""

from django.urls import path

from .api import IngestView

urlpatterns = [path("ingest/<slug:stream>", IngestView.as_view(), name="api_ingest")]
