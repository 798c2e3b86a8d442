"""Open what is sealed in one entry, for one reader, once: the log says so before anything is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from django.utils.translation import gettext as _

from audit import disclosures, sides
from audit.actors import Actor
from audit.errors import DisclosureRefusedError
from audit.events import DISCLOSURE_READ, DISCLOSURE_REFUSED
from audit.models import Disclosure, Entry
from audit.services.append import append
from vault.errors import KekMissingError, SealBrokenError, ShreddedError
from vault.services import Unsealer, unsealer

#: whose key seals it: the one the entry is about, or the one who acted
Whose = Literal["subject", "actor"]


@dataclass(frozen=True, slots=True)
class Opened:
    """One personal field of an entry; `agrees` says whether its digest stands in the leaf."""

    name: str
    value: Any
    agrees: bool


def holder_of(entry: Entry, whose: Whose) -> str:
    """Return the reference under whose key the entry's disclosures of that kind are sealed; may be empty."""
    return (entry.subject or "") if whose == "subject" else entry.actor.partition(":")[2]


def is_staffs(entry: Entry, whose: Whose) -> bool:
    """Return whether it says who acted as a member of staff: what else is sealed is a person's, at work or not."""
    acted = whose == "actor" and entry.actor.startswith("staff:")
    return acted and holder_of(entry, whose) != entry.subject


def open_sealed(entry: UUID, sealed: bytes, opened: Unsealer) -> list[str]:
    """Return the RFC 9901 disclosures of one entry that a holder's key opens."""
    found: list[str] = orjson.loads(opened.unseal(f"audit_disclosure.sealed:{entry}", sealed))
    return found


def read_disclosure(
    entry: Entry, whose: Whose, *, actor: Actor, allowed: bool, reason: str, case: str, now: datetime
) -> list[Opened]:
    """Log that `actor` reads, commit, then return the personal fields that are sealed under one holder's key.

    `allowed` is whether the reader has the right at all. Who acted as a member of staff is open to auditors always;
    anybody else's fields, and theirs as a subject, only within a case of that person. Raises DisclosureRefusedError,
    which is in the log as well.
    """
    holder, staff = holder_of(entry, whose), is_staffs(entry, whose)
    refusal = _refusal(entry, holder, allowed=allowed, staff=staff, case=case)
    facts: dict[str, Any] = {"entry": str(entry.id), "holder": "staff" if staff else "subject", "case": case or None}
    with sides.atomic(durable=True):
        ticket = append(
            DISCLOSURE_REFUSED if refusal else DISCLOSURE_READ,
            actor=actor,
            subject=holder or None,
            now=now,
            payload={**facts, "rule": refusal.rule} if refusal else facts,
            personal={"reason": reason},
            outcome="refused" if refusal else "ok",
        )
    if refusal:
        raise refusal
    sealed = Disclosure.objects.filter(entry=entry.id, holder=holder).values_list("sealed", flat=True).first()
    if sealed is None:
        raise _gone()
    try:
        found = open_sealed(entry.id, bytes(sealed), unsealer(holder, ticket))
    except ShreddedError:
        raise _gone() from None
    except KekMissingError:  # nothing is wrong with what is stored
        raise
    except SealBrokenError:
        refusal = DisclosureRefusedError("broken", _("It does not open: what is stored was changed or cut off."))
        with sides.atomic(durable=True):
            append(
                DISCLOSURE_REFUSED,
                actor=actor,
                subject=holder,
                now=now,
                payload={**facts, "rule": refusal.rule},
                outcome="failed",
            )
        raise refusal from None
    return list(_parsed(found, set(orjson.loads(bytes(entry.leaf))["sd"])))


def _refusal(entry: Entry, holder: str, *, allowed: bool, staff: bool, case: str) -> DisclosureRefusedError | None:
    if not allowed:
        return DisclosureRefusedError("right", _("Only an auditor may open what is sealed."))
    if not holder or not Disclosure.objects.filter(entry=entry.id, holder=holder).exists():
        return _gone()
    if not staff and not Entry.objects.filter(case_ref=case, subject=holder).exists():
        return DisclosureRefusedError("case", _("No entry of that case is about this person."))
    return None


def _gone() -> DisclosureRefusedError:
    return DisclosureRefusedError("gone", _("There is nothing to open: it is not there, or the person was erased."))


def _parsed(found: Iterable[str], digests: set[str]) -> Iterable[Opened]:
    for disclosure in found:
        _, name, value = disclosures.parse(disclosure)
        yield Opened(name, value, disclosures.digest(disclosure) in digests)
