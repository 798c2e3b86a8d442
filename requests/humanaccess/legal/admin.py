"""The staff pages of legal processes: the queue, one process, its receipt, its document, each act."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from mimetypes import guess_extension
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from accounts.identity.policies import signed_in
from accounts.identity.staff.access import staff_roles
from cases.acts import assigned_acts
from cases.admin import CaseAdmin
from cases.errors import NotAllowedError
from cases.forms import NoteForm
from cases.notes import open_notes
from cases.presenters import CaseRow
from cases.queue import Tab, assigned_tabs, open_cases
from cases.services import record_refusal, record_showing
from core.actions import Action, confirm_page
from humanaccess.selectors import get_names, list_own_subjects
from vault.errors import KeyDestroyedError

from . import presenters, services
from .forms import (
    ChallengeForm,
    DelayForm,
    ProcessFilterForm,
    ProduceForm,
    ReceiptForm,
    RejectForm,
    ScopeForm,
    SettleChallengeForm,
)
from .kind import LEGAL, TEXT_READERS
from .models import LegalProcess
from .states import READABLE

_OWN = "own_subjects_of_processes"
_RECEIVE = Action(
    _lazy("File a legal process"),
    _lazy("You hold it from then on. Names, texts and the document are encrypted under the person's key."),
    _lazy("The legal process is filed."),
    lambda *, document, **facts: services.receive_process(document=document.chunks(), **facts),
    ReceiptForm,
    button=_lazy("File it"),
    decides=True,
)
ACTS = {
    **assigned_acts(LEGAL),
    "challenge": Action(
        _lazy("Challenge the process"),
        _lazy("Nothing is handed over until the challenge has ended."),
        _lazy("%(reference)s is challenged."),
        services.challenge_process,
        ChallengeForm,
        button=_lazy("Challenge"),
        decides=True,
    ),
    "settle": Action(
        _lazy("Record how the challenge ended"),
        _lazy("Then the scope is agreed, or the process rejected."),
        _lazy("The outcome is recorded."),
        services.settle_challenge,
        SettleChallengeForm,
        button=_lazy("Record the outcome"),
        decides=True,
    ),
    "agree": Action(
        _lazy("Agree the scope"),
        _lazy("Only for an agreed scope can access be requested on the ground of law."),
        _lazy("The scope of %(reference)s is agreed."),
        services.agree_scope,
        ScopeForm,
        button=_lazy("Agree the scope"),
        decides=True,
    ),
    "produce": Action(
        _lazy("Record what was handed over"),
        _lazy("The person reads it with the process, once they are told."),
        _lazy("What was handed over is recorded."),
        services.produce_data,
        ProduceForm,
        decides=True,
    ),
    "notify": Action(
        _lazy("Tell the person"),
        _lazy("They are written to, and see the process, who looked, and what was handed over."),
        _lazy("The person is told."),
        services.give_notice,
        button=_lazy("Tell the person"),
        decides=True,
    ),
    "delay": Action(
        _lazy("Renew the delay of the notice"),
        _lazy("The person is told on the new day by itself. There is no delay without an end."),
        _lazy("The notice is delayed until the new day."),
        services.delay_notice,
        DelayForm,
        button=_lazy("Renew the delay"),
        decides=True,
    ),
    "close": Action(
        _lazy("Close the process"),
        _lazy("Access that is open for it ends at once. It cannot be opened again."),
        _lazy("%(reference)s is closed."),
        services.close_process,
        button=_lazy("Close"),
        decides=True,
    ),
    "reject": Action(
        _lazy("Reject the process"),
        _lazy("It is no valid process, and nothing is handed over. It cannot be opened again."),
        _lazy("%(reference)s is rejected."),
        services.reject_process,
        RejectForm,
        button=_lazy("Reject"),
        danger=True,
        decides=True,
    ),
}


def own_subjects(request: HttpRequest) -> set[str]:
    """Return the reader's accounts, with those that a legal process is about; looked up once for a request."""
    found: set[str] | None = getattr(request, _OWN, None)
    if found is None:
        found = list_own_subjects(signed_in(request))
        setattr(request, _OWN, found)
    return found


class LegalProcessAdmin(CaseAdmin):
    """Counsel works on them; approvers, privacy officers and auditors see them."""

    kind = LEGAL
    readers = LEGAL.readers
    tabs = (
        *assigned_tabs(LEGAL),
        Tab(
            "delayed",
            _lazy("Notice delayed"),
            lambda _user, now: Q(notified_at=None, delayed_until__gt=now),
            "-received",
        ),
        Tab("reads", _lazy("Scope agreed"), lambda _user, _now: open_cases(LEGAL) & Q(state=READABLE[0])),
    )
    queue_form = ProcessFilterForm
    acts = ACTS
    headings = {**CaseAdmin.headings, "left": _lazy("Due"), "holder": _lazy("Counsel")}
    queue_template = "humanaccess/staff/legal_processes.html"
    case_template = "humanaccess/staff/legal_process.html"

    def more_urls(self) -> list[URLPattern]:
        document = self.protect(self.document)
        return [
            path("new_process/", self.protect(self.receive, LEGAL.workers), name="humanaccess_process_new"),
            path("<slug:reference>/document/", document, name="humanaccess_process_document"),
        ]

    def visible(self, request: HttpRequest) -> QuerySet[LegalProcess]:
        """Return the processes that are not about the reader, by whichever of their accounts."""
        found = LegalProcess.objects.select_related("assignee").defer("document_key", "assignee__password")
        return found.exclude(subject__in=own_subjects(request))

    def get_case(self, request: HttpRequest, reference: str) -> LegalProcess:
        return get_object_or_404(self.visible(request), reference=reference)

    def rows(self, request: HttpRequest, cases: Sequence[LegalProcess], now: datetime) -> list[CaseRow]:
        return presenters.queue_rows(cases, now, named=bool(staff_roles(request) & TEXT_READERS))

    def open_case(self, case: LegalProcess, request: HttpRequest, now: datetime) -> dict[str, Any]:
        entry = record_showing(LEGAL, case, actor=self.actor(request), now=now)
        reads = bool(staff_roles(request) & TEXT_READERS)
        context: dict[str, Any] = {"reads": reads, "is_told": case.is_told(now), **presenters.facts_of(case)}
        if not reads:
            return context
        context["person"] = get_names([case.subject]).get(case.subject, "")
        with suppress(KeyDestroyedError):  # the person was erased, and every text with them
            context |= {"texts": services.open_texts([case], case.subject, entry).get(case.pk, {})}
            if self.works(request):
                notes = open_notes(LEGAL, case, entry)
                context |= {"notes": notes, "note_form": NoteForm(), "note_url": self.act_address("note", case)}
        return context

    def receive(self, request: HttpRequest) -> HttpResponseBase:
        """File a process, and show it."""
        crumbs = [(self.queue_url, LEGAL.title)]
        return confirm_page(self, request, _RECEIVE, crumbs=crumbs, then=lambda case: redirect(self.case_address(case)))

    @method_decorator(require_safe)
    def document(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Hand out the document as a file, after an entry in the log; no browser is to render it."""
        case, user, now = self.get_case(request, reference), self.actor(request), timezone.now()
        if answer := self.step_up(request):
            return answer
        try:
            content = services.download_document(case, actor=user, now=now)
        except NotAllowedError:
            record_refusal(LEGAL, case, actor=user, act="download", now=now)
            raise PermissionDenied from None
        except (KeyDestroyedError, FileNotFoundError):
            raise Http404 from None
        name = f'attachment; filename="{reference}{guess_extension(case.document_type)}"'
        headers = {
            "Content-Disposition": name,
            "Cache-Control": "no-store, private",
            "X-Content-Type-Options": "nosniff",
        }
        return HttpResponse(content, content_type="application/octet-stream", headers=headers)
