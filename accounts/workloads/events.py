"""What the workloads write to the log."""

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.disclosures import declare_disclosure
from audit.log.event_types import declare
from audit.log.purposes import ReadPurpose

_COUNTS = {"lines": int, "kept": int, "known": int, "set_aside": int}

BATCH_INGESTED = declare(
    "workloads.batch.ingested",
    "{actor} brought in a batch of the platform's records: {kept} new, {set_aside} set aside",
    {"ingest": str, "batch": int, **_COUNTS},
    is_routine=True,
)
STREAM_INGESTED = declare(
    "workloads.stream.ingested",
    "{actor} brought in the platform's records: {lines} lines, {kept} new, {set_aside} set aside",
    {"ingest": str, "batches": int, "digest": str, **_COUNTS},
)
TOKEN_MADE = declare(
    "workloads.token.made",
    "{actor} made a service token",
    {"token": str, "name": str, "scopes": list, "expires": str},
)
TOKEN_REVOKED = declare("workloads.token.revoked", "{actor} revoked a service token", {"token": str, "name": str})
RECORDS_EXPIRED = declare(
    "workloads.records.expired",
    "{actor} removed {count} records of the stream {stream} that were past their {days} days",
    {"stream": str, "days": int, "count": int},
    is_routine=True,
)
SUMS_SHOWN = declare("workloads.sums.shown", "{actor} looked at sums by day of a person's workloads")

_ORDER: dict[str, type] = {"order": str}
ORDER_MADE = declare(
    "workloads.order.made", "{actor} made an order to the platform: {kind}", {**_ORDER, "kind": str, "case": str}
)
ORDER_FETCHED = declare("workloads.order.fetched", "The platform fetched an order", _ORDER, is_routine=True)
VALUE_HANDED_OUT = declare(
    "workloads.order.handed_out",
    "The platform was given the right value that it is to put in place",
    {**_ORDER, "purpose": ReadPurpose},
    authorises_decryption=True,
)
ORDER_ANSWERED = declare(
    "workloads.order.answered",
    "The platform answered an order about {apps} apps",
    {**_ORDER, "apps": int, "backups_until": str},
)
APP_TERMINATED = declare("workloads.app.terminated", "The platform said that an app has ended", {"app": str})
APP_ERASED = declare(
    "workloads.app.erased",
    "{count} records of an app that has ended were erased",
    {"app": str, "count": int, "on_hold": list},
)
PSEUDONYM_MADE = declare(
    "workloads.pseudonym.made", "A pseudonym for the analytics provider {provider} was made", {"provider": str}
)
declare_disclosure(PSEUDONYM_MADE.name, _("a pseudonym for analytics"), to_field="provider")
