"""The staff pages of anonymous figures: the catalogue of queries with what was answered, a run, one answer."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _, gettext_lazy

from accounts.connections.admin import ConnectionsDailyTotalAdmin
from accounts.identity.roles import Role
from accounts.identity.staff.role_admin import RoleAdmin
from accounts.workloads.admin import WorkloadsDailyTotalAdmin
from audit.exports.csv_format import spreadsheet
from audit.log.models import Entry, payload_field
from core.actions import Action, confirm_page
from humanaccess.aggregates import FEWEST, QUERIES
from humanaccess.forms import AggregateForm, RunReviewForm, name_week
from humanaccess.grounds import RULES, Ground
from humanaccess.models import STAFF_GROUNDS, Aggregate, Sample
from humanaccess.presenters import name_of
from humanaccess.selectors import get_names, list_aggregates, list_drawn_runs
from humanaccess.services import review_run, run_aggregate
from humanaccess.states import Finding

_ASKERS = RULES[Ground.AGGREGATE].askers
_AUDITORS = frozenset({Role.AUDITOR})
_LIST = "admin:humanaccess_aggregate_changelist"
#: weeks of each query that the list links to
_NEWEST = 12
_KINDS: dict[str, Any] = {
    **WorkloadsDailyTotalAdmin.kinds,
    **ConnectionsDailyTotalAdmin.kinds,
    **{ground.value: title for ground, title in STAFF_GROUNDS.items()},
}
_RUN = Action(
    gettext_lazy("Run a query"),
    gettext_lazy(
        "Each query is answered once for each week, and the same answer is shown to everybody afterwards. "
        "Who ran which query goes into the log."
    ),
    "",
    run_aggregate,
    button=gettext_lazy("Run"),
)

_REVIEW = Action(
    gettext_lazy("Review a run"),
    gettext_lazy("Your finding is kept, and goes into the log."),
    gettext_lazy("Your review is recorded."),
    lambda sample, *, finding, **facts: review_run(sample, finding=Finding(finding), **facts),
    RunReviewForm,
    button=gettext_lazy("Record the review"),
    decides=True,
)


class AggregateAdmin(RoleAdmin):
    """Whoever has the right runs queries; auditors see what was answered."""

    readers = _ASKERS | {Role.AUDITOR}

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.protect(self.catalogue), name="humanaccess_aggregate_changelist"),
            path("new_run/", self.protect(self.run, _ASKERS), name="humanaccess_aggregate_run"),
            path("runs/<uuid:run>/review/", self.protect(self.review, _AUDITORS), name="humanaccess_aggregate_review"),
            path("<uuid:answer>/", self.protect(self.answer), name="humanaccess_aggregate_detail"),
            path("<uuid:answer>/csv/", self.protect(self.csv), name="humanaccess_aggregate_csv"),
        ]

    def catalogue(self, request: HttpRequest) -> HttpResponseBase:
        """List the queries, each with the newest weeks that were answered."""
        weeks: dict[str, list[tuple[UUID, str]]] = {name: [] for name in QUERIES}
        for name, pk, week in list_aggregates().values_list("query", "pk", "week"):
            if len(weeks[name]) < _NEWEST:
                weeks[name].append((pk, name_week(week)))
        context = {
            "title": capfirst(self.opts.verbose_name_plural),
            "queries": [(query, weeks[query.name]) for query in QUERIES.values()],
            "may_run": self.may_read(request, _ASKERS),
            "fewest": FEWEST,
            "drawn": _drawn_rows(list_drawn_runs()[:_NEWEST]),
            "may_review": self.may_read(request, _AUDITORS),
        }
        return self.page(request, "humanaccess/staff/aggregates.html", context)

    def review(self, request: HttpRequest, run: UUID) -> HttpResponseBase:
        """Ask an auditor what they found of a run that was drawn."""
        sample = get_object_or_404(list_drawn_runs(), pk=run)
        (row,) = _drawn_rows([sample])
        text = _("%(who)s ran “%(query)s” on the week of %(week)s. Say whether their work called for it.") % row
        action = replace(_REVIEW, text=f"{text} {_REVIEW.text}")
        return confirm_page(self, request, action, sample, crumbs=[(reverse(_LIST), self.opts.verbose_name_plural)])

    def run(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for query and week, then lead to the answer."""
        return confirm_page(
            self,
            request,
            replace(_RUN, form=partial(AggregateForm, initial={"query": request.GET.get("query")})),
            crumbs=[(reverse(_LIST), self.opts.verbose_name_plural)],
            then=lambda found: redirect("admin:humanaccess_aggregate_detail", found.pk),
        )

    def answer(self, request: HttpRequest, answer: UUID) -> HttpResponseBase:
        """Show one answer as a table, with bars."""
        found = get_object_or_404(list_aggregates(), pk=answer)
        context = {
            "title": QUERIES[found.query].title,
            "week": name_week(found.week),
            "answer": found,
            "cells": _cells(found),
            "fewest": FEWEST,
            "crumbs": [(reverse(_LIST), self.opts.verbose_name_plural)],
        }
        return self.page(request, "humanaccess/staff/aggregate.html", context)

    def csv(self, _request: HttpRequest, answer: UUID) -> HttpResponseBase:
        """Download one answer for a spreadsheet."""
        found = get_object_or_404(list_aggregates(), pk=answer)
        rows = [
            (found.query, found.week, cell["kind"], cell["unit"], cell["persons"] or "withheld", cell["amount"])
            for cell in found.cells
        ]
        text = spreadsheet([("query", "week_of", "kind", "unit", "people_at_least", "amount_about"), *rows])
        name = f"{found.query}-{found.week}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


def _drawn_rows(samples: Iterable[Sample]) -> list[dict[str, Any]]:
    """Return the runs that were drawn in words: who ran which query, when, and what an auditor found."""
    found = list(samples)
    entries = Entry.objects.annotate(query=payload_field("query"), week=payload_field("week"))
    runs = {entry.pk: entry for entry in entries.filter(pk__in=[sample.pk for sample in found])}
    by_run = {pk: entry.actor.partition(":")[2] for pk, entry in runs.items()}
    names = get_names([*by_run.values(), *(sample.reviewed_by for sample in found)])
    return [
        {
            "sample": sample,
            "run": runs[sample.pk],
            "who": name_of(by_run[sample.pk], names),
            "query": getattr(QUERIES.get(runs[sample.pk].query), "title", runs[sample.pk].query),
            "week": name_week(date.fromisoformat(runs[sample.pk].week)),
            "reviewer": name_of(sample.reviewed_by, names) if sample.reviewed_by else "",
        }
        for sample in found
        if sample.pk in runs
    ]


def _cells(answer: Aggregate) -> list[dict[str, Any]]:
    """Return the cells in words, with the highest amount of the same unit for the bars."""
    most: dict[str, float] = {}
    for cell in answer.cells:
        most[cell["unit"]] = max(cell["amount"] or 0, most.get(cell["unit"], 0))
    return [
        {
            **cell,
            "label": (_KINDS.get(cell["kind"]) or _(cell["kind"])) if cell["kind"] else QUERIES[answer.query].title,
            "unit": WorkloadsDailyTotalAdmin.units.get(cell["unit"], cell["unit"]),
            "most": most[cell["unit"]],
        }
        for cell in answer.cells
    ]
