"""The form for a new approval request, in two steps on one address: find a person's items, then say why and which."""

import inspect
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.identity.mailboxes import normal_address
from accounts.identity.models import User
from accounts.personaldata.item_providers import provider_of
from core.refusals import INVALID
from humanaccess import services
from humanaccess.errors import AccessError, InvalidError
from humanaccess.forms import ApprovalRequestForm, FindItemsForm, OfferedItem, offer, open_items
from humanaccess.grounds import RULES, Ground
from humanaccess.policies import grounds_for, has_people_for

Page = Callable[[HttpRequest, str, dict[str, Any], int], HttpResponse]
_TEMPLATE = "humanaccess/staff/new.html"


class NewApprovalRequestView:
    """One request to `/staff/…/new/`: GET shows the search, `step=find` the items, `step=ask` files the request.

    The e-mail address of a person is posted, so that it is in no URL and no server's log.
    """

    def __init__(self, request: HttpRequest, asker: User, page: Page) -> None:
        self.request = request
        self.asker = asker
        self.page = page
        self.grounds = grounds_for(asker)
        self.may_go_without = any(RULES[ground].approver for ground in self.grounds)
        self.now = timezone.now()

    def answer(self) -> HttpResponse:
        """Return the page for this step."""
        if self.request.method != "POST":
            return self._show(FindItemsForm())
        return self._file() if self.request.POST.get("step") == "ask" else self._find()

    def _show(self, find: FindItemsForm, status: int = 200, **more: Any) -> HttpResponse:
        offered = more.get("offered")
        context = {
            "title": _("Request access"),
            "find_form": find,
            "offered": offered,
            "not_agreed": any(one.not_agreed for one in offered or ()) and self.may_go_without,
            **more,
        }
        return self.page(self.request, _TEMPLATE, context, status)

    def _lacks_people(self, subject: User, offered: Sequence[OfferedItem]) -> bool:
        """Return whether nobody could open these items where a second person decides: too few decide and review."""
        needed = 2 if any(one.not_agreed for one in offered) else 1
        rules = [RULES[ground] for ground in self.grounds]
        return not all(has_people_for(self.asker, subject, rule, deciders=needed) for rule in rules)

    def _find(self) -> HttpResponse:
        form = FindItemsForm(self.request.POST)
        if not form.is_valid():
            return self._show(form, INVALID)
        wanted = form.cleaned_data
        person = wanted["person"].strip()
        subject = User.objects.filter(Q(email=normal_address(person)) | Q(reference=person)).first()
        if subject is None:
            form.add_error("person", _("Nobody has exactly this address or reference."))
            return self._show(form, INVALID)
        takes = inspect.signature(provider_of(wanted["kind"]).name_items).parameters
        where = {name: wanted[name] for name in ("app", "start", "end") if name in takes and wanted[name]}
        try:
            found = services.list_items(
                asker=self.asker, subject=subject, kind=wanted["kind"], where=where, now=self.now
            )
        except AccessError as error:
            apps: Sequence[Any] = ()
            if "app" in takes and isinstance(error, InvalidError):
                apps = services.list_apps(asker=self.asker, subject=subject, now=self.now)
            return self._show(form, error.status, apps=apps, refusal=error.sentence)
        offered = offer(self.asker, subject, found)
        return self._show(
            form,
            request_form=ApprovalRequestForm(self.grounds),
            offered=offered,
            lacks_people=self._lacks_people(subject, offered),
        )

    def _file(self) -> HttpResponse:
        form = ApprovalRequestForm(self.grounds, self.request.POST)
        try:
            reference, items = open_items(self.request.POST.getlist("items"), self.asker)
            subject = User.objects.filter(reference=reference).first()
            if subject is None:
                raise InvalidError(_("This account is gone."), field="items", rule="gone")
        except AccessError as error:
            return self._show(FindItemsForm(), error.status, refusal=error.sentence)
        offered = offer(self.asker, subject, items)
        refusal, status = "", int(INVALID)
        if form.is_valid():
            wanted = form.cleaned_data
            try:
                approval_request = services.request_approval(
                    asker=self.asker,
                    subject=subject,
                    ground=Ground(wanted["ground"]),
                    items=items,
                    reason=wanted["reason"],
                    abuse_reference=wanted.get("abuse_reference", ""),
                    window=None if wanted["hours"] is None else timedelta(hours=wanted["hours"]),
                    now=self.now,
                )
            except AccessError as error:
                status, field = error.status, {"window": "hours"}.get(error.field, error.field)
                if field in form.fields:
                    form.add_error(field, error.sentence)
                else:
                    refusal = error.sentence
            else:
                messages.success(
                    self.request,
                    _("Your approval request %(reference)s is filed.") % {"reference": approval_request.reference},
                )
                return redirect("admin:humanaccess_approval", approval_request.reference)
        return self._show(
            FindItemsForm(),
            status,
            request_form=form,
            offered=offered,
            lacks_people=self._lacks_people(subject, offered),
            ticked=True,
            refusal=refusal,
        )
