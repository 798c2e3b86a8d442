"""The connections among a user's settings."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe

from accounts.identity.policies import signed_in

from .scopes import CATALOGUE, Scope, ScopeClass
from .services import show_automations

#: Google's class of a scope → a word for people and the tone of its pill
_CLASSES: dict[ScopeClass, tuple[Any, str]] = {
    ScopeClass.RESTRICTED: (gettext_lazy("restricted"), "warning"),
    ScopeClass.SENSITIVE: (gettext_lazy("sensitive"), "info"),
    ScopeClass.PLAIN: (gettext_lazy("neither"), ""),
}


def _row(scope: Scope, automations: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one scope of the catalogue with the names of the user's automations that need it now."""
    class_label, tone = _CLASSES[scope.kind]
    return {
        "scope": scope,
        "sentence": gettext(scope.sentence),
        "class_label": class_label,
        "tone": tone,
        "needed_by": [found["name"] for found in automations if found["is_on"] and scope in found["scopes"]],
    }


@login_required
@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    """Show the user's automations, which of Google's permissions each needs, and where they sent data."""
    automations, transfers = show_automations(signed_in(request), now=timezone.now())
    rows = [_row(scope, automations) for scope in CATALOGUE.values()]
    context = {
        "automations": automations,
        "transfers": transfers,
        "needed": [row for row in rows if row["needed_by"]],
        "not_needed": [row for row in rows if not row["needed_by"]],
    }
    return render(request, "connections/connections.html", context)
