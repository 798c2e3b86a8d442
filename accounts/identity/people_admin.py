"""The staff as administrators see and change it, one act a page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit.shown import subject_url

from . import selectors, services
from .errors import IdentityError
from .forms import InviteForm, RoleForm
from .models import Invitation, PendingChange, RoleAssignment, User
from .policies import signed_in
from .role_words import ROLE_WORDS
from .roles import Role
from .staff_door import staff_roles
from .windows import Window

ACTS: dict[str, Callable[..., object]] = {
    "suspend": services.suspend_staff,
    "reinstate": services.reinstate_staff,
    "leave": services.leave_staff,
}


class PeopleAdmin(Window):
    """Members of staff, their roles, and who is invited. Administrators change it, auditors look."""

    readers = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})

    def get_urls(self) -> list[URLPattern]:
        def act(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
            return self.open(view, Role.ADMINISTRATOR, step_up=True)

        return [
            path("", self.open(self.people), name="identity_roleassignment_changelist"),
            path("invite/", act(self.invite), name="identity_invite"),
            path("invitation/<uuid:invitation_id>/cancel/", act(self.cancel), name="identity_cancel_invitation"),
            path("role/<int:assignment_id>/confirm/", act(self.confirm_role), name="identity_confirm_role"),
            path("role/<int:assignment_id>/end/", act(self.end_role), name="identity_end_role"),
            path("change/<uuid:change_id>/<str:verb>/", act(self.settle_change), name="identity_settle_change"),
            path("<uuid:user_id>/", self.open(self.person), name="identity_staff_detail"),
            path("<uuid:user_id>/give/", act(self.give_role), name="identity_give_role"),
            path("<uuid:user_id>/<str:verb>/", act(self.act), name="identity_staff_act"),
        ]

    def people(self, request: HttpRequest) -> HttpResponse:
        """List the staff and the open invitations."""
        return self.page(
            request,
            "identity/staff/people.html",
            title=_("People"),
            rows=selectors.list_staff(timezone.now()),
            invitations=selectors.list_open_invitations(timezone.now()),
            may_change=Role.ADMINISTRATOR in staff_roles(request),
        )

    def person(self, request: HttpRequest, user_id: UUID) -> HttpResponse:
        """Show one member of staff and what may be done."""
        person = self._member(user_id)
        now = timezone.now()
        services.show_people([person], by=signed_in(request), page="staff", now=now)
        held = selectors.list_role_assignments(person)
        return self.page(
            request,
            "identity/staff/person.html",
            log_url=subject_url(request, person.reference),
            title=person.username,
            person=person,
            roles=[(row, ROLE_WORDS[Role(row.role)], row.counts(now)) for row in held],
            changes=selectors.list_pending_changes(person),
            has_second_factor=bool(selectors.list_factors(person)),
            may_change=Role.ADMINISTRATOR in staff_roles(request) and person.pk != signed_in(request).pk,
            may_end_roles=Role.ADMINISTRATOR in staff_roles(request),
            me=signed_in(request).reference,
        )

    def invite(self, request: HttpRequest) -> HttpResponse:
        """Invite somebody, and mail the link."""
        form = InviteForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            wanted = [Role(name) for name in form.cleaned_data["roles"]]
            try:
                invitation, token = services.invite_staff(
                    email=form.cleaned_data["email"], roles=wanted, by=signed_in(request), now=timezone.now()
                )
            except IdentityError as error:
                form.add_error(error.field or None, error.sentence)
            else:
                link = request.build_absolute_uri(reverse("invitation_link", args=[token]))
                get_adapter().send_mail("identity/email/staff_invitation", invitation.email, {"link": link})
                messages.success(request, _("The invitation is on its way. Its link works once, for seven days."))
                return HttpResponseRedirect(reverse("admin:identity_roleassignment_changelist"))
        return self._ask(
            request,
            title=_("Invite somebody to the staff"),
            text=_("They get a link by mail. Their roles count once they have joined and set up a second factor."),
            action=_("Invite"),
            form=form,
        )

    def give_role(self, request: HttpRequest, user_id: UUID) -> HttpResponse:
        """Give a role."""
        person = self._member(user_id)
        form = RoleForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                given = services.give_role(
                    person, Role(form.cleaned_data["role"]), by=signed_in(request), now=timezone.now()
                )
            except IdentityError as error:
                form.add_error(error.field or None, error.sentence)
            else:
                if given.confirmed_at:
                    done = _("The role counts from now on.")
                elif given.effective_at is None:
                    done = _("A second administrator must confirm it.")
                else:
                    done = _takes_effect(given.effective_at)
                messages.success(request, done)
                return self._to(person)
        return self._ask(
            request,
            title=_("Give %(name)s a role") % {"name": person.username},
            text=_(
                "Where there is another active administrator, the role counts once they have confirmed it. A right to "
                "decide and the administrator's role wait for that, or for 72 hours after all staff were told."
            ),
            action=_("Give the role"),
            form=form,
            back=person,
        )

    def confirm_role(self, request: HttpRequest, assignment_id: int) -> HttpResponse:
        """Confirm a role that another administrator gave."""
        kept = self._assignment(assignment_id)
        return self._do(
            request,
            lambda: services.confirm_role(assignment_id, by=signed_in(request), now=timezone.now()),
            title=_("Confirm a role"),
            text=_("%(name)s will hold the role “%(role)s” from now on.") % self._words(kept),
            action=_("Confirm"),
            back=kept.user,
        )

    def end_role(self, request: HttpRequest, assignment_id: int) -> HttpResponse:
        """End a role."""
        kept = self._assignment(assignment_id)
        return self._do(
            request,
            lambda: services.end_role(assignment_id, by=signed_in(request), now=timezone.now()),
            title=_("End a role"),
            text=_("%(name)s loses the role “%(role)s” at the next page they open.") % self._words(kept),
            action=_("End the role"),
            danger=True,
            back=kept.user,
        )

    def settle_change(self, request: HttpRequest, change_id: UUID, verb: str) -> HttpResponse:
        """Confirm what another administrator asked for, or withdraw it."""
        change = PendingChange.objects.select_related("user", "assignment").filter(pk=change_id).first()
        if change is None or verb not in {"confirm", "withdraw"}:
            raise Http404
        is_confirmed = verb == "confirm"
        settle = services.confirm_change if is_confirmed else services.withdraw_change
        return self._do(
            request,
            lambda: settle(change_id, by=signed_in(request), now=timezone.now()),
            title=_("Confirm a change") if is_confirmed else _("Withdraw a change"),
            text=_change_words(change, change.user.username),
            action=_("Confirm") if is_confirmed else _("Withdraw"),
            danger=is_confirmed,
        )

    def cancel(self, request: HttpRequest, invitation_id: UUID) -> HttpResponse:
        """Take an invitation back."""
        if not Invitation.objects.filter(pk=invitation_id).exists():
            raise Http404
        return self._do(
            request,
            lambda: services.cancel_invitation(invitation_id, by=signed_in(request), now=timezone.now()),
            title=_("Take the invitation back"),
            text=_("Its link stops working at once."),
            action=_("Take it back"),
            danger=True,
        )

    def act(self, request: HttpRequest, user_id: UUID, verb: str) -> HttpResponse:
        """Suspend, reinstate, or record a leaving."""
        if verb not in ACTS:
            raise Http404
        person = self._member(user_id)
        title, text, action = _act_words(verb, person.username)
        return self._do(
            request,
            lambda: ACTS[verb](person, by=signed_in(request), now=timezone.now()),
            title=title,
            text=text,
            action=action,
            danger=verb != "reinstate",
            back=None if verb == "leave" else person,
        )

    def _do(self, request: HttpRequest, act: Callable[[], object], **words: Any) -> HttpResponse:
        back = words.get("back")
        if request.method == "POST":
            try:
                done = act()
            except IdentityError as error:
                return self._ask(request, **{**words, "refusal": error.sentence})
            if isinstance(done, PendingChange):
                messages.success(request, _takes_effect(done.effective_at))
                return self._to(done.user)
            messages.success(request, _("Done, and written to the log."))
            return self._to(back)
        return self._ask(request, **words)

    def _ask(
        self, request: HttpRequest, *, refusal: Any = None, back: User | None = None, **words: Any
    ) -> HttpResponse:
        form = words.get("form")
        bad = refusal is not None or (form is not None and form.is_bound)
        return self.page(
            request,
            "identity/staff/ask.html",
            400 if bad else 200,
            refusal=refusal,
            back_url=self._to(back)["Location"],
            **words,
        )

    @staticmethod
    def _to(person: User | None) -> HttpResponseRedirect:
        if person is None:
            return HttpResponseRedirect(reverse("admin:identity_roleassignment_changelist"))
        return HttpResponseRedirect(reverse("admin:identity_staff_detail", args=[person.pk]))

    @staticmethod
    def _member(user_id: UUID) -> User:
        person = User.objects.filter(pk=user_id, is_staff=True).first()
        if person is None:
            raise Http404
        return person

    @staticmethod
    def _assignment(assignment_id: int) -> RoleAssignment:
        kept = RoleAssignment.objects.select_related("user").filter(pk=assignment_id).first()
        if kept is None:
            raise Http404
        return kept

    @staticmethod
    def _words(kept: RoleAssignment) -> dict[str, Any]:
        return {"name": kept.user.username, "role": ROLE_WORDS[Role(kept.role)]}


def _takes_effect(moment: datetime) -> str:
    """Return the sentence about what waits."""
    day = date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    return _("It takes effect on %(day)s, or as soon as a second administrator confirms it. All staff are told.") % {
        "day": day
    }


def _change_words(change: PendingChange, name: str) -> str:
    """Return what a pending change is going to do."""
    if change.assignment is not None:
        role = ROLE_WORDS[Role(change.assignment.role)]
        return _("%(name)s loses the role “%(role)s” at the next page they open.") % {"name": name, "role": role}
    return _act_words(change.act, name)[1]


def _act_words(verb: str, name: str) -> tuple[str, str, str]:
    """Return title, text and button of one act."""
    if verb == "suspend":
        return (
            _("Suspend %(name)s") % {"name": name},
            _(
                "They are signed out everywhere at once. What they asked for and were granted ends. "
                "Their roles wait for their return."
            ),
            _("Suspend"),
        )
    if verb == "reinstate":
        return (
            _("Let %(name)s in again") % {"name": name},
            _("They can sign in again with the roles they had. What ended with the suspension stays ended."),
            _("Reinstate"),
        )
    return (
        _("%(name)s leaves the staff") % {"name": name},
        _(
            "They are signed out everywhere at once, and every role, ask and grant of theirs ends. "
            "Their own user account stays."
        ),
        _("Record the leaving"),
    )
