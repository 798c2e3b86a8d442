"""Personal data of the inbox."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import CLOUDS, CorrectionRule, declare_category
from accounts.personaldata.erase import erase_rows
from accounts.personaldata.recheck import count_rows
from core import db
from vault.services import decryptor

from .models import Letter


def _count(reference: str) -> int:
    return Letter.objects.filter(subject=reference).count()


def _export(reference: str, entry: UUID) -> Iterator[dict[str, Any]]:
    opener = decryptor(reference, entry)
    with db.authorised_by(reference, entry):
        for letter in Letter.objects.filter(subject=reference).order_by("written_at", "id").iterator(500):
            yield {
                "written_at": letter.written_at.isoformat(),
                "kind": letter.kind,
                "case": letter.case_ref,
                "subject": letter.subject_line,
                "text": opener.decrypt(letter.encryption_context, letter.sealed).decode(),
                "read_at": letter.read_at.isoformat() if letter.read_at else None,
                "mail_state": letter.mail_state,
            }


LETTERS = declare_category(
    name="inbox.letters",
    title=_("Letters"),
    policy_section=_("How We Use Your Information"),
    models=("inbox.Letter",),
    fields={
        "written_at": _("when we wrote it"),
        "kind": _("which kind of letter it is"),
        "case": _("the request or approval request that it belongs to"),
        "subject": _("its subject line"),
        "text": _("its text"),
        "read_at": _("when you first opened it"),
        "mail_state": _("whether a copy was mailed"),
    },
    purposes=(_("telling you about your account and your requests"),),
    legal_basis=_("our duties to you under the contract and data protection law"),
    processors=(*CLOUDS, "mail"),
    recipients=(),
    source=_("written by us"),
    retention=_("while your account is open, then as long as a dispute may need it; no end is set yet"),
    restricted=True,
    count=_count,
    export=_export,
    erase=erase_rows("inbox_erase", "inbox_letter"),
    recheck=count_rows("inbox_left", "inbox_letter"),
    correct=CorrectionRule(why_not=_("It is what we wrote to you then. Where it was wrong, we write to you anew.")),
    erased_last=True,
)
