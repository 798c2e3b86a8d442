"""The restricted items that staff may request to read: automations and their runs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.personaldata.item_providers import (
    MOST_NAMED,
    NamedItem,
    check_period,
    declare_item_provider,
    show_time,
    store_time,
)
from accounts.personaldata.restricted_records import get_decrypted, get_names
from core import db
from vault.services import Decryptor

from .models import Automation, Run


def _state(*, is_on: bool) -> str:
    return _("on") if is_on else _("off")


def name_automations(reference: str) -> Sequence[NamedItem]:
    """List a person's automations: a number, on or off, the scopes that each needs."""
    found = db.select_rows("SELECT id, is_on, scopes FROM connections_outline_automations(%s)", [reference])
    return [
        NamedItem("connections.automation", item, {"id": str(item)[:8], "is_on": is_on, "scopes": scopes})
        for item, is_on, scopes in found
    ]


def name_runs(reference: str, *, start: datetime | None = None, end: datetime | None = None) -> Sequence[NamedItem]:
    """List a person's runs of a period, 50 at most."""
    found = db.select_rows(
        "SELECT id, occurred_at, automation, outcome FROM connections_name_runs(%s, %s, %s, %s)",
        [reference, *check_period(start, end), MOST_NAMED],
    )
    return [
        NamedItem("connections.run", item, {"id": str(automation)[:8], "time": store_time(at), "outcome": outcome})
        for item, at, automation, outcome in found
    ]


def name_automation(facts: Mapping[str, Any]) -> str:
    """Return number, state and scopes of an automation."""
    labels = {"state": _state(is_on=facts["is_on"]), "scopes": ", ".join(facts["scopes"]) or _("none")}
    return _("Automation %(id)s, %(state)s, scopes: %(scopes)s") % {**facts, **labels}


def name_run(facts: Mapping[str, Any]) -> str:
    """Return automation, time and outcome of a run."""
    return _("Run of automation %(id)s, %(time)s, %(outcome)s") % {**facts, "time": show_time(facts["time"])}


def fetch_automations(items: Collection[UUID], decryptor: Decryptor) -> Mapping[UUID, Mapping[str, str]]:
    """Return automations' settings, decrypted."""
    return {row.pk: _automation(row, decrypted) for row, decrypted in get_decrypted(Automation, items, decryptor)}


def _automation(row: Automation, decrypted: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        _("Name"): decrypted["name"],
        _("State"): _state(is_on=row.is_on),
        _("Trigger"): decrypted["trigger"],
        _("Actions"): "\n".join(decrypted["actions"]),
        _("Destinations"): "\n".join(decrypted["destinations"]),
        _("Scopes needed"): ", ".join(row.scopes) or _("none"),
        _("As of"): show_time(row.occurred_at),
    }


def fetch_runs(items: Collection[UUID], decryptor: Decryptor) -> Mapping[UUID, Mapping[str, str]]:
    """Return runs, decrypted."""
    return {
        row.pk: {_("Time"): show_time(row.occurred_at), _("Outcome"): row.outcome, _("Details"): decrypted["details"]}
        for row, decrypted in get_decrypted(Run, items, decryptor)
    }


def own_names_of_automations(items: Collection[UUID], decryptor: Decryptor) -> Mapping[UUID, str]:
    """Return the names of automations."""
    return get_names(Automation, zip(items, items, strict=True), decryptor)


def own_names_of_runs(items: Collection[UUID], decryptor: Decryptor) -> Mapping[UUID, str]:
    """Return the names of the automations that ran."""
    of = Run.objects.filter(pk__in=items, subject=decryptor.reference).values_list("pk", "automation")
    return get_names(Automation, of, decryptor)


AUTOMATION = declare_item_provider(
    "connections.automation",
    gettext_lazy("Automation settings"),
    "connections.Automation",
    name_automations,
    name_automation,
    fetch_automations,
    own_names_of_automations,
)
RUN = declare_item_provider(
    "connections.run",
    gettext_lazy("Automation runs"),
    "connections.Run",
    name_runs,
    name_run,
    fetch_runs,
    own_names_of_runs,
)
