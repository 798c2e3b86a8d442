"""The connections among a user's settings: sign-in, access to Google data, automations."""

from math import ceil
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.policies import signed_in
from core import db

from . import google, services
from .errors import ConsentError
from .models import Provider, WipeReason
from .scopes import CATALOGUE, Scope, ScopeClass
from .selectors import find_needs, get_grant, scopes_of
from .services.show_connections import Connections

#: Google's class of a scope → a word for people and the tone of its pill
_CLASSES: dict[ScopeClass, tuple[Any, str]] = {
    ScopeClass.RESTRICTED: (gettext_lazy("restricted"), "warning"),
    ScopeClass.SENSITIVE: (gettext_lazy("sensitive"), "info"),
    ScopeClass.PLAIN: (gettext_lazy("neither"), ""),
}
#: the pages on which a person sees and ends an app's access themselves
_PROVIDERS: dict[str, tuple[str, str]] = {
    Provider.GOOGLE: ("Google", "https://myaccount.google.com/connections"),
    Provider.GITHUB: ("GitHub", "https://github.com/settings/applications"),
}
#: where the session keeps what a consent was asked with
_PENDING = "connections.consent"


def _row(scope: Scope, found: Connections) -> dict[str, Any]:
    """Return one scope with whether it is granted, and the automations of the page that are on and need it."""
    class_label, tone = _CLASSES[scope.kind]
    needing = found.needs.on
    names = [each["name"] for each in found.listed.automations if scope.name in needing.get(each["id"], ())]
    return {
        "scope": scope,
        "sentence": _(scope.sentence),
        "class_label": class_label,
        "tone": tone,
        "needed_by": names,
        "more": found.needs.now[scope.name] - len(names),
        "is_granted": scope.name in found.granted,
        "is_needed": scope.name in found.needs.ever,
    }


def connections_context(found: Connections) -> dict[str, Any]:
    """Return what the page of connections shows."""
    for each in found.listed.automations:
        each["lacks"] = [scope for scope in each["scopes"] if each["is_on"] and scope.name not in found.granted]
        each["is_withheld"] = each["id"] in found.withheld
        # one that is on and counts nowhere was deleted at the platform
        is_gone = each["is_on"] and not each["is_withheld"] and each["id"] not in found.needs.on
        each["lacks"] = [] if is_gone else each["lacks"]
        names = [scope.name for scope in each["scopes"]]
        each["has_access"] = not is_gone and found.grant is not None and found.grant.serves(each["id"], names)
    at_github = {grant.account_id for grant in found.at_github}
    return {
        "found": found,
        "page_obj": found.listed.page,
        "is_set_up": google.is_set_up(),
        "rows": [_row(CATALOGUE[name], found) for name in CATALOGUE if name in {*found.needs.now, *found.granted}],
        "lacking": {*found.needs.now} - found.granted,
        "unneeded": sorted(found.granted - found.needs.ever),
        "sign_in": [
            # whether it can be ended from here, as far as there is anything to end
            (row, *_PROVIDERS[row.provider], row.uid in at_github if row.provider == Provider.GITHUB else None)
            for row in found.sign_in
            if row.provider in _PROVIDERS
        ],
        # rounded up, so that each was within what is told
        "times": {name: ceil(value * 10) / 10 for name, value in vars(found.times).items() if value is not None},
        "ended": [(row, *_PROVIDERS[row.provider]) for row in found.ended],
    }


@login_required
@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    """Show what the user signs in with, what they granted at Google and for which automations, and where those sent
    data."""
    found = services.show_connections(
        signed_in(request), paged=services.numbered(request.GET.get("page")), now=timezone.now()
    )
    return render(request, "connections/connections.html", connections_context(found))


def _scopes_of(user: User, automation: UUID) -> set[str]:
    """Return what an automation of theirs needs; call it inside `db.row_security_for`. Raises Http404."""
    try:
        return scopes_of(user.reference, automation)
    except ObjectDoesNotExist:
        raise Http404 from None


def _callback(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("connections:google_callback"))


@login_required
@require_POST
def request_google(request: HttpRequest, automation: UUID | None = None) -> HttpResponse:
    """Lead the user to Google's consent page, for what one of their automations needs, or all of them.

    One from which they took away what is granted has it back without that.
    """
    user, now = signed_in(request), timezone.now()
    with db.row_security_for(user.reference):
        scopes = _scopes_of(user, automation) if automation else {*find_needs(user.reference).now}
        grant = get_grant(user.reference)
    if automation and grant and scopes <= {*grant.scopes} and services.give_back(user, automation, now=now):
        messages.success(request, _("The automation has its access back."))
        return redirect("connections:connections")
    try:
        address, request.session[_PENDING] = services.request_consent(
            user, scopes, redirect_uri=_callback(request), now=now, automation=automation
        )
    except ConsentError as refusal:
        messages.error(request, refusal.sentence)
        return redirect("connections:connections")
    return redirect(address)


@login_required
@require_safe
def google_callback(request: HttpRequest) -> HttpResponse:
    """Take what the user granted at Google, if they went there from this session."""
    pending = request.session.get(_PENDING)
    answer = {"state": request.GET.get("state", ""), "code": request.GET.get("code", "")}
    if pending and pending["state"] == answer["state"]:
        del request.session[_PENDING]  # a code is good once
    try:
        taken = services.take_consent(signed_in(request), pending, answer, now=timezone.now())
    except ConsentError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("Google is connected."))
        if taken.refused:
            refused = {"scopes": ", ".join(taken.refused)}
            messages.warning(request, _("You refused %(scopes)s. What needs that does not work.") % refused)
    return redirect("connections:connections")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def end_google(request: HttpRequest) -> HttpResponse:
    """Show what stops, then end the access to Google data."""
    user, now = signed_in(request), timezone.now()
    if request.method == "POST":
        with db.row_security_for(user.reference):
            ended = services.wipe_grant(
                user.reference, reason=WipeReason.USER, actor=actor_of(user), asked_at=now, now=now
            )
        if ended is not None:
            messages.success(request, _("The access is gone from here. Google is being told."))
        return redirect("connections:connections")
    found = services.show_connections(user, now=now)
    if found.grant is None:
        return redirect("connections:connections")
    return render(request, "connections/end.html", _end_context(found))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withhold(request: HttpRequest, automation: UUID) -> HttpResponse:
    """Show what stops, then take the access to Google data away from one automation."""
    user, now = signed_in(request), timezone.now()
    with db.row_security_for(user.reference):
        scopes = _scopes_of(user, automation)
        grant = get_grant(user.reference)
        others = find_needs(user.reference, without=automation).ever
    if request.method == "POST":
        if services.withhold(user, automation, now=now):
            messages.success(request, _("The access is gone from here: nothing else needed it. Google is being told."))
        else:
            messages.success(request, _("The automation gets no access to your Google data any more."))
        return redirect("connections:connections")
    if grant is None or not grant.serves(automation, scopes):
        return redirect("connections:connections")
    shown = services.show_automation(user, automation, now=now)
    context = {"automation": shown, "is_last": others.isdisjoint(grant.scopes)}
    return render(request, "connections/withhold.html", context)


def _end_context(found: Connections) -> dict[str, Any]:
    """Return what stops, and what goes on once it is granted anew."""
    served = {key for key, scopes in found.needs.on.items() if scopes and scopes <= found.granted}
    stops = [each["name"] for each in found.listed.automations if each["id"] in served]
    return {**connections_context(found), "stops": stops, "more": len(served) - len(stops)}
