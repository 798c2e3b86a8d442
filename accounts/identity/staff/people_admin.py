"""The admin pages of the staff: its members, their roles and invitations. Each change asks first."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy as _lazy

from accounts.identity import selectors, services
from accounts.identity.forms import InviteForm, RoleForm
from accounts.identity.models import Invitation, PendingChange, RoleAssignment, User
from accounts.identity.roles import Role
from accounts.identity.waiting import forget_counts
from audit.staff.presenters import subject_url
from core.actions import Action, confirm_page
from core.admin import View

from .role_admin import RoleAdmin

_LIST, _PERSON = "admin:identity_roleassignment_changelist", "admin:identity_staff_detail"


class PeopleAdmin(RoleAdmin):
    """Administrators change the staff, auditors read."""

    readers = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})

    def get_urls(self) -> list[URLPattern]:
        def change(view: View) -> View:
            return self.protect(view, Role.ADMINISTRATOR, step_up=True)

        role = change(self.change_role)
        return [
            path("", self.protect(self.people), name="identity_roleassignment_changelist"),
            path("invite/", change(self.invite), name="identity_invite"),
            path("invitation/<uuid:invitation_id>/cancel/", change(self.cancel), name="identity_cancel_invitation"),
            path("role/<int:assignment_id>/confirm/", role, {"verb": "confirm"}, name="identity_confirm_role"),
            path("role/<int:assignment_id>/end/", role, {"verb": "end"}, name="identity_end_role"),
            path("change/<uuid:change_id>/<str:verb>/", change(self.settle_change), name="identity_settle_change"),
            path("<uuid:user_id>/", self.protect(self.person), name="identity_staff_detail"),
            path("<uuid:user_id>/give/", change(self.give_role), name="identity_give_role"),
            path("<uuid:user_id>/<str:verb>/", change(self.act), name="identity_staff_act"),
        ]

    def people(self, request: HttpRequest) -> HttpResponseBase:
        """List the staff and the open invitations."""
        now = timezone.now()
        context = {
            "title": _("People"),
            "rows": selectors.list_staff(now),
            "invitations": selectors.list_open_invitations(now),
            "may_change": self.may_read(request, Role.ADMINISTRATOR),
        }
        return self.page(request, "identity/staff/people.html", context)

    def person(self, request: HttpRequest, user_id: UUID) -> HttpResponseBase:
        """Show one member of staff and what may be done."""
        person, actor, now = _member(user_id), self.actor(request), timezone.now()
        services.show_people([person], actor=actor, page="staff", now=now)
        is_administrator = self.may_read(request, Role.ADMINISTRATOR)
        context = {
            "log_url": subject_url(request, person.reference),
            "title": person.username,
            "person": person,
            "roles": [
                (row, Role(row.role).label, row.is_in_force(now)) for row in selectors.list_role_assignments(person)
            ],
            "changes": selectors.list_pending_changes(person),
            "has_second_factor": bool(selectors.list_factors(person)),
            "may_change": is_administrator and person.pk != actor.pk,
            "may_end_roles": is_administrator,
            "me": actor.reference,
        }
        return self.page(request, "identity/staff/person.html", context)

    def invite(self, request: HttpRequest) -> HttpResponseBase:
        """Invite somebody, and mail the link."""

        def invite(**facts: Any) -> None:
            invitation, token = services.invite_staff(**facts)
            link = request.build_absolute_uri(reverse("invitation:link", args=[token]))
            get_adapter().send_mail("identity/email/staff_invitation", invitation.email, {"link": link})

        return self._confirm(request, replace(_INVITE, do=invite))

    def give_role(self, request: HttpRequest, user_id: UUID) -> HttpResponseBase:
        """Give a role."""
        person = _member(user_id)
        action = replace(_GIVE, title=_GIVE.title % {"name": person.username})
        return self._confirm(request, action, person, person=person)

    def change_role(self, request: HttpRequest, assignment_id: int, verb: str) -> HttpResponseBase:
        """Confirm a role that another administrator gave, or end a role."""
        assignment = get_object_or_404(RoleAssignment.objects.select_related("user"), pk=assignment_id)
        action = replace(_ROLE_ACTIONS[verb], text=_ROLE_ACTIONS[verb].text % _labels(assignment))
        return self._confirm(request, action, assignment_id, person=assignment.user)

    def settle_change(self, request: HttpRequest, change_id: UUID, verb: str) -> HttpResponseBase:
        """Confirm what another administrator asked for, or withdraw it."""
        change = get_object_or_404(PendingChange.objects.select_related("assignment__user"), pk=change_id)
        if verb not in _CHANGE_ACTIONS:
            raise Http404
        if change.assignment is not None:
            text = _ROLE_ACTIONS["end"].text % _labels(change.assignment)
        else:
            text = _PERSON_ACTIONS[change.act].text
        return self._confirm(request, replace(_CHANGE_ACTIONS[verb], text=text), change_id)

    def cancel(self, request: HttpRequest, invitation_id: UUID) -> HttpResponseBase:
        """Take an invitation back."""
        get_object_or_404(Invitation, pk=invitation_id)
        return self._confirm(request, _CANCEL, invitation_id)

    def act(self, request: HttpRequest, user_id: UUID, verb: str) -> HttpResponseBase:
        """Suspend, reinstate, or record a leaving."""
        if verb not in _PERSON_ACTIONS:
            raise Http404
        person, action = _member(user_id), _PERSON_ACTIONS[verb]
        action = replace(action, title=action.title % {"name": person.username})
        return self._confirm(request, action, person, person=None if verb == "leave" else person)

    def _confirm(
        self, request: HttpRequest, action: Action, *target: object, person: User | None = None
    ) -> HttpResponseBase:
        """Ask first; then lead back to the person, or to the list."""

        def then(result: object) -> HttpResponseBase:
            forget_counts(self.actor(request))
            return redirect(_PERSON, result.user_id) if isinstance(result, PendingChange) else redirect(crumbs[-1][0])

        crumbs: list[tuple[str, Any]] = [(reverse(_LIST), _("People"))]
        if person is not None:
            crumbs.append((reverse(_PERSON, args=[person.pk]), person.username))
        return confirm_page(self, request, action, *target, crumbs=crumbs, then=then)


def _member(user_id: UUID) -> User:
    return get_object_or_404(User, pk=user_id, is_staff=True)


def _labels(assignment: RoleAssignment) -> dict[str, Any]:
    return {"name": assignment.user.username, "role": Role(assignment.role).label}


def _done(result: object) -> str:
    if isinstance(result, PendingChange):
        return _takes_effect(result.effective_at)
    return _("Done, and written to the log.")


def _given(assignment: RoleAssignment) -> str:
    if assignment.confirmed_at:
        return _("The role counts from now on.")
    if assignment.effective_at is None:
        return _("A second administrator must confirm it.")
    return _takes_effect(assignment.effective_at)


def _takes_effect(moment: datetime) -> str:
    day = date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    return _("It takes effect on %(day)s, or as soon as a second administrator confirms it. All staff are told.") % {
        "day": day
    }


_INVITE = Action(
    _lazy("Invite somebody to the staff"),
    _lazy("They get a link by mail. Their roles count once they have joined and set up a second factor."),
    _lazy("The invitation is on its way. Its link works once, for seven days."),
    services.invite_staff,
    InviteForm,
    button=_lazy("Invite"),
)
_CANCEL = Action(
    _lazy("Take the invitation back"),
    _lazy("Its link stops working at once."),
    _done,
    services.cancel_invitation,
    button=_lazy("Take it back"),
    danger=True,
)
_GIVE = Action(
    _lazy("Give %(name)s a role"),
    _lazy(
        "Where there is another active administrator, the role counts once they have confirmed it. A right to "
        "decide and the administrator's role wait for that, or for 72 hours after all staff were told."
    ),
    _given,
    services.give_role,
    RoleForm,
    button=_lazy("Give the role"),
)
_ROLE_ACTIONS = {
    "confirm": Action(
        _lazy("Confirm a role"),
        _lazy("%(name)s will hold the role “%(role)s” from now on."),
        _done,
        services.confirm_role,
        button=_lazy("Confirm"),
    ),
    "end": Action(
        _lazy("End a role"),
        _lazy("%(name)s loses the role “%(role)s” at the next page they open."),
        _done,
        services.end_role,
        button=_lazy("End the role"),
        danger=True,
    ),
}
_CHANGE_ACTIONS = {
    "confirm": Action(
        _lazy("Confirm a change"), "", _done, services.confirm_change, button=_lazy("Confirm"), danger=True
    ),
    "withdraw": Action(_lazy("Withdraw a change"), "", _done, services.withdraw_change, button=_lazy("Withdraw")),
}
#: verb in the address, which is also the act of a pending change
_PERSON_ACTIONS = {
    "suspend": Action(
        _lazy("Suspend %(name)s"),
        _lazy(
            "They are signed out everywhere at once. What they asked for and were granted ends. "
            "Their roles wait for their return."
        ),
        _done,
        services.suspend_staff,
        button=_lazy("Suspend"),
        danger=True,
    ),
    "reinstate": Action(
        _lazy("Let %(name)s in again"),
        _lazy("They can sign in again with the roles they had. What ended with the suspension stays ended."),
        _done,
        services.reinstate_staff,
        button=_lazy("Reinstate"),
    ),
    "leave": Action(
        _lazy("%(name)s leaves the staff"),
        _lazy(
            "They are signed out everywhere at once, and every role, approval request and grant of theirs ends. "
            "Their own user account stays."
        ),
        _done,
        services.leave_staff,
        button=_lazy("Record the leaving"),
        danger=True,
    ),
}
