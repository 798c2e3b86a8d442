"""The restricted items that staff may request to read: the texts of letters."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _, gettext_lazy

from accounts.personaldata.item_providers import declare_item_provider, show_time
from vault.services import Decryptor

from .models import Letter


def _opened(model: type[Letter], items: Collection[UUID], opener: Decryptor) -> Iterator[tuple[Letter, dict[str, Any]]]:
    """Yield the letters with their texts, which are no fields but text as the person got it."""
    for letter in model.objects.filter(pk__in=items, subject=opener.reference):
        yield letter, {"text": opener.text(letter.encryption_context, letter.sealed)}


LETTER = declare_item_provider(
    "inbox.letter",
    gettext_lazy("Letters"),
    Letter,
    listing="inbox_name_letters",
    takes=("start", "end"),
    facts={"time": "written_at", "what": "kind", "case": "case_ref"},
    outline=gettext_lazy("Letter of %(time)s, %(what)s %(case)s"),
    show=lambda row, decrypted: {
        _("Time"): show_time(row.written_at),
        _("Subject line"): row.subject_line,
        _("Text"): decrypted["text"],
    },
    rows_of=_opened,
    own_name=lambda row, _decrypted: row.subject_line,
)
