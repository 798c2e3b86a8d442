"""Which control has the focus as a page opens."""

import re

from django import forms
from django.template import engines


class Question(forms.Form):
    token = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField()
    reason = forms.CharField()


def focused(form: forms.Form, more: str = "") -> list[str]:
    page = engines["django"].from_string('{% include "office/_form.html" ' + more + " %}").render({"form": form})
    return [re.search(r'name="(\w+)"', tag)[1] for tag in re.findall(r"<input[^>]*>", page) if "autofocus" in tag]


def test_nothing_has_the_focus_where_the_form_is_a_part_of_the_page() -> None:
    assert focused(Question()) == []


def test_the_first_visible_field_has_it_where_the_form_is_the_page() -> None:
    assert focused(Question(), "with focus=True") == ["name"]


def test_the_first_field_in_error_has_it_everywhere() -> None:
    assert focused(Question({"name": "Sam"})) == ["reason"]
    assert focused(Question({}), "with focus=True") == ["name"]
    assert focused(Question({"name": "Sam"}), "with focus=True") == ["reason"]
