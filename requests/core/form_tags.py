"""The template tag that draws a form's control, and says which one has the focus as the page opens."""

from django import forms, template
from django.template import Context
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def control(context: Context, field: forms.BoundField) -> SafeString:
    """Return the control. The first one in error has the focus, else the first of all where the context has `focus`."""
    form = field.form
    wrong = [each for each in form.visible_fields() if each.errors]
    first = wrong[:1] or (form.visible_fields()[:1] if context.get("focus") else [])
    return field.as_widget(attrs={"autofocus": True} if field in first else None)
