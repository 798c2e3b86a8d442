"""Labels of the codes in this app's log entries."""

from audit.log.event_types import register_labels

from .forms import ProcessorForm

register_labels("terms", fields={name: field.label for name, field in ProcessorForm.base_fields.items()}.get)
