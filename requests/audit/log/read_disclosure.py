"""Decrypt the personal fields of one entry for one reader: the read is logged and committed first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from django.utils.translation import gettext as _

from audit.errors import DisclosureRefusedError
from core import db
from core.errors import DecryptionError
from vault.errors import KekMissingError, KeyDestroyedError
from vault.services import Decryptor, decryptor

from . import disclosures
from .actors import Actor
from .append import append
from .events import DISCLOSURE_READ, DISCLOSURE_REFUSED
from .models import Disclosure, Entry

#: whose key encrypts them: the subject's or the actor's
Whose = Literal["subject", "actor"]


@dataclass(frozen=True, slots=True)
class DisclosedField:
    """One personal field of an entry; `agrees` says whether its digest is in the leaf."""

    name: str
    value: Any
    agrees: bool


def holder_of(entry: Entry, whose: Whose) -> str:
    """Return the reference under whose key these fields are encrypted; may be empty."""
    return (entry.subject or "") if whose == "subject" else entry.actor.partition(":")[2]


def is_staffs(entry: Entry, whose: Whose) -> bool:
    """Return whether these are fields of a member of staff as the actor, not as the subject."""
    acted = whose == "actor" and entry.actor.startswith("staff:")
    return acted and holder_of(entry, whose) != entry.subject


def decrypt_disclosure(entry: UUID, encrypted: bytes, key: Decryptor) -> list[str]:
    """Return the RFC 9901 disclosures of one entry that are encrypted under one holder's key."""
    found: list[str] = orjson.loads(key.decrypt(f"audit_disclosure.sealed:{entry}", encrypted))
    return found


def read_disclosure(
    entry: Entry, whose: Whose, *, actor: Actor, allowed: bool, reason: str, case: str, now: datetime
) -> list[DisclosedField]:
    """Log that `actor` reads, commit, then return the personal fields that are encrypted under one holder's key.

    `allowed` is whether the reader has the right at all. Fields of staff as actors need nothing else; those of other
    people, and of staff as subjects, need a case of that person. Raises DisclosureRefusedError, which is logged too.
    """
    holder, staff = holder_of(entry, whose), is_staffs(entry, whose)
    refusal = _refusal(entry, holder, allowed=allowed, staff=staff, case=case)
    facts: dict[str, Any] = {"entry": str(entry.id), "holder": "staff" if staff else "subject", "case": case or None}
    with db.atomic(durable=True):
        entry_id = append(
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
    encrypted = Disclosure.objects.filter(entry=entry.id, holder=holder).values_list("sealed", flat=True).first()
    if encrypted is None:
        raise _gone()
    try:
        found = decrypt_disclosure(entry.id, bytes(encrypted), decryptor(holder, entry_id))
    except KeyDestroyedError:
        raise _gone() from None
    except KekMissingError:  # the stored value may be intact
        raise
    except DecryptionError:
        refusal = DisclosureRefusedError("broken", _("It does not open: what is stored was changed or cut off."))
        with db.atomic(durable=True):
            payload = {**facts, "rule": refusal.rule}
            append(DISCLOSURE_REFUSED, actor=actor, subject=holder, now=now, payload=payload, outcome="failed")
        raise refusal from None
    return list(_parsed(found, set(orjson.loads(bytes(entry.leaf))["sd"])))


def _refusal(entry: Entry, holder: str, *, allowed: bool, staff: bool, case: str) -> DisclosureRefusedError | None:
    if not allowed:
        return DisclosureRefusedError("right", _("Only an auditor may open what is encrypted."))
    if not holder or not Disclosure.objects.filter(entry=entry.id, holder=holder).exists():
        return _gone()
    if not staff and not Entry.objects.filter(case_ref=case, subject=holder).exists():
        return DisclosureRefusedError("case", _("No entry of that case is about this person."))
    return None


def _gone() -> DisclosureRefusedError:
    return DisclosureRefusedError("gone", _("There is nothing to open: it is not there, or the person was erased."))


def _parsed(found: Iterable[str], digests: set[str]) -> Iterable[DisclosedField]:
    for disclosure in found:
        _, name, value = disclosures.parse(disclosure)
        yield DisclosedField(name, value, disclosures.digest(disclosure) in digests)
