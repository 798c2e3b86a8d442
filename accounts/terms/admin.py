"""The admin pages of the register of processors, of the record of processing, of retention and of transfers."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson
from django.contrib import admin
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy as _lazy

from accounts.identity.policies import accounts_of
from accounts.identity.roles import Role
from accounts.identity.staff.role_admin import RoleAdmin
from accounts.personaldata.categories import data_categories
from accounts.personaldata.disclosures import disclosures
from core.actions import Action, confirm_page

from . import services
from .forms import NewProcessorForm, ProcessorForm, ProcessorReviewForm
from .models import ProcessingRecord, Processor, RetentionReport, TransferRegister
from .record import csv_of, record_of_processing
from .selectors import categories_by_processor, list_disclosures, processor_names, retention_by_category
from .waiting import KEEPERS

_READERS = KEEPERS | {Role.AUDITOR, Role.ADMINISTRATOR}
_LIST = "admin:terms_processor_changelist"
#: disclosures on one page of the register of transfers
_PAGE = 50

_ADD = Action(
    _lazy("Add a processor"),
    _lazy(
        "It stands in the public list at once, and everybody gets a letter. Its due diligence is recorded as a review."
    ),
    _lazy("The processor is in the register, and is being announced."),
    services.add_processor,
    NewProcessorForm,
    button=_lazy("Add it"),
    decides=True,
)
_ACTIONS = {
    "change": Action(
        _lazy("Change an entry of the register"),
        _lazy(
            "Name, purpose, country and its privacy policy change 14 days from now: everybody gets a letter today. The "
            "log keeps which of these were changed, not what they said."
        ),
        _lazy("What you changed is saved, or announced."),
        services.change_processor,
        button=_lazy("Save"),
        decides=True,
    ),
    "keep": Action(
        _lazy("Cancel an announced change"),
        _lazy("What the public list says stays. No more letters about the change are written; those written stay."),
        _lazy("The change is cancelled."),
        services.keep_processor,
        button=_lazy("Cancel the change"),
        decides=True,
    ),
    "review": Action(
        _lazy("Record a review"),
        _lazy("You looked into how this processor protects personal data, and it may go on."),
        _lazy("The review is recorded."),
        services.review_processor,
        button=_lazy("Record it"),
        decides=True,
    ),
    "end": Action(
        _lazy("End a processor"),
        _lazy(
            "It receives no more personal data. It leaves the public list; its entry stays here and cannot be reopened."
        ),
        _lazy("The processor was ended."),
        services.end_processor,
        button=_lazy("End it"),
        danger=True,
        decides=True,
    ),
}


class ProcessorAdmin(RoleAdmin):
    """Legal counsel and privacy officers keep the register, auditors and administrators read it."""

    readers = _READERS

    def get_urls(self) -> list[URLPattern]:
        act = self.protect(self.act, KEEPERS)
        return [
            path("", self.protect(self.register), name="terms_processor_changelist"),
            # No processor has this name: names have no underscore.
            path("new_processor/", self.protect(self.add, KEEPERS), name="terms_processor_new"),
            path("<slug:processor>/", self.protect(self.entry), name="terms_processor_detail"),
            *(
                path(f"<slug:processor>/{verb}/", act, {"verb": verb}, name=f"terms_processor_{verb}")
                for verb in _ACTIONS
            ),
        ]

    def register(self, request: HttpRequest) -> HttpResponseBase:
        """List the processors: those in use by name, then those that were ended."""
        categories = categories_by_processor()
        found = sorted(Processor.objects.all(), key=lambda processor: processor.ended_at is not None)
        context = {
            "title": _("Processors"),
            "rows": [_row(processor, categories.get(processor.slug, ())) for processor in found],
            "may_change": self.may_read(request, KEEPERS),
        }
        return self.page(request, "terms/staff/processors.html", context)

    def entry(self, request: HttpRequest, processor: str) -> HttpResponseBase:
        """Show one processor, and what may be done."""
        found = get_object_or_404(Processor, pk=processor)
        context = {
            **_row(found, categories_by_processor().get(processor, ())),
            "title": found.label,
            "crumbs": [(reverse(_LIST), _("Processors"))],
            "may_change": self.may_read(request, KEEPERS) and not found.ended_at,
        }
        return self.page(request, "terms/staff/processor.html", context)

    def add(self, request: HttpRequest) -> HttpResponseBase:
        """Add a processor."""
        return confirm_page(self, request, _ADD, crumbs=[(reverse(_LIST), _("Processors"))])

    def act(self, request: HttpRequest, processor: str, verb: str) -> HttpResponseBase:
        """Ask first, then do what the address says."""
        found = get_object_or_404(Processor, pk=processor)
        action = _ACTIONS[verb]
        today = timezone.localdate()
        if verb == "change":
            action = replace(action, form=partial(ProcessorForm, initial=model_to_dict(found)))
        elif verb == "review":
            dates = {"due_diligence_on": today, "review_due_on": today + timedelta(days=365)}
            action = replace(action, form=partial(ProcessorReviewForm, initial=dates))
        crumbs = [
            (reverse(_LIST), _("Processors")),
            (reverse("admin:terms_processor_detail", args=[processor]), found.label),
        ]
        return confirm_page(self, request, action, processor, crumbs=crumbs, heading=found.label)


def _row(processor: Processor, categories: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "processor": processor,
        "lacks": [lack.label for lack in processor.lacks(today)],
        "is_due_soon": processor.is_due_soon(today),
        "is_coming": not processor.ended_at and (processor.since_on > today or processor.pending_on is not None),
        "categories": categories,
    }


class RecordAdmin(RoleAdmin):
    """The record of processing: as a page, as CSV, as JSON."""

    readers = _READERS

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.protect(self.record), name="terms_processingrecord_changelist"),
            path("csv/", self.protect(self.csv), name="terms_processingrecord_csv"),
            path("json/", self.protect(self.json), name="terms_processingrecord_json"),
        ]

    def record(self, request: HttpRequest) -> HttpResponseBase:
        """Show the record."""
        context = {"title": _("Record of processing"), "record": record_of_processing(), "made_at": timezone.now()}
        return self.page(request, "terms/staff/record.html", context)

    def csv(self, _request: HttpRequest) -> HttpResponseBase:
        """Download the record for a spreadsheet."""
        text = csv_of(record_of_processing())
        return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=_file("csv"))

    def json(self, _request: HttpRequest) -> HttpResponseBase:
        """Download the record for a program."""
        return JsonResponse(
            record_of_processing(), json_dumps_params={"ensure_ascii": False, "indent": 2}, headers=_file("json")
        )


class RetentionAdmin(RoleAdmin):
    """What each data category keeps past its rule: 0 is the promise (P16), or on hold."""

    readers = _READERS

    def get_urls(self) -> list[URLPattern]:
        return [path("", self.protect(self.report), name="terms_retentionreport_changelist")]

    def report(self, request: HttpRequest) -> HttpResponseBase:
        """Show each data category with its rule and what the newest sweep found."""
        found = retention_by_category()
        rows = [
            {"category": each, "has_rule": each.past_rule is not None, "found": found.get(each.name)}
            for each in data_categories()
        ]
        rows.sort(key=lambda row: not row["has_rule"])
        measured_at = min((each["time"] for each in found.values()), default=None)
        is_fresh = measured_at is not None and timezone.now() - measured_at < timedelta(days=2)
        is_complete = all(row["found"] for row in rows if row["has_rule"])
        context = {
            "title": _("Retention"),
            "rows": rows,
            "measured_at": measured_at,
            "is_kept": is_complete and is_fresh and not any(each["past"] for each in found.values()),
            "held": sum(each["held"] for each in found.values()),
        }
        return self.page(request, "terms/staff/retention.html", context)


class TransferAdmin(RoleAdmin):
    """The register of transfers: each disclosure to a processor, or by law, that the log knows."""

    readers = _READERS

    def get_urls(self) -> list[URLPattern]:
        return [path("", self.protect(self.transfers), name="terms_transferregister_changelist")]

    def transfers(self, request: HttpRequest) -> HttpResponseBase:
        """List the disclosures of one kind, or of all."""
        kinds, wanted = {each.event: each for each in disclosures()}, request.GET.get("kind", "")
        try:
            page = list_disclosures(wanted if wanted in kinds else "", request.GET.get("older", ""), _PAGE)
        except ValueError:
            raise Http404 from None
        names = processor_names()
        own = accounts_of(self.actor(request), {entry.subject for entry in page.rows})
        rows = []
        for entry in page.rows:
            kind = kinds[entry.event]
            if kind.by_law and entry.subject in own:
                continue  # their own pages tell of it, once the notice is given
            to = kind.recipient(orjson.loads(bytes(entry.leaf))["payload"])
            rows.append({"entry": entry, "kind": kind, "to": to, "name": names.get(to, to)})
        context = {
            "title": _("Register of transfers"),
            "rows": rows,
            "kinds": kinds.values(),
            "wanted": wanted,
            "older_url": f"?{urlencode({'kind': wanted, 'older': page.older})}" if page.older else "",
        }
        return self.page(request, "terms/staff/transfers.html", context)


def _file(ending: str) -> dict[str, str]:
    name = f"record-of-processing-{timezone.localdate().isoformat()}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def register(site: admin.AdminSite) -> None:
    """Register the pages."""
    site.register(Processor, ProcessorAdmin)
    site.register(ProcessingRecord, RecordAdmin)
    site.register(RetentionReport, RetentionAdmin)
    site.register(TransferRegister, TransferAdmin)
