"""The form that asks, in two steps on one address: find a person's items, then say why and which."""

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

from accounts.identity.models import User
from accounts.identity.ports import source_of
from accounts.workloads.selectors import list_app_outlines

from . import services
from .errors import AccessError, InvalidError
from .forms import AskForm, FindItemsForm, OfferedItem, offer, open_items
from .grounds import RULES, Ground
from .policies import grounds_for, has_people_for

Page = Callable[[HttpRequest, str, dict[str, Any], int], HttpResponse]
_TEMPLATE = "humanaccess/staff/new.html"


class AskDoor:
    """One request to `/staff/…/new/`: GET shows the search, `step=find` the items, `step=ask` files the ask.

    The e-mail address of a person is posted, so that it stands in no address and no server's log.
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

    def _show(
        self,
        find: FindItemsForm,
        *,
        ask: AskForm | None = None,
        subject: User | None = None,
        offered: Sequence[OfferedItem] | None = None,
        ticked: bool = False,
        apps: Sequence[Any] = (),
        refusal: str = "",
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "title": _("Ask to look"),
            "find_form": find,
            "ask_form": ask,
            "offered": offered,
            "ticked": ticked,
            "not_agreed": any(one.not_agreed for one in offered or ()) and self.may_go_without,
            "lacks_people": self._lacks_people(subject, offered or ()),
            "apps": apps,
            "refusal": refusal,
        }
        return self.page(self.request, _TEMPLATE, context, status)

    def _lacks_people(self, subject: User | None, offered: Sequence[OfferedItem]) -> bool:
        """Return whether nobody could open these items where a second person decides: too few decide and review."""
        needed = 2 if any(one.not_agreed for one in offered) else 1
        rules = [RULES[ground] for ground in self.grounds]
        return subject is not None and not all(
            has_people_for(self.asker, subject, rule, deciders=needed) for rule in rules
        )

    def _find(self) -> HttpResponse:
        form = FindItemsForm(self.request.POST)
        if not form.is_valid():
            return self._show(form, status=400)
        wanted = form.cleaned_data
        person = wanted["person"].strip()
        subject = User.objects.filter(Q(email__iexact=person) | Q(reference=person)).first()
        if subject is None:
            form.add_error("person", _("Nobody has exactly this address or reference."))
            return self._show(form, status=400)
        takes = inspect.signature(source_of(wanted["kind"]).name_items).parameters
        where = {name: wanted[name] for name in ("app", "start", "end") if name in takes and wanted[name]}
        try:
            found = services.list_items(
                asker=self.asker, subject=subject, kind=wanted["kind"], where=where, now=self.now
            )
        except AccessError as error:
            apps = list_app_outlines(subject.reference) if "app" in takes and isinstance(error, InvalidError) else ()
            return self._show(form, apps=apps, refusal=error.sentence, status=error.status)
        return self._show(form, ask=AskForm(self.grounds), subject=subject, offered=offer(self.asker, subject, found))

    def _file(self) -> HttpResponse:
        form = AskForm(self.grounds, self.request.POST)
        try:
            reference, items = open_items(self.request.POST.getlist("items"), self.asker)
            subject = User.objects.filter(reference=reference).first()
            if subject is None:
                raise InvalidError(_("This account is gone."), field="items", rule="gone")
        except AccessError as error:
            return self._show(FindItemsForm(), refusal=error.sentence, status=error.status)
        offered = offer(self.asker, subject, items)
        refusal, status = "", 400
        if form.is_valid():
            wanted = form.cleaned_data
            try:
                ask = services.ask_access(
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
                messages.success(self.request, _("Your ask %(reference)s is filed.") % {"reference": ask.reference})
                return redirect("admin:humanaccess_ask", ask.reference)
        return self._show(
            FindItemsForm(), ask=form, subject=subject, offered=offered, ticked=True, refusal=refusal, status=status
        )
