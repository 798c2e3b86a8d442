"""The steps to a new approval request, on one address: person, ground, items, reason, check.

What was answered is carried from step to step in the posted form, so that it is in no URL and no server's log; the
items as signed tokens. Every post checks all steps before the one that it is for.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from accounts.identity.models import User
from accounts.identity.step_up.recent_step_up import recently_reauthenticated, step_up_url
from core.refusals import INVALID
from humanaccess import services
from humanaccess.errors import AccessError, InvalidError
from humanaccess.forms import OfferedItem, offer, offer_again
from humanaccess.grounds import GLASS_WINDOW, RULES, Ground
from humanaccess.models import STAFF_GROUNDS
from humanaccess.policies import allows, grounds_for, has_people_for, may_break_glass
from humanaccess.texts import quote, render_duration

from .new_request_forms import (
    FindItemsForm,
    GroundForm,
    PersonForm,
    ReasonForm,
    find_subject,
    ground_choices,
    ground_note,
    kind_titles,
    open_apps,
    open_bookmark,
    reason_templates,
    sign_apps,
    sign_bookmark,
)

Page = Callable[[HttpRequest, str, dict[str, Any], int], HttpResponse]
_TEMPLATE = "humanaccess/staff/new.html"
STEPS = {
    "person": gettext_lazy("Person"),
    "ground": gettext_lazy("Ground"),
    "items": gettext_lazy("Items"),
    "reason": gettext_lazy("Reason"),
    "check": gettext_lazy("Check and file"),
}
#: what is posted without leaving a step → the step
_ACTS = {
    "find": "items",
    "more": "items",
    "apps": "items",
    "file": "check",
    "glass": "check",
    "open_now": "check",
}
#: acts that need a step-up of the last ten minutes; what was answered waits for it in the session
_DECIDING, _KEPT = {"glass", "open_now"}, "humanaccess.new_request"
#: items of one page of a listing
_PAGE = 100
_CARRIED = ("person", "ground", "kind", "app", "run", "start", "end", "apps", "offered", "items", "reason",
            "abuse_reference", "hours")  # fmt: skip


class _ShowError(Exception):
    """A step must be shown before the one that was asked for."""

    def __init__(self, step: str, form: forms.Form | None = None, *, refusal: str = "", status: int = INVALID) -> None:
        super().__init__(step)
        self.step, self.form, self.refusal, self.status = step, form, refusal, status


class NewApprovalRequestView:
    """One request to `/staff/…/new/`: a GET shows the first step, a POST the step that its button names."""

    person: str
    ground: Ground
    #: on the ground of law: the reference of the legal process
    process: str | None = None
    #: what the steps before the one that is shown were answered with
    chosen: list[OfferedItem]
    answered: dict[str, Any]
    #: the token of the listing's next page
    next_page = ""

    def __init__(self, request: HttpRequest, asker: User, page: Page) -> None:
        self.request = request
        self.asker = asker
        self.page = page
        self.grounds = grounds_for(asker)
        is_chosen = len(self.grounds) > 1 or any(RULES[ground].needs_process for ground in self.grounds)
        self.steps = [step for step in STEPS if step != "ground" or is_chosen]
        self.now = timezone.now()
        kept = request.session.pop(_KEPT, None)
        self.is_posted = request.method == "POST"
        if kept and not self.is_posted and recently_reauthenticated(request, self.now):
            request.POST, self.is_posted = QueryDict(kept), True  # back from the step-up
        self.carried = {name: request.POST.getlist(name)[-1:] for name in _CARRIED}
        for name in ("offered", "items", "kind"):
            self.carried[name] = request.POST.getlist(name)

    def answer(self) -> HttpResponse:
        """Return the page for this step, or the redirect to the filed request."""
        if not self.is_posted:
            return self._show("person", PersonForm())
        act = self.request.POST.get("step") or self.request.POST.get("at", "")
        step = _ACTS.get(act, act)
        try:
            self._check_before(step)
            if act in {"find", "more"}:
                return self._find(goes_on=act == "more")
            if act == "apps":
                return self._list_apps(self._items_form(is_bound=False))
            if act in _DECIDING:
                return self._break_glass(act)
            return self._file() if act == "file" else self._show(step, self._form(step))
        except _ShowError as wrong:
            return self._show(wrong.step, wrong.form, status=wrong.status, refusal=wrong.refusal)

    def _last(self, name: str) -> str:
        return (self.carried[name] or [""])[0]

    def _check_before(self, step: str) -> None:
        """Check every step before this one; raises _ShowError for the first that is not answered."""
        person = PersonForm(self.request.POST)
        if step not in self.steps or step == "person":
            raise _ShowError("person", PersonForm(initial=self.request.POST.dict()), status=200)
        if not person.is_valid():
            raise _ShowError("person", person)
        self.person = person.cleaned_data["person"]
        ground = GroundForm(ground_choices(self.grounds, self.asker, self.person), self.request.POST)
        if "ground" not in self.steps:
            self.ground = self.grounds[0]
        elif step == "ground":
            return
        elif not ground.is_valid():
            raise _ShowError("ground", ground)
        else:
            chosen, _colon, process = ground.cleaned_data["ground"].partition(":")
            self.ground, self.process = Ground(chosen), process or None
        if step == "items":
            return
        self.chosen = self._chosen()
        if step == "check":
            self.answered = self._reason()

    @cached_property
    def found_subject(self) -> User | None:
        """Return the account that the first step names. A page may tell that there is none only by `subject`."""
        return find_subject(self.person)

    @property
    def subject(self) -> User:
        """Return the account whose items are listed or were; raises _ShowError where there is none."""
        if self.found_subject is None:
            form = PersonForm(self.request.POST)
            form.add_error("person", _("Nobody has exactly this address or reference."))
            raise _ShowError("person", form)
        return self.found_subject

    def _chosen(self) -> list[OfferedItem]:
        """Return the ticked items; raises _ShowError where one may not be named."""
        try:
            return offer_again(self.asker, self.found_subject, self.carried["items"])
        except AccessError as error:
            raise _ShowError("items", self._items_form(is_bound=False), refusal=error.sentence) from None

    def _reason(self) -> dict[str, Any]:
        """Return what `request_approval` takes of the reason's step; raises _ShowError where a rule is broken."""
        form = ReasonForm(self.ground, self.request.POST)
        if not form.is_valid():
            raise _ShowError("reason", form)
        answered = {
            "items": [one.item for one in self.chosen],
            "reason": form.cleaned_data["reason"],
            "abuse_reference": form.cleaned_data.get("abuse_reference", ""),
            "window": timedelta(hours=form.cleaned_data["hours"]),
        }
        try:
            services.check_request(asker=self.asker, subject=self.subject, rule=RULES[self.ground], **answered)
        except InvalidError as error:
            raise self._refused(error, form) from None
        return answered

    def _refused(self, error: AccessError, form: ReasonForm) -> _ShowError:
        """Return the step at which a refusal is shown: beside its field, else above."""
        if error.field in form.fields:
            form.add_error(error.field, error.sentence)
            return _ShowError("reason", form, status=error.status)
        if error.field == "items":
            return _ShowError("items", self._items_form(is_bound=False), refusal=error.sentence, status=error.status)
        return _ShowError("check", refusal=error.sentence, status=error.status)

    @property
    def kinds(self) -> list[str]:
        """Return the kinds of item that are searched for."""
        return [kind for kind, _title in kind_titles() if kind in self.carried["kind"]]

    @property
    def search(self) -> list[str]:
        """Return what a listing is of, so that its next page is of the same."""
        return [*self.kinds, *(self._last(name) for name in ("app", "run", "start", "end"))]

    def _items_form(self, *, is_bound: bool) -> FindItemsForm:
        apps = open_apps(self._last("apps"), self.asker, self.person)
        if is_bound:
            return FindItemsForm(self.kinds, apps, self.request.POST)
        return FindItemsForm(self.kinds, apps, initial=self.request.POST.dict())

    def _form(self, step: str) -> forms.Form | None:
        """Return the form of a step with what was answered before, without errors."""
        answered = self.request.POST.dict()
        if step == "ground":
            return GroundForm(ground_choices(self.grounds, self.asker, self.person), initial=answered)
        if step == "items":
            return self._items_form(is_bound=False)
        if step != "reason":
            return None
        template = self.request.POST.get("template", "")
        if template in reason_templates(self.ground) and template not in (typed := self._last("reason")):
            answered["reason"] = f"{typed}\n{template}".strip()
        return ReasonForm(self.ground, initial=answered)

    def _list_apps(self, form: FindItemsForm, status: int = 200) -> HttpResponse:
        """List the person's apps, an access with an entry of its own, and offer them in the form."""
        subject = self.subject
        try:
            found = services.list_apps(asker=self.asker, subject=subject, now=self.now, case=self.process)
        except AccessError as error:
            raise _ShowError("items", form, refusal=error.sentence, status=error.status) from None
        self.carried["apps"] = [sign_apps(self.asker, self.person, found)]
        again = self._items_form(is_bound=form.is_bound)
        return self._show("items", again, status=status)

    def _find(self, *, goes_on: bool) -> HttpResponse:
        if set(self.carried["kind"]) - set(self.kinds):
            raise _ShowError("items", self._items_form(is_bound=False), refusal=_("There is no such kind of item."))
        form = self._items_form(is_bound=True)
        if not form.is_valid():
            if form.has_error("app", "required") and form.apps is None:
                return self._list_apps(form, INVALID)
            raise _ShowError("items", form)
        where, subject = {name: value for name, value in form.cleaned_data.items() if value}, self.subject
        whose = self.asker, self.person, self.search
        try:
            found = services.search_items(
                asker=self.asker,
                subject=subject,
                kinds=self.kinds,
                where=where,
                now=self.now,
                after=open_bookmark(self.request.POST.get("page", ""), *whose) if goes_on else None,
                most=_PAGE,
                case=self.process,
            )
        except AccessError as error:
            raise _ShowError("items", form, refusal=error.sentence, status=error.status) from None
        self.next_page = sign_bookmark(*whose, found.end)
        return self._show("items", form, found=offer(self.asker, subject, found.items))

    def _file(self) -> HttpResponse:
        try:
            approval_request = services.request_approval(
                asker=self.asker,
                subject=self.subject,
                ground=self.ground,
                now=self.now,
                process=self.process,
                **self.answered,
            )
        except AccessError as error:
            raise self._refused(error, ReasonForm(self.ground, self.request.POST)) from None
        messages.success(
            self.request,
            _("Your approval request %(reference)s is filed.") % {"reference": approval_request.reference},
        )
        return redirect("admin:humanaccess_approval", approval_request.reference)

    def _break_glass(self, act: str) -> HttpResponse:
        """Say what opening without a decision means, after a recent step-up; then do it."""
        if not recently_reauthenticated(self.request, self.now):
            posted = self.request.POST.copy()
            posted["step"] = "glass"
            self.request.session[_KEPT] = posted.urlencode()
            return redirect(step_up_url(self.request.path))
        if act == "glass":
            return self._show("glass", None)
        facts = {name: self.answered[name] for name in ("items", "reason")}
        incident = self.answered["abuse_reference"]
        try:
            grant = services.break_glass(
                asker=self.asker, subject=self.subject, incident=incident, now=self.now, **facts
            )
        except AccessError as error:
            raise self._refused(error, ReasonForm(self.ground, self.request.POST)) from None
        messages.warning(self.request, _("Access is open for one hour. Everybody who decides has been told."))
        return redirect("admin:humanaccess_approval", grant.approval_request.reference)

    def _show(
        self,
        step: str,
        form: forms.Form | None,
        *,
        status: int = 200,
        refusal: str = "",
        found: list[OfferedItem] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {
            "title": _("Request access"),
            "form": form,
            "refusal": refusal,
            "steps": [(name, STEPS[name]) for name in self.steps],
            "step": step,
            "current": "check" if step == "glass" else step,
            "next": {"check": "file", "glass": "check"}.get(step) or self.steps[self.steps.index(step) + 1],
        }
        if step == "ground":
            context["grounds"] = [
                (value, label, ground_note(Ground(value.partition(":")[0])))
                for value, label in ground_choices(self.grounds, self.asker, self.person)
            ]
        if step == "items":
            context |= self._items_context(found)
        if step == "reason":
            context["templates"] = reason_templates(self.ground)
        if step == "check":
            context |= self._warnings(self.chosen)
            facts = self.asker, self.subject, self.answered["items"], self.now
            context["may_break_glass"] = self.ground is Ground.SECURITY and allows(may_break_glass, *facts)
        shown = set(form.fields) if form else set()
        if step == "items":
            shown |= {"items", "offered", "kind"}
        context["carried"] = [
            (name, value) for name, values in self.carried.items() if name not in shown for value in values if value
        ]
        context["answers"] = self._answers(step)
        return self.page(self.request, _TEMPLATE, context, status)

    def _answers(self, step: str) -> list[tuple[str, Any, list[str]]]:
        """Return the steps before this one with their titles and what was answered, in lines."""
        before = self.steps[: self.steps.index("check" if step == "glass" else step)]
        answers = {"person": [self._last("person")]}
        if "ground" in before and step != "ground":
            noted = [] if step == "glass" else [ground_note(self.ground)]
            answers["ground"] = [str(STAFF_GROUNDS[self.ground]), self.process or "", *noted]
        if "items" in before:
            refused = _("not agreed to")
            answers["items"] = [
                f"{one.item.label} · {refused}" if one.not_agreed else one.item.label for one in self.chosen
            ]
        if "reason" in before:
            lasts = GLASS_WINDOW if step == "glass" else self.answered["window"]
            window = _("Time for looking: %(window)s") % {"window": render_duration(lasts)}
            lines = [quote(self.answered["reason"]), self.answered["abuse_reference"], window]
            answers["reason"] = [line for line in lines if line]
        return [(name, STEPS[name], answers[name]) for name in before]

    def _items_context(self, found: list[OfferedItem] | None) -> dict[str, Any]:
        """Return the items to tick: those found now, and of those found before the ticked; else all found before."""
        ticked, earlier = self.carried["items"], self.carried["offered"]
        context: dict[str, Any] = {}
        tokens = [*(earlier if found is None else ()), *ticked]
        try:
            before = offer_again(self.asker, self.found_subject, tokens) if tokens else []
        except InvalidError as error:
            before, context["refusal"] = [], error.sentence
        known = {one.item.id for one in found or ()}
        offered = [*(found or ()), *(one for one in before if one.item.id not in known)]
        return context | {
            "kinds": kind_titles(),
            "chosen_kinds": self.kinds,
            "next_page": self.next_page,
            "page_size": _PAGE,
            "offered": offered,
            "chosen": {one.item.id for one in before if one.token in ticked},
            "nothing_found": found == [],
            **(self._warnings(offered) if offered else {}),
        }

    def _warnings(self, offered: list[OfferedItem]) -> dict[str, bool]:
        """Return whether two must approve, and whether too few people decide and review to open these items."""
        rule, not_agreed = RULES[self.ground], any(one.not_agreed for one in offered)
        needs_two = not_agreed and not rule.needs_process
        enough = has_people_for(self.asker, self.subject, rule, deciders=2 if needs_two else 1)
        return {"not_agreed": bool(rule.approvers) and needs_two, "lacks_people": not enough}
