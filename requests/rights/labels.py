"""Labels of the codes in this app's log entries."""

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import category_title
from audit.log.event_types import register_labels

from .external_stores import store_named
from .states import Attestation, CorrectionGround, ExclusionReason, FieldDecision, Kind, MarkKind, RefusalGround, Verb


def _title(name: str) -> object | None:
    """Return the title of a data category or an external store."""
    store = store_named(name)
    return store.title if store else category_title(name)


def _scope(name: str) -> object | None:
    """Return what a legal hold keeps."""
    return _("everything on the person") if name == "everything" else _title(name)


def _size(code: str) -> str | None:
    return filesizeformat(int(code)) if code.isdecimal() else None


register_labels(
    "rights",
    bytes=_size,
    kind=dict(Kind.choices).get,
    ground=dict(RefusalGround.choices + CorrectionGround.choices).get,
    decision=dict(FieldDecision.choices).get,
    reason=dict(ExclusionReason.choices).get,
    verb=dict(Verb.choices).get,
    holding=_title,
    category=_scope,
    finding=dict(Attestation.choices).get,
    mark_kind=dict(MarkKind.choices).get,
)
