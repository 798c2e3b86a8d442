"""Receivers: what a user's overview tells, and a colleague who leaves or loses a role."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.connections.announcements import grant_wiped
from accounts.identity.announcements import register_role_ended, register_staff_left
from accounts.identity.home import Card, declare_badge, register_card
from accounts.identity.policies import signed_in
from accounts.identity.roles import Role
from accounts.identity.staff.person_facts import register_person_facts
from accounts.personaldata.categories import set_subjects_on_hold
from accounts.workloads.announcements import order_answered, order_contents
from audit.erasure.participants import register_erased_listener, register_erasure_participant
from audit.log.actors import Actor
from core import db

from . import presenters
from .fulfilment.correct_category import open_order
from .fulfilment.erase_person import erase_all_but_kept
from .fulfilment.ordered_step import order_drop, proceed_by_receipt
from .models import RightsRequest
from .selectors import list_own_requests, list_subjects_kept, marks_in_force
from .services import ForgetRequests, release_requests
from .states import Kind, RequestState

register_staff_left(release_requests)
register_erasure_participant(ForgetRequests())
register_erased_listener(erase_all_but_kept)
set_subjects_on_hold(list_subjects_kept)
order_answered.register(proceed_by_receipt)
grant_wiped.register(order_drop)
order_contents.register(open_order)


@register_role_ended
def release_requests_of_former_officer(reference: str, *, role: Role, actor: Actor, now: datetime) -> None:
    """Return the requests of a colleague who is no longer a privacy officer to the queue."""
    if role is Role.PRIVACY_OFFICER:
        release_requests(reference, actor=actor, now=now)


@register_card
def request_card(request: HttpRequest) -> Card:
    """Show the newest request that is open, or whose package waits; else say what can be asked for."""
    user, now = signed_in(request), timezone.now()
    with db.row_security_for(user.reference):
        rows = list_own_requests(user.reference, limit=5)
    for row in rows:
        url = reverse("rights:request", args=[row.reference])
        package = getattr(row, "package", None)
        if package is not None and package.is_offered(now) and not package.downloads:
            ready, text = _("Your data is ready"), _("Request %(reference)s") % {"reference": row.reference}
            return Card(ready, text, url, _("Download"), icon="download", tone="success", awaits_answer=True)
        if row.kind == Kind.DELETION and row.is_open and row.grace_ends_at is not None:
            facts = {"day": date_format(timezone.localtime(row.grace_ends_at), "DATETIME_FORMAT")}
            text = _("You asked us to delete your account. You can cancel until %(day)s.") % facts
            title, act = _("Your account will be deleted"), _("See or cancel it")
            return Card(title, text, url, act, icon="warn", tone="warning")
        if row.state == RequestState.AWAITING_USER:
            asked, text = _("We have a question"), _("Request %(reference)s waits for your answer.")
            answer = reverse("rights:questions", args=[row.reference])
            card = (asked, text % {"reference": row.reference}, answer, _("Read and answer"))
            return Card(*card, icon="hand", tone="warning", awaits_answer=True)
        if row.is_open:
            facts = {"reference": row.reference, "day": date_format(row.due_on)}
            text = _("Request %(reference)s is open. You have our answer by %(day)s.") % facts
            return Card(_("Your request"), text, url, _("See where it stands"), "shield", "info")
    text = _("You can have a copy of everything that we hold about you.")
    return Card(
        _("Your data"), text, reverse("rights:new_request", args=[Kind.ACCESS]), _("Ask for your data"), "shield"
    )


@register_card
def log_card(_request: HttpRequest) -> Card:
    """Lead to what the log says of the person."""
    text = _("Every entry of the log about you: who did what and when, each with its proof.")
    return Card(_("My log"), text, reverse("my_log:log"), _("Read it"), "list")


@register_person_facts
def tell_marks(reference: str) -> list[tuple[Any, str]]:
    """Tell staff what a person had restricted or objected to: they obey it."""
    rows = presenters.mark_rows(marks_in_force().filter(subject=reference))
    return [(row["mark"].get_kind_display(), f"{row['title']} · {row['mark'].request.reference}") for row in rows]


def count_for_user(reference: str, now: datetime) -> int:
    """Count the packages that wait for their first download, and the questions that wait for an answer."""
    is_ready = Q(package__removed_at=None, package__expires_at__gt=now, package__downloads=0)
    waits = is_ready | Q(state=RequestState.AWAITING_USER)
    return RightsRequest.objects.filter(waits, subject=reference).count()


declare_badge("privacy", count_for_user)
