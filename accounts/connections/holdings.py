"""What OmegaCloud holds about a person's automations: two holdings, with their Article 15 facts."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from accounts.identity.gated import GatedTable, export_records
from accounts.identity.ports import Holding, register_holding

from .selectors import count_records

_RECORD = {
    "id": _("the platform's number of this record"),
    "occurred_at": _("when it happened or was last changed, in UTC"),
}
_PURPOSES = (_("running the automations that you set up, with the Google services that you connected"),)
_CONTRACT = _("needed to perform the contract with you: GDPR Article 6(1)(b)")
_RECIPIENTS = (
    _("Google, where an automation calls its services on your behalf"),
    _("the destinations that you set up in the automation itself, and nobody else"),
    _("the cloud provider that the platform runs on, under confidentiality"),
)

AUTOMATIONS = register_holding(
    Holding(
        name="automations",
        title=_("Automations"),
        policy_section=_("Storage and Retention of Google User Data"),
        models=("connections.Automation",),
        fields=_RECORD
        | {
            "is_on": _("whether it is switched on"),
            "scopes": _("the Google permissions that it needs"),
            "name": _("the name that you gave it"),
            "trigger": _("what starts it"),
            "actions": _("what it does"),
            "destinations": _("where it sends data"),
        },
        purposes=_PURPOSES,
        legal_basis=_CONTRACT,
        recipients=_RECIPIENTS,
        source=_("set up by you on the OmegaCloud platform"),
        retention=_("while your account is open; no end is set yet for automations that you no longer use"),
        gated=True,
        count=partial(count_records, "automations"),
        export=partial(export_records, GatedTable("connections_automation", ("is_on", "scopes"))),
    )
)
RUNS = register_holding(
    Holding(
        name="runs",
        title=_("Automation runs"),
        policy_section=_("Storage and Retention of Google User Data"),
        models=("connections.Run",),
        fields=_RECORD
        | {
            "automation": _("the automation that ran"),
            "outcome": _("how it ended"),
            "details": _("what the run reported"),
        },
        purposes=(*_PURPOSES, _("helping with technical problems")),
        legal_basis=_CONTRACT,
        recipients=_RECIPIENTS,
        source=_("recorded by the OmegaCloud platform while your automations run"),
        retention=_("as long as technical needs ask for; no end is set yet"),
        gated=True,
        count=partial(count_records, "runs"),
        export=partial(export_records, GatedTable("connections_run", ("automation", "outcome"))),
    )
)
