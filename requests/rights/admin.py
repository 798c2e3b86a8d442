"""The admin pages of privacy officers: the queue, one request, and each act, on a page that asks for confirmation."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.identity.selectors import get_staff_names
from accounts.identity.staff.role_admin import RoleAdmin
from audit.staff.presenters import case_url, pager
from audit.staff.search_forms import read_cursor
from core.actions import confirm_page
from core.errors import VaultError
from core.pagination import KeysetPage
from core.refusals import INVALID
from vault.services import decryptor

from . import presenters, selectors, services
from .errors import NotAllowedError
from .forms import NoteForm, QueueForm
from .models import RightsRequest, Step
from .policies import READERS, may_work_queue, open_acts
from .staff.actions import ACTIONS, STEP_ACTIONS
from .states import OFFICER_ACTS, AllowedAct, RequestState, StepStatus, Verb
from .timeline import list_timeline


class RightsRequestAdmin(RoleAdmin):
    """Every change is one call of a service."""

    readers = READERS

    def get_urls(self) -> list[URLPattern]:
        one, act = "<slug:reference>/", self.protect(self.act)
        return [
            path("", self.protect(self.queue), name="rights_rightsrequest_changelist"),
            path(one, self.protect(self.detail), name="rights_request"),
            path(f"{one}progress/", self.progress, name="rights_request_progress"),
            *(path(f"{one}{name}/", act, {"name": name}, name=f"rights_request_{name}") for name in ACTIONS),
            *(
                path(f"{one}steps/<uuid:step_id>/{name}/", act, {"name": name}, name=f"rights_request_{name}")
                for name in STEP_ACTIONS
            ),
        ]

    def queue(self, request: HttpRequest) -> HttpResponseBase:
        """List requests, the most urgent first, by keyset."""
        now = timezone.now()
        form = QueueForm(request.GET)
        page, status = KeysetPage[RightsRequest]([], ""), INVALID
        if form.is_valid():
            wanted = dict(form.cleaned_data)
            state = wanted["state"] or "open"
            wanted["state"] = "" if state == "all" else state
            try:
                cursor = request.GET.get("after", "")
                page = selectors.list_queue(
                    selectors.QueueFilter(**wanted), mine=self.actor(request).pk, now=now, cursor=cursor
                )
                status = HTTPStatus.OK
            except ValueError:
                form.add_error(None, _("The address of this page is damaged. Start from the first page."))
        stuck = selectors.stuck_request_ids(page.rows)
        rows = [
            {
                "request": row,
                "tone": presenters.STATE_TONES[row.state],
                "meter": presenters.meter_of(row, now),
                "stuck": row.pk in stuck,
            }
            for row in page.rows
        ]
        older_url = f"?{urlencode({**request.GET.dict(), 'after': page.older})}" if page.older else ""
        context = {"title": _("Rights requests"), "form": form, "rows": rows, "older_url": older_url}
        return self.page(request, "rights/staff/queue.html", context, status)

    def detail(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Show one request; that it was opened is logged before it is shown."""
        user, now, row = self.actor(request), timezone.now(), _get_or_404(reference)
        entry = services.record_showing(row, actor=user, now=now)
        page = list_timeline(row.reference, **read_cursor(request.GET))
        notes = selectors.list_notes(row)
        names = get_staff_names({entry.actor_reference for entry in page.entries} | {note.author for note in notes})
        context = {
            **self._progress(row, request),
            "title": row.reference,
            "deadline": presenters.deadline_of(row, now),
            "timeline": presenters.timeline_of(page.entries, names),
            **pager(page),
            "log_url": case_url(request, row.reference),
            "notes": _note_rows(row, notes, names, entry),
            "note_form": NoteForm(),
        }
        return self.page(request, "rights/staff/request.html", context)

    def progress(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Answer the polling page with the part that changes; nothing of the person is on it."""
        address = reverse("admin:rights_request", args=[reference])
        if answer := self.page_instead(request, address):
            return answer
        return TemplateResponse(request, "rights/staff/_progress.html", self._progress(_get_or_404(reference), request))

    def act(self, request: HttpRequest, reference: str, name: str, step_id: UUID | None = None) -> HttpResponseBase:
        """Ask for confirmation, then do one act; a refusal for want of a right is logged."""
        user, row = self.actor(request), _get_or_404(reference)
        if not may_work_queue(user):
            services.record_refusal(row, actor=user, act=name, now=timezone.now())
            raise PermissionDenied
        target = (reference,) if step_id is None else (reference, step_id)
        action = (STEP_ACTIONS if step_id else ACTIONS)[name]

        def act(**facts: Any) -> object:
            try:
                return action.do(*target, **facts)
            except Step.DoesNotExist:
                raise Http404 from None
            except NotAllowedError:
                services.record_refusal(row, actor=user, act=name, now=facts["now"])
                raise

        crumbs = [
            (reverse("admin:rights_rightsrequest_changelist"), _("Rights requests")),
            (reverse("admin:rights_request", args=[reference]), reference),
        ]
        logged = replace(action, do=act, done=action.done % {"reference": reference})
        return confirm_page(self, request, logged, crumbs=crumbs, heading=reference)

    def _progress(self, row: RightsRequest, request: HttpRequest) -> dict[str, Any]:
        user = self.actor(request)
        steps = selectors.list_steps(row)
        rows = presenters.step_rows(steps)
        acts = open_acts(row, officer=user)
        for item in rows:
            is_stuck = item["step"].status in {StepStatus.FAILED, StepStatus.NEEDS_ATTENTION}
            item["may_retry"] = is_stuck and AllowedAct.REFUSE in acts and row.state == RequestState.IN_PROGRESS
            item["may_exclude"] = item["may_retry"] and item["step"].verb == Verb.EXPORT
        return {
            "row": row,
            "tone": presenters.STATE_TONES[row.state],
            "steps": rows,
            "progress": presenters.progress_of(steps),
            "package": getattr(row, "package", None),
            "is_polled": row.state == RequestState.IN_PROGRESS,
            "may": {act.value: act in acts for act in OFFICER_ACTS},
            "mine": row.assignee_id == user.pk,
            "may_work": may_work_queue(user),
        }


def _get_or_404(reference: str) -> RightsRequest:
    try:
        return selectors.get_request(reference)
    except RightsRequest.DoesNotExist:
        raise Http404 from None


def _note_rows(row: RightsRequest, notes: list[Any], names: dict[str, str], entry: UUID) -> list[dict[str, Any]]:
    if not notes:
        return []
    try:
        opened = decryptor(row.subject, entry)
        texts = [opened.text(note.encryption_context, note.sealed) for note in notes]
    except VaultError:
        return []  # the person was erased, and what was written about them with them
    return [
        {"sentence": text, "at": note.written_at, "actor": names.get(note.author, ""), "is_quoted": True}
        for note, text in zip(notes, texts, strict=True)
    ]


def register(site: admin.AdminSite) -> None:
    """Register the queue."""
    site.register(RightsRequest, RightsRequestAdmin)
