"""What OmegaCloud holds about what a person runs, visits, orders, pseudonyms and ended apps: nine data categories."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import (
    CLOUDS,
    CONTRACT,
    HAPPENED,
    MEASURED,
    CorrectionRule,
    Remainder,
    declare_category,
    json_value,
)
from accounts.personaldata.erase import erase_rows
from accounts.personaldata.portable import DECIMAL, ID, INTEGER, NUMBER, RECORD, TEXT, optional
from accounts.personaldata.recheck import count_rows
from accounts.personaldata.restricted_records import declare_stream_category
from core import db

from . import streams
from .events import RECORDS_EXPIRED
from .models import PlatformOrder, Pseudonym, TerminatedApp, WorkloadsDailyTotal
from .services.ended_apps import count_overdue, sweep_ended_apps

_RECORD = {
    "id": _("the platform's number of this record"),
    "occurred_at": _("when it happened, in UTC"),
}
_RECORD_OF_APP = {**_RECORD, "app": _("the app that it belongs to")}
_PORTABLE_OF_APP = {**RECORD, "app": optional(ID)}
#: with the facts of what the platform records; a category names those that are others
_declare = partial(
    declare_stream_category,
    totals=WorkloadsDailyTotal,
    expired=RECORDS_EXPIRED,
    policy_section=_("Usage Data"),
    purposes=(
        _("running the service"),
        _("billing what was used"),
        _("watching that the platform is well"),
        _("helping with technical problems"),
    ),
    processors=CLOUDS,
    recipients=(),
    source=_("recorded by the OmegaCloud platform while your apps run"),
)

APPS = _declare(
    streams.APPS,
    title=_("Deployed apps"),
    models=("workloads.App",),
    fields=_RECORD
    | {
        "name": _("the name that you gave the app"),
        "provider": _("the cloud provider that it runs on"),
        "region": _("the provider's region"),
    },
    policy_section=_("User Code and Data"),
    purposes=(_("running your apps"), _("keeping them secure"), _("finding faults")),
    portable=RECORD | {"name": TEXT, "provider": TEXT, "region": TEXT},
    retention=_("until the app ends, or your account is closed"),
    correct=CorrectionRule({"name": streams.MOST_NAME}),
)
USAGE = _declare(
    streams.USAGE,
    title=_("Resource usage"),
    models=("workloads.UsageRecord",),
    fields=_RECORD_OF_APP
    | {
        "resource": _("what was used: computing, storage, network"),
        "quantity": _("how much of it"),
        "unit": _("the unit of the quantity"),
    },
    correct=MEASURED,
    portable=_PORTABLE_OF_APP | {"resource": TEXT, "quantity": DECIMAL, "unit": TEXT},
)
METRICS = _declare(
    streams.METRICS,
    title=_("Performance metrics"),
    models=("workloads.Metric",),
    fields=_RECORD_OF_APP
    | {
        "name": _("what was measured"),
        "value": _("the value measured"),
        "unit": _("the unit of the value"),
    },
    correct=MEASURED,
    portable=_PORTABLE_OF_APP | {"name": TEXT, "value": NUMBER, "unit": TEXT},
)
COMMANDS = _declare(
    streams.COMMANDS,
    title=_("Commands (omega run)"),
    models=("workloads.Command",),
    fields=_RECORD_OF_APP
    | {
        "command": _("the command as it was typed"),
        "exit_code": _("the code that it ended with"),
    },
    correct=HAPPENED,
    portable=_PORTABLE_OF_APP | {"command": TEXT, "exit_code": optional(INTEGER)},
)
LOGS = _declare(
    streams.LOGS,
    title=_("Application logs"),
    models=("workloads.LogLine",),
    fields=_RECORD_OF_APP | {"level": _("how grave the app said it is"), "text": _("what the app wrote")},
    correct=HAPPENED,
    portable=_PORTABLE_OF_APP | {"level": TEXT, "text": TEXT},
)


WEBLOG = _declare(
    streams.WEBLOG,
    title=_("Web log"),
    models=("workloads.WebVisit",),
    fields=_RECORD
    | {
        "address": _("the network address that you came from"),
        "browser": _("what your browser calls itself"),
        "path": _("the page, without what follows a question mark"),
        "status": _("the web server's answer, as a number"),
        "method": _("what your browser asked for: GET to read, POST to send"),
    },
    policy_section=_("Technical & Analytics Data"),
    purposes=(_("running the service"), _("keeping it secure"), _("finding faults")),
    source=_("recorded by the web server of omegacloud.ai while you are signed in"),
    correct=HAPPENED,
    portable=RECORD
    | {"address": TEXT, "browser": TEXT, "path": TEXT, "status": optional(INTEGER), "method": optional(TEXT)},
)


def _export_orders(reference: str, _entry: UUID) -> Iterator[dict[str, Any]]:
    names = "id kind app apps categories case_ref created_at fetched_at answered_at receipt outcome"
    for row in PlatformOrder.objects.filter(subject=reference).order_by("number").values(*names.split()):
        apps = [str(app) for app in row["apps"]]
        yield {name: json_value(value) for name, value in row.items()} | {"apps": apps}


ORDERS = declare_category(
    name="workloads.orders",
    title=_("Orders to the platform about you"),
    policy_section=_("Your Rights"),
    models=("workloads.PlatformOrder",),
    fields={
        "id": _("the number of the order"),
        "kind": _("what the platform was to do"),
        "app": _("the app that it was about, or nothing for all of them"),
        "apps": _("the apps that you had then, by their numbers"),
        "categories": _("the kinds of data that it was about, or nothing for all of them"),
        "case_ref": _("the request that it belongs to, or nothing where it belongs to none"),
        "created_at": _("when it was made"),
        "fetched_at": _("when the platform fetched it"),
        "answered_at": _("when the platform answered it"),
        "receipt": _("what the platform did"),
        "outcome": _("what became of an order that was about no apps"),
    },
    purposes=(
        _("carrying out your requests where the platform holds your data"),
        _("dropping what the platform has cached from Google, once your access there ends"),
    ),
    legal_basis=_("our legal duties to answer requests and to be able to show it"),
    processors=CLOUDS,
    recipients=(),
    source=_("you, by your request, and the platform, by its answer"),
    retention=_("as long as a dispute about the answer may need it; no end is set yet"),
    restricted=False,
    count=lambda reference: PlatformOrder.objects.filter(subject=reference).count(),
    export=_export_orders,
    erase=lambda _reference: 0,
    recheck=lambda _reference: 0,
    correct=HAPPENED,
    stays=(
        Remainder(
            _("each order with the numbers of apps, its times and the platform's answer"),
            _("our legal duty to be able to show that requests were answered"),
            _("as long as a dispute about the answer may need it; no end is set yet"),
        ),
    ),
    erased_last=True,
)


def _export_pseudonyms(reference: str, entry: UUID) -> Iterator[dict[str, Any]]:
    with db.authorised_by(reference, entry):
        rows = list(Pseudonym.objects.filter(subject=reference).order_by("provider"))
    for row in rows:
        yield {"provider": row.provider, "value": row.value, "made_at": json_value(row.made_at)}


PSEUDONYMS = declare_category(
    name="workloads.pseudonyms",
    title=_("Pseudonyms for analytics"),
    policy_section=_("Technical & Analytics Data"),
    models=("workloads.Pseudonym",),
    fields={
        "provider": _("the provider of analytics"),
        "value": _("the random name under which it knows you"),
        "made_at": _("when it was made"),
    },
    purposes=(_("sending events to providers of analytics without saying who you are"),),
    legal_basis=_("our legitimate interest in improving the service: GDPR Article 6(1)(f)"),
    processors=(*CLOUDS, "mixpanel"),
    recipients=(),
    source=_("made at random by the office"),
    retention=_("while your account is open"),
    restricted=True,
    count=lambda reference: Pseudonym.objects.filter(subject=reference).count(),
    export=_export_pseudonyms,
    erase=erase_rows("workloads_erase", "workloads_pseudonym"),
    recheck=count_rows("workloads_left", "workloads_pseudonym"),
    correct=CorrectionRule(why_not=_("It is a random name: there is nothing in it that could be wrong.")),
    erased_last=True,
)


def _export_ended(reference: str, _entry: UUID) -> Iterator[dict[str, Any]]:
    for row in TerminatedApp.objects.filter(subject=reference).order_by("terminated_at", "app"):
        yield {name: json_value(getattr(row, name)) for name in ("app", "terminated_at", "settled_at")}


ENDED_APPS = declare_category(
    name="workloads.ended_apps",
    title=_("Apps that have ended"),
    policy_section=_("User Code and Data"),
    models=("workloads.TerminatedApp",),
    fields={
        "app": _("the platform's number of the app"),
        "terminated_at": _("when the platform said that it has ended"),
        "settled_at": _("when nothing was left of it"),
    },
    purposes=(_("erasing what is held of an app that has ended, and taking nothing more of it"),),
    legal_basis=CONTRACT,
    processors=CLOUDS,
    recipients=(),
    source=_("the OmegaCloud platform, when an app ends"),
    retention=_("while your account is open; what is held of the app itself goes within a day"),
    restricted=False,
    count=lambda reference: TerminatedApp.objects.filter(subject=reference).count(),
    export=_export_ended,
    erase=erase_rows("workloads_erase", "workloads_terminatedapp"),
    recheck=count_rows("workloads_left", "workloads_terminatedapp"),
    correct=HAPPENED,
    past_rule=count_overdue,
    remove_expired=sweep_ended_apps,
)
