"""The platform's addresses, under /api/v1/."""

from django.urls import path

from .api import IngestView
from .platform_api import AppTerminatedView, OrderReceiptsView, OrdersView, PseudonymView

app_name = "workloads"
urlpatterns = [
    path("ingest/<slug:stream>", IngestView.as_view(), name="ingest"),
    path("platform/orders", OrdersView.as_view(), name="orders"),
    path("platform/orders/<uuid:order_id>/receipts", OrderReceiptsView.as_view(), name="order_receipts"),
    path("platform/apps/<uuid:app>/terminated", AppTerminatedView.as_view(), name="app_terminated"),
    path("platform/pseudonyms/<slug:subject>", PseudonymView.as_view(), name="pseudonym"),
]
