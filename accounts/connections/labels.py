"""Labels of the codes in this app's log entries."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from audit.log.event_types import register_labels

from .models import SecurityEventKind


class GrantEffect(StrEnum):
    """What a security event of Google did to a person's grant."""

    ENDED = "ended"
    STALE = "stale"
    NONE = "none"


_EFFECTS = {
    GrantEffect.ENDED: _("ended"),
    GrantEffect.STALE: _("kept, for it was granted anew since"),
    GrantEffect.NONE: _("not concerned"),
}

register_labels(
    "connections",
    kind=dict(SecurityEventKind.choices).get,
    grant={effect.value: label for effect, label in _EFFECTS.items()}.get,
)
