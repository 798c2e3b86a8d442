"""The staff pages of legal holds: the list, one hold, and what counsel and privacy officers do with them."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _, gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.selectors import get_staff_names
from accounts.identity.staff.role_admin import RoleAdmin
from cases.errors import NotAllowedError
from core.actions import Action, confirm_page
from rights import services
from rights.forms import NewHoldForm
from rights.models import LegalHold
from rights.policies import HOLDERS, check_holder, scope_title
from vault.errors import KeyDestroyedError

PAGE_SIZE = 50
_LIST = "admin:rights_legalhold_changelist"

_PLACE = Action(
    _lazy("Place a legal hold"),
    _lazy(
        "Nothing of what it names is erased or removed by its age until the day is over. Then everything goes on by "
        "itself. Authority and reason are encrypted under the person's key."
    ),
    _lazy("The hold is in force."),
    services.place_hold,
    NewHoldForm,
    button=_lazy("Place it"),
    decides=True,
)
_LIFT = Action(
    _lazy("Lift the hold"),
    _lazy("What waited for it goes on by itself, within the hour or this night. It cannot be placed back, only anew."),
    _lazy("The hold is lifted."),
    services.lift_hold,
    button=_lazy("Lift it"),
    danger=True,
    decides=True,
)


def _may_hold(subject: str, actor: User) -> bool:
    try:
        check_holder(subject, actor)
    except NotAllowedError:
        return False
    return True


class LegalHoldAdmin(RoleAdmin):
    """Legal counsel and privacy officers place and lift holds; auditors see them without authority and reason."""

    readers = HOLDERS | {Role.AUDITOR}

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.protect(self.holds), name="rights_legalhold_changelist"),
            path("new_hold/", self.protect(self.add, HOLDERS), name="rights_legalhold_new"),
            path("<uuid:hold>/", self.protect(self.hold), name="rights_legalhold_detail"),
            path("<uuid:hold>/lift/", self.protect(self.lift, HOLDERS), name="rights_legalhold_lift"),
        ]

    def holds(self, request: HttpRequest) -> HttpResponseBase:
        """List the holds, newest first."""
        found = LegalHold.objects.defer("sealed").order_by("-placed_at", "id")
        page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        context = {
            "title": _("Legal holds"),
            "rows": _rows(page.object_list),
            "page_obj": page,
            "may_change": self.may_read(request, HOLDERS),
        }
        return self.page(request, "rights/staff/holds.html", context)

    @method_decorator(require_safe)
    def hold(self, request: HttpRequest, hold: UUID) -> HttpResponseBase:
        """Show one hold; to who may lift it with authority and reason, once the log says that they opened them."""
        found, now, user = get_object_or_404(LegalHold, pk=hold), timezone.now(), self.actor(request)
        may_change = _may_hold(found.subject, user)
        texts: dict[str, str] = {}
        if may_change:
            with suppress(KeyDestroyedError):  # the person is being erased, and the texts went with the key
                texts = services.show_hold(found, actor=user, now=now)
        (row,) = _rows([found])
        context = {
            **row,
            "title": _("Legal hold: %(scope)s") % {"scope": row["scope"]},
            "crumbs": [(reverse(_LIST), _("Legal holds"))],
            "texts": texts,
            "may_lift": may_change and row["is_active"],
        }
        return self.page(request, "rights/staff/hold.html", context)

    def add(self, request: HttpRequest) -> HttpResponseBase:
        """Place a hold; the address may name the person by their reference."""
        given = {"subject": request.GET.get("subject", "")}
        action = replace(_PLACE, form=partial(NewHoldForm, initial=given))
        return confirm_page(self, request, action, crumbs=[(reverse(_LIST), _("Legal holds"))])

    def lift(self, request: HttpRequest, hold: UUID) -> HttpResponseBase:
        """Lift a hold."""
        found = get_object_or_404(LegalHold.objects.defer("sealed"), pk=hold)
        title = scope_title(found.category)
        crumbs = [(reverse(_LIST), _("Legal holds")), (reverse("admin:rights_legalhold_detail", args=[hold]), title)]
        return confirm_page(self, request, _LIFT, hold, crumbs=crumbs, heading=title)


def _rows(holds: Any) -> list[dict[str, Any]]:
    now = timezone.now()
    found = list(holds)
    names = get_staff_names({hold.placed_by for hold in found} | {hold.ended_by for hold in found} - {""})
    return [
        {
            "hold": hold,
            "scope": scope_title(hold.category),
            "is_active": hold.is_active(now),
            "days_left": (hold.ends_on - now.date()).days,
            "placed_by": names.get(hold.placed_by, ""),
            "lifted_by": names.get(hold.ended_by, ""),
        }
        for hold in found
    ]
