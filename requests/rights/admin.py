"""The privacy officers' desk: the queue, one request, and each act on a page of its own that asks first."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.staff_door import staff_roles
from accounts.identity.stepup import step_up_answer
from audit.forms import read_cursor
from audit.shown import case_url, pager
from vault.errors import VaultError
from vault.services import unsealer

from . import selectors, services, shown
from .desk_acts import ACTS, DeskAct
from .errors import NotAllowedError, RightsError, WrongStateError
from .forms import NoteForm, QueueForm
from .models import RightsRequest, Step
from .policies import READERS, may_see_queue, may_work_queue, open_acts
from .states import OFFICER_ACTS, Act, State, StepStatus, Verb
from .story import list_timeline


class RightsRequestAdmin(admin.ModelAdmin[RightsRequest]):
    """Windows with buttons: every change is one call of a service."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(staff_roles(request) & READERS)

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        found = [
            path("", wrap(self.queue), name="rights_rightsrequest_changelist"),
            path("<slug:reference>/", wrap(self.detail), name="rights_request"),
            path("<slug:reference>/progress/", self.progress, name="rights_request_progress"),
        ]
        for name, act in ACTS.items():
            step = "steps/<uuid:step_id>/" if act.on_step else ""
            view = wrap(self.act)
            found.append(path(f"<slug:reference>/{step}{name}/", view, {"name": name}, name=f"rights_request_{name}"))
        return found

    def queue(self, request: HttpRequest) -> HttpResponse:
        """List requests, the most urgent first, by keyset."""
        user, now = _reader(request), timezone.now()
        form = QueueForm(request.GET)
        page, status = selectors.QueuePage([], ""), 400
        if form.is_valid():
            wanted = dict(form.cleaned_data)
            state = wanted["state"] or "open"
            wanted["state"] = "" if state == "all" else state
            try:
                cursor = request.GET.get("after", "")
                page = selectors.list_queue(selectors.QueueFilter(**wanted), mine=user.pk, now=now, cursor=cursor)
                status = 200
            except ValueError:
                form.add_error(None, _("The address of this page is damaged. Start from the first page."))
        stuck = selectors.stuck_request_ids(page.rows)
        rows = [
            {
                "request": row,
                "tone": shown.STATE_TONES[row.state],
                "meter": shown.meter_of(row, now),
                "stuck": row.pk in stuck,
            }
            for row in page.rows
        ]
        context = {"title": _("Rights requests"), "form": form, "rows": rows, "older_url": _older(request.GET, page)}
        return self._page(request, "rights/staff/queue.html", context, status)

    def detail(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Show one request; that it was opened is in the log before it is on the screen."""
        user, now = _reader(request), timezone.now()
        row = _found(reference)
        entry = services.record_showing(row, actor=user, now=now)
        page = list_timeline(row.reference, **read_cursor(request.GET))
        notes = selectors.list_notes(row)
        names = _names({line.actor_reference for line in page.lines} | {note.author for note in notes})
        works = may_work_queue(user)
        context = {
            **self._moving(row, user, works=works),
            "title": row.reference,
            "deadline": shown.deadline_of(row, now),
            "story": shown.story_of(page.lines, names),
            **pager(page),
            "log_url": case_url(request, row.reference),
            "notes": _opened(row, notes, names, entry),
            "note_form": NoteForm(),
            "sees_person": works,
        }
        return self._page(request, "rights/staff/request.html", context)

    def progress(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Answer the polling page with the part that moves; nothing of the person is on it."""
        address = reverse("admin:rights_request", args=[reference])
        if not getattr(request, "htmx", False):
            return redirect(address)
        if not self.admin_site.has_permission(request):
            # Signed out meanwhile: a redirect would put the sign-in page into the middle of this one.
            return HttpResponse(headers={"HX-Redirect": address})
        user = _reader(request)
        row = _found(reference)
        return TemplateResponse(
            request, "rights/staff/_moving.html", self._moving(row, user, works=may_work_queue(user))
        )

    def act(self, request: HttpRequest, reference: str, name: str, step_id: UUID | None = None) -> HttpResponse:
        """Ask on a page of its own, then do one act; a refusal says why and changes nothing."""
        user, now = _reader(request), timezone.now()
        row, desk_act = _found(reference), ACTS[name]
        if not may_work_queue(user):
            services.record_refusal(row, actor=user, act=name, now=now)
            raise PermissionDenied
        if desk_act.decides and (first := step_up_answer(request, now)):
            return first
        posted = request.method == "POST"
        form = desk_act.form(request.POST if posted else None) if desk_act.form else None
        refusal, status = "", 200
        if posted and (form is None or form.is_valid()):
            facts = form.cleaned_data if form else {}
            try:
                desk_act.do(reference, step_id, actor=user, now=now, **facts)
            except Step.DoesNotExist:
                raise Http404 from None
            except NotAllowedError as error:
                services.record_refusal(row, actor=user, act=name, now=now)
                refusal, status = error.sentence, 403
            except WrongStateError as error:
                refusal, status = error.sentence, 409
            except RightsError as error:
                refusal, status = error.sentence, 422
            else:
                messages.success(request, desk_act.done % {"reference": row.reference})
                return redirect("admin:rights_request", row.reference)
        elif posted:
            status = 422
        return self._page(request, "rights/staff/act.html", _asked(row, desk_act, form, refusal), status)

    def _moving(self, row: RightsRequest, user: User, *, works: bool) -> dict[str, Any]:
        steps = selectors.list_steps(row)
        rows = shown.step_rows(steps)
        acts = open_acts(row, officer=user)
        holds = Act.REFUSE in acts
        for item in rows:
            stuck = item["step"].status in {StepStatus.FAILED, StepStatus.PARKED}
            item["may_retry"] = stuck and holds and row.state == State.IN_PROGRESS
            item["may_leave_out"] = item["may_retry"] and item["step"].verb == Verb.EXPORT
        return {
            "row": row,
            "tone": shown.STATE_TONES[row.state],
            "steps": rows,
            "progress": shown.progress_of(steps),
            "package": getattr(row, "package", None),
            "moving": row.state == State.IN_PROGRESS,
            "may": {act.value: act in acts for act in OFFICER_ACTS},
            "mine": row.assignee_id == user.pk,
            "works": works,
        }

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        full = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, full, status=status)


def _reader(request: HttpRequest) -> User:
    user = signed_in(request)
    if not may_see_queue(user):
        raise PermissionDenied
    return user


def _found(reference: str) -> RightsRequest:
    try:
        return selectors.get_request(reference)
    except RightsRequest.DoesNotExist:
        raise Http404 from None


def _older(asked: QueryDict, page: selectors.QueuePage) -> str:
    if not page.older:
        return ""
    query = asked.copy()
    query["after"] = page.older
    return f"?{query.urlencode()}"


def _names(references: set[str]) -> dict[str, str]:
    staff = User.objects.filter(reference__in=references, is_staff=True)
    return dict(staff.values_list("reference", "username"))


def _opened(row: RightsRequest, notes: list[Any], names: dict[str, str], entry: UUID) -> list[dict[str, Any]]:
    if not notes:
        return []
    try:
        opened = unsealer(row.subject, entry)
        texts = [opened.text(note.seal_context, note.sealed) for note in notes]
    except VaultError:
        return []  # the person was erased, and what was written about them with them
    return [
        {"sentence": text, "at": note.written_at, "actor": names.get(note.author, ""), "is_quoted": True}
        for note, text in zip(notes, texts, strict=True)
    ]


def _asked(row: RightsRequest, act: DeskAct, form: Any, refusal: str) -> dict[str, Any]:
    return {
        "row": row,
        "title": act.title,
        "text": act.text,
        "action": act.title,
        "danger": act.danger,
        "form": form,
        "refusal": refusal,
        "back_url": reverse("admin:rights_request", args=[row.reference]),
    }


def register(site: admin.AdminSite) -> None:
    """Put the desk on the staff site."""
    site.register(RightsRequest, RightsRequestAdmin)
