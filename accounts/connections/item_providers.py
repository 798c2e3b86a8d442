"""The restricted items that staff may request to read: automations, their runs, and what these sent where."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _, gettext_lazy

from accounts.personaldata.item_providers import declare_item_provider, show_time
from core import db

from .destinations import KIND_LABELS
from .models import Automation, Run, Transfer


def find_run(reference: str, run: UUID) -> datetime | None:
    """Return when a run of a person's was; None where they have no such run."""
    found = db.select_rows("SELECT occurred_at FROM connections_find_run(%s, %s)", [reference, run])
    return found[0][0] if found else None


def _state(*, is_on: bool) -> str:
    return _("on") if is_on else _("off")


def _scopes(scopes: Sequence[str]) -> str:
    return ", ".join(scopes) or _("none")


AUTOMATION = declare_item_provider(
    "connections.automation",
    gettext_lazy("Automation settings"),
    Automation,
    listing="connections_outline_automations",
    takes=(),
    facts={"id": "id", "is_on": "is_on", "scopes": "scopes"},
    outline=gettext_lazy("Automation %(id)s, %(state)s, scopes: %(scopes)s"),
    show=lambda row, decrypted: {
        _("Name"): decrypted["name"],
        _("State"): _state(is_on=row.is_on),
        _("Trigger"): decrypted["trigger"],
        _("Actions"): "\n".join(decrypted["actions"]),
        _("Destinations"): "\n".join(decrypted["destinations"]),
        _("Scopes needed"): _scopes(row.scopes),
        _("As of"): show_time(row.occurred_at),
    },
    labels=lambda facts: {"state": _state(is_on=facts["is_on"]), "scopes": _scopes(facts["scopes"])},
)
RUN = declare_item_provider(
    "connections.run",
    gettext_lazy("Automation runs"),
    Run,
    listing="connections_name_runs",
    takes=("start", "end"),
    facts={"id": "automation", "time": "occurred_at", "outcome": "outcome"},
    outline=gettext_lazy("Run of automation %(id)s, %(time)s, %(outcome)s"),
    show=lambda row, decrypted: {
        _("Time"): show_time(row.occurred_at),
        _("Outcome"): row.outcome,
        _("Details"): decrypted["details"],
    },
    belongs_to=("automation", Automation),
)
TRANSFER = declare_item_provider(
    "connections.transfer",
    gettext_lazy("Where automations sent data"),
    Transfer,
    listing="connections_name_transfers",
    takes=("start", "end"),
    facts={"id": "automation", "time": "occurred_at", "kind": "kind", "digest": "digest"},
    outline=gettext_lazy("Sent by automation %(id)s, %(time)s, %(kind)s, digest %(digest)s"),
    show=lambda row, decrypted: {
        _("Time"): show_time(row.occurred_at),
        _("Kind"): str(KIND_LABELS[row.kind]),
        _("Destination"): decrypted["destination"],
    },
    belongs_to=("automation", Automation),
    labels=lambda facts: {"kind": str(KIND_LABELS[facts["kind"]]), "digest": facts["digest"][-8:]},
)
