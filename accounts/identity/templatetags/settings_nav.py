"""The side navigation of the settings, with what is new or waits beside each item."""

from typing import Any

from django import template
from django.template.context import Context

from accounts.identity.home import badges

register = template.Library()


@register.inclusion_tag("office/_settings_nav.html", takes_context=True)
def settings_nav(context: Context, section: str = "") -> dict[str, Any]:
    """Return the context of the menu; `section`, here or in the page's context, is the key of the current item."""
    request = context["request"]
    counts = badges(request) if request.user.is_authenticated else {}
    return {"request": request, "section": section or context.get("section"), "badges": counts}


@register.inclusion_tag("office/_glass_banner.html", takes_context=True)
def glass_banner(context: Context) -> dict[str, Any]:
    """Return the context of the band that says that access to this person's data opened without a decision."""
    request = context["request"]
    return {"count": badges(request)["glass"] if request.user.is_authenticated else 0}
