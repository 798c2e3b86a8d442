"""The kinds of gated items that staff may name in an ask: automations and their runs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity.gated import get_opened
from accounts.identity.ports import NamedItem, Source, register_source
from vault.services import Unsealer

from . import selectors
from .models import Automation, Run


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def _state(*, is_on: bool) -> str:
    return _("on") if is_on else _("off")


def name_automations(reference: str) -> Sequence[NamedItem]:
    """List a person's automations as opaque items: a number, on or off, the scopes that it needs."""
    return [
        NamedItem(
            "connections.automation",
            item,
            {"id": str(item)[:8], "is_on": is_on, "scopes": scopes},
        )
        for item, is_on, scopes, _as_of in selectors.list_automation_outlines(reference)
    ]


def name_runs(
    reference: str, *, start: datetime | None = None, end: datetime | None = None, limit: int = selectors.MOST_NAMED
) -> Sequence[NamedItem]:
    """List a person's runs of a window as opaque items, 50 at most."""
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        raise ValueError(_("Say from when until when the items are."))  # noqa: TRY004  the port asks for it
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError(_("A time needs its offset from UTC."))
    if start >= end:
        raise ValueError(_("The end must be after the start."))
    return [
        NamedItem(
            "connections.run",
            item,
            {"id": str(automation)[:8], "time": _moment(at), "outcome": outcome},
        )
        for item, at, automation, outcome in selectors.name_runs(reference, start, end, limit)
    ]


def name_automation(facts: Mapping[str, Any]) -> str:
    """Say which automation this is, and what it needs."""
    said = {"state": _state(is_on=facts["is_on"]), "scopes": ", ".join(facts["scopes"]) or _("none")}
    return _("Automation %(id)s, %(state)s, scopes: %(scopes)s") % {**facts, **said}


def name_run(facts: Mapping[str, Any]) -> str:
    """Say which run this is, and how it ended."""
    return _("Run of automation %(id)s, %(time)s, %(outcome)s") % facts


def fetch_automations(items: Collection[UUID], opener: Unsealer) -> Mapping[UUID, Mapping[str, str]]:
    """Return automations' settings, opened."""
    return {row.pk: _automation(row, opened) for row, opened in get_opened(Automation, items, opener)}


def _automation(row: Automation, opened: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        _("Name"): opened["name"],
        _("State"): _state(is_on=row.is_on),
        _("Trigger"): opened["trigger"],
        _("Actions"): "\n".join(opened["actions"]),
        _("Destinations"): "\n".join(opened["destinations"]),
        _("Scopes needed"): ", ".join(row.scopes) or _("none"),
        _("As of"): _moment(row.occurred_at),
    }


def fetch_runs(items: Collection[UUID], opener: Unsealer) -> Mapping[UUID, Mapping[str, str]]:
    """Return runs, opened."""
    return {
        row.pk: {_("Time"): _moment(row.occurred_at), _("Outcome"): row.outcome, _("Details"): opened["details"]}
        for row, opened in get_opened(Run, items, opener)
    }


AUTOMATION = register_source(
    Source(
        "connections.automation",
        gettext_lazy("Automation settings"),
        "connections.Automation",
        name_automations,
        name_automation,
        fetch_automations,
    )
)
RUN = register_source(
    Source("connections.run", gettext_lazy("Automation runs"), "connections.Run", name_runs, name_run, fetch_runs)
)
