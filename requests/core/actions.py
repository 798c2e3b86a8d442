"""An act of staff: asked on a page of its own, done by one call of a service, its refusal shown where it was asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from .admin import ReadOnlyAdmin
from .refusals import INVALID, RefusalError


@dataclass(frozen=True)
class Action:
    """What is asked, and `do(*target, actor=, now=, **form fields)`, which raises RefusalError.

    `done` is the message afterwards, or a function of what `do` returned. `decides` asks for a recent step-up.
    `button` is the title where it is not given. `at_once` says that it is harmless and reversible: pages do it by one
    press, and offer the act named `undo` afterwards. `letter(*target, **form fields)` returns the letter that a person
    will get, as (subject line, text, language); it is shown before the act is done. `points(actor)` returns what
    else is said where it is asked, `sheet(actor, now)` what is read above it: a context whose "template" shows it.
    """

    title: Any
    text: Any
    done: Any
    do: Callable[..., Any]
    form: Callable[..., forms.Form] | None = None
    button: Any = ""
    danger: bool = False
    decides: bool = False
    at_once: bool = False
    undo: str = ""
    letter: Callable[..., tuple[str, str, str] | None] | None = None
    points: Callable[[Any], Sequence[Any]] | None = None
    sheet: Callable[[Any, datetime], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of an act; where it `is_done`, `result` is what the service returned."""

    form: forms.Form | None = None
    refusal: Any = ""
    status: int = 200
    is_done: bool = False
    result: Any = None


NOT_POSTED = Outcome()
#: fields of a form that nobody typed
_NOT_TYPED = frozenset({"csrfmiddlewaretoken", "preview", "shown"})


def perform(action: Action, request: HttpRequest, *target: Any, actor: Any) -> Outcome:
    """Do a posted act. A refusal that names a field of the form is shown at that field."""
    form = action.form(request.POST, request.FILES) if action.form else None
    if form is not None and not form.is_valid():
        return Outcome(form, status=INVALID)
    try:
        result = action.do(*target, actor=actor, now=timezone.now(), **(form.cleaned_data if form else {}))
    except RefusalError as error:
        if form is None or error.field not in form.fields:
            return Outcome(form, error.sentence, error.status)
        form.add_error(error.field, error.sentence)
        return Outcome(form, status=error.status)
    if done := action.done(result) if callable(action.done) else action.done:
        messages.success(request, done)
    return Outcome(form, is_done=True, result=result)


def confirm_page(
    admin: ReadOnlyAdmin,
    request: HttpRequest,
    action: Action,
    *target: Any,
    crumbs: Sequence[tuple[str, Any]],
    heading: Any = "",
    then: Callable[[Any], HttpResponseBase] | None = None,
) -> HttpResponseBase:
    """Ask on a page of its own; posted, do it and lead back to the last of `crumbs`, or answer with `then(result)`."""
    if action.decides and (answer := admin.step_up(request)):
        return answer
    is_changed = action.letter is not None and _was_changed(request)
    is_preview = action.letter is not None and ("preview" in request.POST or is_changed)
    if request.method == "POST" and not is_preview:
        outcome = perform(action, request, *target, actor=admin.actor(request))
    else:
        outcome = Outcome(action.form(request.POST if is_preview else None) if action.form else None)
    back_url = crumbs[-1][0]
    if outcome.is_done:
        return then(outcome.result) if then else redirect(back_url)
    form = outcome.form
    is_complete = form is None or (form.is_bound and form.is_valid())
    letter = action.letter(*target, **(form.cleaned_data if form else {})) if action.letter and is_complete else None
    context = {
        "title": action.title,
        "crumbs": crumbs,
        "heading": heading or action.title,
        "text": action.text,
        "points": action.points(admin.actor(request)) if action.points else (),
        "sheet": action.sheet(admin.actor(request), timezone.now()) if action.sheet else None,
        "form": outcome.form,
        "action": action.button or action.title,
        "danger": action.danger,
        "refusal": outcome.refusal,
        "back_url": back_url,
        "letter": letter,
        "is_previewed": action.letter is None or is_complete,
        "hidden": [("shown", _digest(request))] if is_preview else [],
        "is_changed": is_changed,
        "is_over": bool(outcome.refusal) and form is None,
    }
    status = outcome.status if is_complete or not is_preview else INVALID
    return admin.page(request, "office/act.html", context, status)


def _digest(request: HttpRequest) -> str:
    """Return a digest of what was typed, by which a letter that was shown belongs to it."""
    typed = {name: request.POST.getlist(name) for name in request.POST if name not in _NOT_TYPED}
    return sha256(repr(sorted(typed.items())).encode()).hexdigest()


def _was_changed(request: HttpRequest) -> bool:
    """Return whether something else was typed since the letter was shown: then it is shown again."""
    return "shown" in request.POST and request.POST["shown"] != _digest(request)
