"""What OmegaCloud holds about a person's automations and their access to Google and GitHub: five data categories."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import CLOUDS, CONTRACT, HAPPENED, CorrectionRule, declare_category, json_value
from accounts.personaldata.erase import erase_rows
from accounts.personaldata.portable import FLAG, ID, RECORD, TEXT, TEXTS
from accounts.personaldata.recheck import count_rows
from accounts.personaldata.restricted_records import declare_stream_category

from . import streams
from .events import RECORDS_EXPIRED
from .models import ConnectionsDailyTotal, EndedAutomation, GitHubGrant, GoogleGrant, Provider, Revocation
from .services.ended_automations import count_overdue, sweep_ended

_RECORD = {
    "id": _("the platform's number of this record"),
    "occurred_at": _("when it happened or was last changed, in UTC"),
}
_SECTION = _("Storage and Retention of Google User Data")
_SHARING = _("Sharing and Disclosure of Google User Data")
#: sections of the policy about Google user data
GOOGLE_SECTIONS = (_SECTION, _SHARING)
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
    retention=_("until you delete it at the platform, or your account is closed"),
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


def _export_ended(reference: str, _entry: UUID) -> Iterator[dict[str, Any]]:
    for row in EndedAutomation.objects.filter(subject=reference).order_by("ended_at", "id"):
        yield {name: json_value(getattr(row, name)) for name in _TOLD}


_TOLD = ("id", "ended_at", "taken_at", "settled_at")
ENDED_AUTOMATIONS = declare_category(
    name="connections.ended_automations",
    title=_("Automations that were deleted"),
    policy_section=_SECTION,
    models=("connections.EndedAutomation",),
    fields={
        "id": _("the platform's number of the automation"),
        "ended_at": _("when it was deleted at the platform, in UTC"),
        "taken_at": _("when the platform said so, in UTC"),
        "settled_at": _("when nothing was left of it, in UTC"),
    },
    purposes=(_("erasing an automation that was deleted, and taking nothing more of it"),),
    legal_basis=CONTRACT,
    processors=CLOUDS,
    recipients=(),
    source=_("the OmegaCloud platform, when an automation is deleted"),
    retention=_("while your account is open; the automation itself goes within the hour"),
    restricted=False,
    count=lambda reference: EndedAutomation.objects.filter(subject=reference).count(),
    export=_export_ended,
    erase=erase_rows("connections_erase", "connections_endedautomation"),
    recheck=count_rows("connections_left", "connections_endedautomation"),
    correct=HAPPENED,
    past_rule=count_overdue,
    remove_expired=sweep_ended,
)
_TABLES = ("connections_googlegrant", "connections_githubgrant", "connections_revocation")
_GRANTED = ("account_id", "scopes", "withheld", "granted_at", "changed_at", "used_at", "checked_at")
_AT_GITHUB = ("account_id", "granted_at", "changed_at")
_ENDED = ("provider", "scopes", "withheld", "reason", "asked_at", "wiped_at", "confirmed_at")


def _export_grants(reference: str, _entry: UUID) -> Iterator[dict[str, Any]]:
    # Without the token: whoever had the package could read the person's mail with it.
    google, github = ({"state": "granted", "provider": each.value} for each in Provider)
    for rows, names, facts in (
        (GoogleGrant.objects, _GRANTED, google),
        (GitHubGrant.objects, _AT_GITHUB, github),
        (Revocation.objects, _ENDED, {"state": "ended"}),
    ):
        for row in rows.filter(subject=reference).order_by("pk").values(*names):
            yield facts | {name: json_value(value) for name, value in row.items()}


GRANTS = declare_category(
    name="connections.grants",
    title=_("Access to your accounts at Google and GitHub"),
    policy_section=_SECTION,
    models=("connections.GoogleGrant", "connections.GitHubGrant", "connections.Revocation"),
    fields={
        "state": _("whether you grant it, or it has ended"),
        "provider": _("Google, for your automations, or GitHub, by which you sign in"),
        "account_id": _("the id by which the provider knows the account"),
        "scopes": _("the permissions that you granted"),
        "withheld": _("the automations from which you took it away"),
        "granted_at": _("when you first granted it, in UTC"),
        "changed_at": _("when you last granted more or fewer, or last signed in through GitHub, in UTC"),
        "used_at": _("when it was last used for an automation, in UTC"),
        "checked_at": _("when Google was last asked whether it stands, in UTC"),
        "reason": _("why it ended"),
        "asked_at": _("when its end was asked for, in UTC"),
        "wiped_at": _("when it was gone from here, in UTC"),
        "confirmed_at": _("when the provider confirmed its end, in UTC"),
    },
    purposes=_PURPOSES,
    legal_basis=CONTRACT,
    processors=CLOUDS,
    recipients=(*_RECIPIENTS[:1], _("GitHub, which is told that you ended it")),
    source=_("Google or GitHub, when you granted it; its token is encrypted, and in no package"),
    retention=_(
        "until it ends: by you, at the provider, or once no automation needs it; afterwards the times of its end alone"
    ),
    restricted=False,
    count=lambda reference: sum(
        model.objects.filter(subject=reference).count() for model in (GoogleGrant, GitHubGrant, Revocation)
    ),
    export=_export_grants,
    erase=erase_rows("connections_erase", *_TABLES),
    recheck=count_rows("connections_left", *_TABLES),
    correct=CorrectionRule(
        why_not=_("The provider says what you granted. Grant it anew in your settings, or end it there.")
    ),
    erased_last=True,
    is_restrictable=True,
)
