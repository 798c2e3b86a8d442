"""What OmegaCloud holds about a person's automations: three data categories, with their Article 15 facts."""

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import CLOUDS, HAPPENED, CorrectionRule
from accounts.personaldata.portable import FLAG, ID, RECORD, TEXT, TEXTS
from accounts.personaldata.restricted_records import declare_stream_category

from . import streams
from .events import RECORDS_EXPIRED
from .models import ConnectionsDailyTotal

_RECORD = {
    "id": _("the platform's number of this record"),
    "occurred_at": _("when it happened or was last changed, in UTC"),
}
_SECTION = _("Storage and Retention of Google User Data")
_SHARING = _("Sharing and Disclosure of Google User Data")
_PURPOSES = (_("running the automations that you set up, with the Google services that you connected"),)
_RECIPIENTS = (
    _("Google, where an automation calls its services on your behalf"),
    _("the destinations that you set up in the automation itself, and nobody else"),
)

AUTOMATIONS = declare_stream_category(
    streams.AUTOMATIONS,
    ConnectionsDailyTotal,
    title=_("Automations"),
    policy_section=_SECTION,
    models=("connections.Automation",),
    fields=_RECORD
    | {
        "is_on": _("whether it is switched on"),
        "scopes": _("the Google permissions that it needs"),
        "name": _("the name that you gave it"),
        "trigger": _("what starts it"),
        "actions": _("what it does"),
        "destinations": _("where it sends data"),
        "destination_digests": _("digests of these and earlier destinations, to compare with where data went"),
    },
    # without the digests, which we made
    portable=RECORD
    | {"is_on": FLAG, "scopes": TEXTS, "name": TEXT, "trigger": TEXT, "actions": TEXTS, "destinations": TEXTS},
    purposes=_PURPOSES,
    processors=CLOUDS,
    recipients=_RECIPIENTS,
    source=_("set up by you on the OmegaCloud platform"),
    retention=_("while your account is open; no end is set yet for automations that you no longer use"),
    correct=CorrectionRule({"name": streams.MOST_NAME, "trigger": streams.MOST_SETTING}),
)
RUNS = declare_stream_category(
    streams.RUNS,
    ConnectionsDailyTotal,
    expired=RECORDS_EXPIRED,
    title=_("Automation runs"),
    policy_section=_SECTION,
    models=("connections.Run",),
    fields=_RECORD
    | {
        "automation": _("the automation that ran"),
        "outcome": _("how it ended"),
        "details": _("what the run reported"),
    },
    correct=HAPPENED,
    portable=RECORD | {"automation": ID, "outcome": TEXT, "details": TEXT},
    purposes=(*_PURPOSES, _("helping with technical problems")),
    processors=CLOUDS,
    recipients=_RECIPIENTS,
    source=_("recorded by the OmegaCloud platform while your automations run"),
)
TRANSFERS = declare_stream_category(
    streams.TRANSFERS,
    ConnectionsDailyTotal,
    expired=RECORDS_EXPIRED,
    title=_("Where automations sent data"),
    policy_section=_SHARING,
    models=("connections.Transfer",),
    fields=_RECORD
    | {
        "automation": _("the automation that sent data"),
        "kind": _("what kind of destination it was"),
        "digest": _("a digest of the destination, by which it is compared with those that you set up"),
        "destination": _("where the data went"),
    },
    correct=HAPPENED,
    portable=RECORD | {"automation": ID, "kind": TEXT, "destination": TEXT},
    purposes=(_("showing that data goes nowhere but where you send it"),),
    processors=CLOUDS,
    recipients=_RECIPIENTS[1:],
    source=_("recorded by the OmegaCloud platform while your automations run"),
)
