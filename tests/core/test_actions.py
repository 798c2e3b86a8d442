"""An act that asks first: the page, its refusals with their status, and what follows."""

import pytest
from django import forms
from django.http import HttpResponse
from django.test import RequestFactory

from core import actions
from core.actions import Action, confirm_page
from core.refusals import NOT_ALLOWED, WRONG_STATE, RefusalError

CRUMBS = [("/list/", "List"), ("/list/1/", "One")]


class NoteForm(forms.Form):
    """One field."""

    note = forms.CharField(max_length=3)


class Admin:
    """Stands for an admin page: returns what would be rendered."""

    stepped_up = True

    def actor(self, _request):
        return "sam"

    def step_up(self, _request):
        return None if self.stepped_up else HttpResponse(status=302)

    def page(self, _request, template, context, status):
        response = HttpResponse(status=status)
        response.context, response.template = context, template
        return response


@pytest.fixture(autouse=True)
def messages(monkeypatch):
    messages = []
    monkeypatch.setattr(actions.messages, "success", lambda _request, text: messages.append(text))
    return messages


def refuse(status=422, field=""):
    error = RefusalError(field, "Not so.")
    error.status = status
    raise error


def confirm(action, posted=None, admin=None, **more):
    factory = RequestFactory()
    request = factory.get("/") if posted is None else factory.post("/", posted)
    return confirm_page(admin or Admin(), request, action, "RR-1", crumbs=CRUMBS, **more)


def test_a_get_asks_and_does_nothing():
    page = confirm(Action("Close it", "For good.", "Closed.", lambda *_args, **_facts: refuse(), NoteForm, danger=True))
    assert (page.status_code, page.template) == (200, "office/act.html")
    assert (page.context["action"], page.context["back_url"], page.context["refusal"]) == ("Close it", "/list/1/", "")


def test_a_post_does_it_says_so_and_leads_back(messages):
    done = []

    def do(*args, **facts):
        done.append((args, facts))

    action = Action("Close it", "", lambda result: f"Closed {result}.", do)
    answer = confirm(action, {})
    assert (answer.status_code, answer["Location"], messages) == (302, "/list/1/", ["Closed None."])
    ((args, facts),) = done
    assert (args, facts.pop("actor"), list(facts)) == (("RR-1",), "sam", ["now"])


def test_what_was_done_may_answer_itself():
    action = Action("Make it", "", "", lambda *_args, **_facts: "a token")
    assert confirm(action, {}, then=HttpResponse).content == b"a token"


def test_an_invalid_form_is_422_and_nothing_is_done():
    page = confirm(Action("Note", "", "", lambda *_args, **_facts: refuse(WRONG_STATE), NoteForm), {"note": "too long"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["note"])


@pytest.mark.parametrize("status", [422, NOT_ALLOWED, WRONG_STATE])
def test_a_refusal_is_shown_with_its_status(status, messages):
    page = confirm(Action("Note", "", "Done.", lambda *_args, **_facts: refuse(status), NoteForm), {"note": "ok"})
    assert (page.status_code, page.context["refusal"], messages) == (status, "Not so.", [])


def test_a_refusal_of_a_field_stands_at_the_field():
    page = confirm(Action("Note", "", "", lambda *_args, **_facts: refuse(field="note"), NoteForm), {"note": "ok"})
    assert (page.status_code, page.context["refusal"], page.context["form"].errors["note"]) == (422, "", ["Not so."])


def test_a_decision_asks_for_a_step_up_before_anything():
    admin = Admin()
    admin.stepped_up = False
    action = Action("Close it", "", "", lambda *_args, **_facts: refuse(), decides=True)
    assert confirm(action, admin=admin).status_code == 302
    assert confirm(action, {}, admin=admin).status_code == 302
