"""The band about a new version of the policy, and the sentence by which a new account accepts the one in force."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone

from accounts.identity.home import badges
from accounts.identity.policies import signed_in
from accounts.terms.models import PolicyVersion
from accounts.terms.selectors import find_notice
from core import db

register = template.Library()


@register.inclusion_tag("terms/_band.html", takes_context=True)
def policy_band(context: Context) -> dict[str, Any]:
    """Return the context of the band above a person's settings."""
    request = context["request"]
    if not request.user.is_authenticated or not badges(request)["policy"]:
        return {"notice": None}
    reference = signed_in(request).reference
    with db.row_security_for(reference):
        return {"notice": find_notice(reference, timezone.now()), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("terms/_accepting.html")
def policy_accepting() -> dict[str, Any]:
    """Return the context of the sentence below what creates an account."""
    return {"version": PolicyVersion.objects.in_force(timezone.now().date())}
