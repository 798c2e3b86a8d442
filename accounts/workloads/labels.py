"""Labels of the codes in this app's log entries."""

from audit.log.event_types import register_labels

from .models import OrderKind

register_labels("workloads", kind=dict(OrderKind.choices).get)
