"""Personal data of the terms: which versions of the policy a person accepted."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import CLOUDS, HAPPENED, declare_category, json_value
from accounts.personaldata.erase import erase_rows
from accounts.personaldata.recheck import count_rows

from .models import Acceptance


def _export(reference: str, _entry: UUID) -> Iterator[dict[str, Any]]:
    for row in Acceptance.objects.filter(subject=reference).select_related("version").order_by("recorded_at"):
        found = {name: json_value(getattr(row, name)) for name in ("how", "cause", "recorded_at", "seen_at")}
        yield {"version": row.version.effective_on.isoformat(), **found}


ACCEPTANCES = declare_category(
    name="terms.acceptances",
    title=_("Versions of the policy that you accepted"),
    policy_section=_("Changes to This Policy"),
    models=("terms.Acceptance",),
    fields={
        "version": _("the day on which the version takes effect"),
        "how": _("how you accepted it: by creating the account, by going on, or by saying so"),
        "cause": _("the request, or the record of the platform, by which you did"),
        "recorded_at": _("when you accepted it"),
        "seen_at": _("when you closed the note that it is in force"),
    },
    purposes=(_("knowing which version of the policy counts between you and us"),),
    legal_basis=_("our legitimate interest in being able to show that you accepted it: GDPR Article 6(1)(f)"),
    processors=CLOUDS,
    recipients=(),
    source=_("you, by what you did here, or the platform, by what it recorded"),
    retention=_("while your account is open"),
    restricted=False,
    count=lambda reference: Acceptance.objects.filter(subject=reference).count(),
    export=_export,
    erase=erase_rows("terms_erase", "terms_acceptance"),
    recheck=count_rows("terms_left", "terms_acceptance"),
    correct=HAPPENED,
)
