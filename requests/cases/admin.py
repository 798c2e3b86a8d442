"""The staff pages of one kind of case: the queue, one case, and each act."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts.identity.models import User
from accounts.identity.selectors import get_staff_names, role_holders
from accounts.identity.staff.access import staff_roles
from accounts.identity.staff.role_admin import RoleAdmin
from accounts.identity.waiting import forget_counts
from accounts.inbox.selectors import list_letters_of_case
from audit.staff.presenters import case_url, pager
from audit.staff.search_forms import read_cursor
from core.actions import Action, confirm_page
from core.pagination import KeysetPage, count_each
from core.refusals import INVALID, RefusalError
from vault.errors import KeyDestroyedError

from . import services
from .errors import NotAllowedError
from .forms import AssignForm, NoteForm, QueueForm
from .kinds import TAKE, CaseKind
from .models import Case
from .notes import open_notes
from .policies import open_acts
from .presenters import CaseRow, question_rows, timeline_of
from .questions import open_questions
from .queue import MOST_COUNTED, PAGE_SIZE, Tab, count_label, list_cases
from .timeline import list_timeline


class CaseAdmin(RoleAdmin):
    """Every change is one call of a service. A subclass names its kind, tabs, filters, acts and templates."""

    kind: ClassVar[CaseKind]
    tabs: ClassVar[Sequence[Tab]]
    queue_form: ClassVar[type[QueueForm]] = QueueForm
    #: acts on the case, and on a part of it that the address names by its id
    acts: ClassVar[Mapping[str, Action]]
    step_acts: ClassVar[Mapping[str, Action]] = {}
    queue_template = "cases/queue.html"
    case_template = "cases/case.html"
    progress_template = "cases/_progress.html"
    headings: ClassVar[Mapping[str, Any]] = {
        "what": gettext_lazy("Kind"),
        "who": gettext_lazy("Person"),
        "left": gettext_lazy("Left"),
        "holder": gettext_lazy("Officer"),
    }

    # What a subclass may answer otherwise.

    def visible(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the cases whose rows this reader may see."""
        raise NotImplementedError

    def rows(self, request: HttpRequest, cases: Sequence[Any], now: datetime) -> list[CaseRow]:
        """Return the rows of these cases, in as many queries whatever their number."""
        raise NotImplementedError

    def queue_context(self, request: HttpRequest) -> dict[str, Any]:  # noqa: ARG002  for subclasses
        """Return what else the queue's template takes."""
        return {}

    def get_case(self, request: HttpRequest, reference: str) -> Any:  # noqa: ARG002  for subclasses
        """Return the case as its page needs it; raises Http404."""
        return get_object_or_404(self.kind.model, reference=reference)

    def open_case(self, case: Any, request: HttpRequest, now: datetime) -> dict[str, Any]:
        """Log that the case is opened, then return what only its page shows.

        What people wrote about it is for those who work on such cases alone.
        """
        entry = services.record_showing(self.kind, case, actor=self.actor(request), now=now)
        context: dict[str, Any] = {}
        if not self.works(request):
            return context
        with suppress(KeyDestroyedError):  # the person was erased, and what was written to and about them with them
            if self.kind.questions:
                found = open_questions(self.kind, case, entry)
                names = get_staff_names({each["question"].author for each in found})
                context["questions"] = question_rows(found, names, person=_("the person"))
            if self.kind.notes:
                context["notes"] = open_notes(self.kind, case, entry)
            context |= self.open_texts(case, entry)
        if self.kind.notes:
            context |= {"note_form": NoteForm(), "note_url": self.act_address("note", case)}
        return context

    def open_texts(self, case: Any, entry: UUID) -> dict[str, Any]:  # noqa: ARG002  for subclasses
        """Return what else is decrypted by the entry for those who work on such cases; may raise KeyDestroyedError."""
        return {}

    def progress_of(self, case: Any, request: HttpRequest) -> dict[str, Any]:
        """Return the context of the part of the page that changes by itself."""
        user = self.actor(request)
        found = open_acts(self.kind, case, user, staff_roles(request))
        # A note has its form on the page.
        offered = found - ({TAKE, "note"} if case.assignee_id == user.pk else {"note"})
        return {
            "open_acts": [
                {
                    "label": act.button or act.title,
                    "url": self.act_address(name, case),
                    "at_once": act.at_once,
                    "danger": act.danger,
                }
                for name, act in self.acts.items()
                if name in offered
            ]
        }

    def target(self, case: Any) -> Any:
        """Return what the acts' services take."""
        return case.reference

    def more_urls(self) -> list[URLPattern]:
        """Return further addresses, before those of single cases."""
        return []

    def heading(self, case: Any, request: HttpRequest) -> str:  # noqa: ARG002  for subclasses
        """Return the heading of a case's page."""
        return str(case.reference)

    def adapt(self, action: Action, name: str, case: Any, step_id: UUID | None) -> Action:  # noqa: ARG002  for subclasses
        """Return the act as it is asked on this case, or on this part of it; raises Http404."""
        return action

    def may_do(self, request: HttpRequest, name: str) -> bool:  # noqa: ARG002  for subclasses
        """Return whether this person's roles let them try an act."""
        return self.works(request)

    def offers(self, request: HttpRequest, case: Any, name: str) -> bool:  # noqa: ARG002  for subclasses
        """Return whether the page of an act is shown to this person; the service checks again."""
        return True

    def works(self, request: HttpRequest) -> bool:
        """Return whether this request's person may hold cases of this kind."""
        return bool(staff_roles(request) & self.kind.workers)

    # Addresses.

    @property
    def _prefix(self) -> str:
        return self.kind.url.removeprefix("admin:")

    @property
    def queue_url(self) -> str:
        """Return the address of the queue."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def case_address(self, case: Case) -> str:
        """Return the address of one case."""
        return reverse(self.kind.url, args=[case.reference])

    def act_address(self, name: str, case: Case) -> str:
        """Return the address of an act on a case."""
        return reverse(f"{self.kind.url}_{name}", args=[case.reference])

    def get_urls(self) -> list[URLPattern]:
        one, act, prefix = "<slug:reference>/", self.protect(self.act), self._prefix
        held = [
            path("take-next/", self.protect(self.take_next), name=f"{prefix}_take_next"),
            path("bulk/", self.protect(self.bulk), name=f"{prefix}_bulk"),
        ]
        return [
            path("", self.protect(self.queue), name=f"{self.opts.app_label}_{self.opts.model_name}_changelist"),
            *(held if self.kind.workers else ()),
            *self.more_urls(),
            path(one, self.protect(self.detail), name=prefix),
            path(f"{one}progress/", self.progress, name=f"{prefix}_progress"),
            *(path(f"{one}{name}/", act, {"name": name}, name=f"{prefix}_{name}") for name in self.acts),
            *(
                path(f"{one}steps/<uuid:step_id>/{name}/", act, {"name": name}, name=f"{prefix}_{name}")
                for name in self.step_acts
            ),
        ]

    # Pages.

    def queue(self, request: HttpRequest) -> HttpResponseBase:
        """List cases by tab, filter and order, by keyset."""
        user, now = self.actor(request), timezone.now()
        form, tabs = self.queue_form(request.GET), {tab.name: tab for tab in self.tabs}
        chosen = tabs.get(request.GET.get("tab") or self.tabs[0].name)
        tab = chosen or self.tabs[0]
        sort = request.GET.get("sort") or tab.sort
        page: KeysetPage[Any] = KeysetPage([], "")
        if chosen is None:
            form.is_valid()
            form.add_error(None, _("There is no such tab. Choose one of those above."))
        if form.is_valid():
            wanted = form.where() if form.cleaned_data["reference"] else tab.where(user, now) & form.where()
            try:
                page = list_cases(self.kind, self.visible(request).filter(wanted), sort, request.GET.get("after", ""))
            except ValueError as error:
                form.add_error(None, str(error))
        criteria = {name: value for name, value in request.GET.dict().items() if name != "after" and value}
        counts = count_each(
            {one.name: self.visible(request).filter(one.where(user, now)) for one in self.tabs if one.name != "all"},
            MOST_COUNTED,
        )
        context = {
            **self.queue_context(request),
            "title": self.kind.title,
            "headings": {name: str(label) for name, label in self.headings.items()},
            "labels": {"reference": _("Reference"), "received": _("Received"), "state": _("State")},
            "form": form,
            "is_filtered": any(criteria.get(name) for name in form.fields),
            "tabs": [
                {
                    "label": one.label,
                    "url": f"?tab={one.name}",
                    "is_current": one is tab,
                    "count": count_label(counts.get(one.name)),
                }
                for one in self.tabs
            ],
            "tab": tab.name,
            "sort": sort,
            "sort_urls": {
                name: "?" + urlencode({**criteria, "sort": f"-{name}" if sort == name else name})
                for name in ("received", "due")
            },
            "rows": self.rows(request, page.rows, now),
            "older_url": f"?{urlencode({**criteria, 'after': page.older})}" if page.older else "",
            "may_work": self.works(request),
            "bulk_url": f"admin:{self._prefix}_bulk",
            "next_url": f"admin:{self._prefix}_take_next",
        }
        if context["may_work"]:
            context["officers"] = role_holders(*self.kind.workers)
        return self.page(request, self.queue_template, context, INVALID if form.errors else HTTPStatus.OK)

    def detail(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Show one case; that it was opened is logged before it is shown."""
        case, now = self.get_case(request, reference), timezone.now()
        context = {
            **self.open_case(case, request, now),
            **self._progress(case, request),
            "title": self.heading(case, request),
            "case": case,
            "crumbs": [(self.queue_url, self.kind.title)],
            "letters": list_letters_of_case(case.subject, case.reference),
            "may_work": self.works(request),
            **self._next_case(request, case),
        }
        return self.page(request, self.case_template, context)

    def progress(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Answer the polling page with the part that changes; nothing of the person is on it.

        In another state the whole page is loaded anew: facts, deadline and answers change with it.
        """
        if answer := self.page_instead(request, reverse(self.kind.url, args=[reference])):
            return answer
        case = self.get_case(request, reference)
        if request.GET.get("state", case.state) != case.state:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return TemplateResponse(request, self.progress_template, {"case": case, **self._progress(case, request)})

    def act(self, request: HttpRequest, reference: str, name: str, step_id: UUID | None = None) -> HttpResponseBase:
        """Ask for confirmation, then do one act, and offer to undo it; a refusal for want of a right is logged."""
        user, case = self.actor(request), self.get_case(request, reference)
        if self.kind.workers and not self.may_do(request, name):
            services.record_refusal(self.kind, case, actor=user, act=name, now=timezone.now())
            raise PermissionDenied
        if request.method != "POST" and not self.offers(request, case, name):
            raise PermissionDenied
        action = self.adapt((self.step_acts if step_id else self.acts)[name], name, case, step_id)
        more = () if step_id is None else (step_id,)
        holder_before = getattr(case, "assignee", None)

        def act(**facts: Any) -> object:
            return self._do(action, case, name, *more, **facts)

        def then(_result: object) -> HttpResponseBase:
            forget_counts(user)
            return redirect(self.case_address(case))

        def done(result: object) -> str:
            text = action.done(result) if callable(action.done) else action.done % {"reference": reference}
            undo = self._undo(request, case, action, holder_before, getattr(result, "assignee", None))
            return format_html("{} {}", text, undo)

        letter = action.letter
        bound = replace(
            action, do=act, done=done, letter=letter and (lambda **facts: letter(self.target(case), *more, **facts))
        )
        crumbs = [(self.queue_url, self.kind.title), (self.case_address(case), reference)]
        return confirm_page(self, request, bound, crumbs=crumbs, heading=reference, then=then)

    def take_next(self, request: HttpRequest) -> HttpResponseBase:
        """Take the most urgent case that nobody holds, and show it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        user, now = self.actor(request), timezone.now()
        if not self.works(request):
            raise PermissionDenied
        case = services.take_next(self.kind, self.visible(request), actor=user, now=now)
        if case is None:
            messages.info(request, _("Nothing waits for an officer: every open case is held by somebody."))
            return redirect(self.queue_url)
        forget_counts(user)
        messages.success(request, self.acts["take"].done % {"reference": case.reference})
        return redirect(self.case_address(case))

    def bulk(self, request: HttpRequest) -> HttpResponseBase:
        """Take or assign the ticked cases, each by its own act; say which were refused, and why."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        user, now = self.actor(request), timezone.now()
        if not self.works(request):
            raise PermissionDenied
        references, act = request.POST.getlist("case")[:PAGE_SIZE], request.POST.get("act", "")
        form = AssignForm(self.kind, request.POST)
        if act not in {"take", "assign"} or (act == "assign" and not form.is_valid()):
            messages.error(request, _("Choose an officer to assign the ticked cases to."))
            return redirect(self.queue_url)
        facts = {"officer": form.cleaned_data["officer"]} if act == "assign" else {}
        done = 0
        for case in self.visible(request).filter(reference__in=references):
            try:
                self._do(self.acts[act], case, act, actor=user, now=now, **facts)
            except RefusalError as refusal:
                messages.warning(request, f"{case.reference}: {refusal.sentence}")
            else:
                done += 1
        if done:
            forget_counts(user)
            text = ngettext("%(count)d case was assigned.", "%(count)d cases were assigned.", done)
            messages.success(request, text % {"count": done})
        elif not references:
            messages.error(request, _("Tick the cases first."))
        return redirect(self.queue_url)

    # Parts.

    def _do(self, action: Action, case: Any, name: str, *more: Any, **facts: Any) -> object:
        try:
            return action.do(self.target(case), *more, **facts)
        except ObjectDoesNotExist:
            raise Http404 from None
        except NotAllowedError:
            services.record_refusal(self.kind, case, actor=facts["actor"], act=name, now=facts["now"])
            raise

    def _undo(
        self, request: HttpRequest, case: Case, action: Action, holder: User | None, holds_now: User | None
    ) -> str:
        """Return the button that undoes an act, as HTML for a message; a case goes back to who held it before.

        A colleague who got a case that nobody held puts it back themselves.
        """
        given_away = action.undo == "release" and holder is None and holds_now not in (None, self.actor(request))
        if not action.undo or given_away:
            return ""
        name, fields = action.undo, {}
        if name == "release" and holder is not None:
            name, fields = "assign", {"officer": holder.pk}
        context = {"url": self.act_address(name, case), "fields": fields, "reference": case.reference}
        return render_to_string("cases/_undo.html", context, request=request)

    def _progress(self, case: Case, request: HttpRequest) -> dict[str, Any]:
        page = list_timeline(self.kind, case.reference, **read_cursor(request.GET))
        names = get_staff_names({entry.actor_reference for entry in page.entries})
        return {
            **self.progress_of(case, request),
            "progress_url": reverse(f"{self.kind.url}_progress", args=[case.reference]) + f"?state={case.state}",
            "log_url": case_url(request, case.reference),
            "timeline": timeline_of(page.entries, names),
            **pager(page),
        }

    def _next_case(self, request: HttpRequest, case: Case) -> dict[str, Any]:
        """Return the most urgent other case that this person holds, and its address."""
        if not self.works(request):
            return {}
        mine = self.visible(request).filter(state__in=self.kind.workable, assignee=self.actor(request).pk)
        found = mine.exclude(pk=case.pk).order_by(self.kind.model.DUE, "id").first()
        return {"next_case": found, "next_url": self.case_address(found)} if found else {}
