"""A person files a correction: they see their own data as it is, and say what is right."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.categories import DataCategory, data_categories
from audit.log.append import append
from cases.encrypt_for import encrypt_for
from core import db
from core.encrypted_files import delete_file, store_file
from core.files import new_file_key
from core.foreign_text import visible_length
from rights import events
from rights.errors import RightsError
from rights.models import Correction, Evidence, RightsRequest
from rights.states import Kind, MarkKind
from vault.services import encrypt

from .attest_step import check_evidence
from .marks import place_mark
from .user_acts import receive_request

#: records of a category among which a person finds theirs: the form holds them in memory
MOST = 10_000
#: in characters
SHORTEST_REASON, LONGEST_REASON = 10, 2000


@dataclass(frozen=True)
class OwnValue:
    """One field of a person's own data as it is now; `record` is None where the category has one record alone."""

    category: DataCategory
    record: UUID | None
    field: str
    value: str
    #: what the person calls the record
    of: str = ""

    @property
    def key(self) -> str:
        """Return the name by which forms and refusals call it."""
        return f"{self.category.name}:{self.record or ''}:{self.field}"

    @property
    def record_key(self) -> str:
        """Return the name by which the form calls its record, "" where the category has one record alone."""
        return f"{self.category.name}:{self.record}" if self.record else ""

    @property
    def own_page(self) -> str:
        """Return the name of the page where the person changes it at once, "" where there is none."""
        return self.category.correct.own_pages.get(self.field, "")

    @property
    def is_filed(self) -> bool:
        """Return whether a request may be about it."""
        return self.field in self.category.correct.fields

    def clean(self, text: str) -> str:
        """Return the right value as it would be stored; raises RightsError."""
        text, most = text.strip(), self.category.correct.fields[self.field]
        if not visible_length(text) or len(text) > most or "\0" in text:
            raise RightsError(
                self.key, _("Give the right value, in at most %(longest)s characters.") % {"longest": most}
            )
        try:
            new = self.category.correct.clean(self.field, text)
        except ValueError as error:
            raise RightsError(self.key, str(error)) from None
        if new == self.value:
            raise RightsError(self.key, _("This is what we hold already."))
        return new


def _has_records(category: DataCategory, reference: str) -> bool:
    with db.row_security_for(reference):
        return bool(category.count(reference))


def show_own_values(user: User, *, now: datetime) -> list[OwnValue]:
    """Return what of their data a person may correct, as it is now, once the log says that they opened it."""
    with db.row_security_for(user.reference):
        entry = append(events.VALUES_SHOWN, actor=actor_of(user), subject=user.reference, now=now)
    found = []
    for category in data_categories():
        rule = category.correct
        if rule.present is not None:
            with db.row_security_for(user.reference):
                own = rule.present(user.reference)
            found += [OwnValue(category, None, name, value) for name, value in own.items()]
        elif rule.fields and _has_records(category, user.reference):
            for record in islice(category.export(user.reference, entry), MOST):
                of = str(record.get("name", ""))
                found += [OwnValue(category, UUID(record["id"]), name, record[name], of) for name in rule.fields]
    return found


def check_corrections(values: Iterable[OwnValue], wanted: Sequence[tuple[str, str]]) -> list[tuple[OwnValue, str]]:
    """Return the fields with the right values, for pairs of a field's key and what was typed.

    Raises RightsError, whose field is that key, for what is no field of theirs, cannot be corrected, is given twice, or
    is no value for it.
    """
    known = {each.key: each for each in values if each.is_filed}
    checked: dict[str, tuple[OwnValue, str]] = {}
    for key, text in wanted:
        if key not in known:
            raise RightsError(key, _("This is none of your data that can be corrected."))
        if key in checked:
            raise RightsError(key, _("This field is given twice."))
        checked[key] = known[key], known[key].clean(text)
    if not checked:
        raise RightsError("", _("Give the right value of at least one field."))
    return list(checked.values())


def file_correction(
    user: User,
    *,
    wanted: Sequence[tuple[str, str]],
    reason: str,
    evidence: bytes = b"",
    now: datetime,
    kind: Kind = Kind.CORRECTION,
    **more: Any,
) -> RightsRequest:
    """File a request to correct fields, with why, and with a file that shows it; `more` as `receive_request` takes it.

    `wanted` as `check_corrections` takes it. Raises RightsError, and whatever `receive_request` raises; then nothing is
    stored.
    """
    checked, reason = check_corrections(show_own_values(user, now=now), wanted), reason.strip()
    if not visible_length(reason) >= SHORTEST_REASON or len(reason) > LONGEST_REASON:
        raise RightsError(
            "reason",
            _("Say why in %(shortest)s to %(longest)s characters.")
            % {"shortest": SHORTEST_REASON, "longest": LONGEST_REASON},
        )
    media_type = check_evidence("", evidence)
    file = Evidence(subject=user.reference, media_type=media_type or "", received_at=now)
    file.name = f"rights/evidence/{file.pk}"

    def complete(request: RightsRequest) -> None:
        for own, new in checked:
            row = Correction(request=request, subject=request.subject, record=own.record, field=own.field)
            row.category = own.category.name
            row.sealed_old = encrypt_for(request, row.context("sealed_old"), own.value)
            row.sealed_new = encrypt_for(request, row.context("sealed_new"), new)
            row.sealed_reason = encrypt_for(request, row.context("sealed_reason"), reason)
            row.save(force_insert=True)
        for name in sorted({own.category.name for own, _new in checked}):
            place_mark(request, name, MarkKind.DISPUTED, actor=actor_of(user), now=now)
        if media_type:
            key, file.request = new_file_key(), request
            file.sealed_key = encrypt(request.subject, file.key_context, key)
            file.size = store_file(file.name, key, [evidence], storing=lambda _size: None).size
            file.save(force_insert=True)

    try:
        return receive_request(user, kind=kind, now=now, complete=complete, **more)
    except BaseException:
        with suppress(Exception):  # the first error is the one to report
            delete_file(file.name)
        raise
