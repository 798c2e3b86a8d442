"""Labels of the codes in this app's log entries."""

from audit.log.event_types import register_labels

from .models import AnalyticsProvider, OrderKind

register_labels("workloads", kind=dict(OrderKind.choices).get, provider=dict(AnalyticsProvider.choices).get)
