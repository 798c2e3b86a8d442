"""Redeem a one-time code: the platform shows its reader one item that the platform holds.

The database decides, in one function: once, in time, for this item, and while the gate would open the read still.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from audit.log.actors import Actor
from audit.log.append import append
from core import db
from humanaccess import events

from .read_item import hash_code


class CodeRefusedError(ObjectDoesNotExist):
    """A code that opens nothing: unknown, used, late, for another item, or of an access that is over, all alike."""


def redeem_code(code: str, *, app: UUID, token: UUID, actor: Actor, now: datetime) -> dict[str, Any]:
    """Redeem a code for the app whose item it was made for; raises CodeRefusedError. Either is an entry in the log.

    Return what the platform may show, of whom, to whom, and until when; `entry` is the log's entry of the read.
    """
    with db.atomic():
        [(rule, subject, case, grant, kind, item, of_app, reader, ends_at, entry)] = db.select_rows(
            "SELECT * FROM humanaccess_redeem_code(%s, %s, %s)", [hash_code(code), app, token]
        )
        known = {"grant": grant, "kind": kind, "item": item, "entry": entry}
        payload = {"case": case, **{name: value and str(value) for name, value in known.items()}}
        append(
            events.CODE_REFUSED if rule else events.CODE_REDEEMED,
            actor=actor,
            subject=subject,
            now=now,
            payload=payload | {"rule": rule} if rule else payload,
            outcome="refused" if rule else "ok",
        )
    if rule:
        raise CodeRefusedError
    shown = {"kind": kind, "app": of_app, "reader": reader, "ends_at": ends_at, "entry": entry}
    return {"subject": subject, "case": case, **shown}
