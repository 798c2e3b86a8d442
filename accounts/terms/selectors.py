"""Read the register of processors, and which data categories name whom."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from operator import attrgetter
from typing import Any

import orjson
from django.db.models import Count, Exists, F, FilteredRelation, Max, OuterRef, Q, QuerySet, Value

from accounts.personaldata.categories import DataCategory, data_categories
from accounts.personaldata.disclosures import disclosures
from audit.log.models import Entry, payload_field
from core.pagination import KeysetPage, keyset_page

from .events import PROCESSOR_CHANGED, RETENTION_MEASURED
from .models import NOTICE, NOTICED, Acceptance, Announcement, PolicyVersion, Processor


def processor_names() -> Mapping[str, Any]:
    """Return slug → name for pages, ended ones included: the port `accounts.personaldata.categories`."""
    return {processor.slug: processor.label for processor in Processor.objects.all()}


def categories_by_processor() -> Mapping[str, list[DataCategory]]:
    """Return slug → the data categories that name it."""
    found: dict[str, list[DataCategory]] = defaultdict(list)
    for category in data_categories():
        for slug in category.processors:
            found[slug].append(category)
    return found


def find_unannounced() -> list[str]:
    """Return processors that came or changed since the policy is published, and were not announced NOTICE before."""
    first = PolicyVersion.objects.published().last()
    if first is None or first.published_at is None:
        return []
    came = Processor.objects.in_use().filter(since_on__gt=first.published_at.date())
    days: dict[str, list[date]] = defaultdict(list)
    for slug, day in came.values_list("slug", "since_on"):
        days[slug].append(day)
    for entry in Entry.objects.filter(event=PROCESSOR_CHANGED.name, time__gte=first.published_at).order_by("id"):
        payload = orjson.loads(bytes(entry.leaf))["payload"]
        if set(NOTICED) & {*payload["fields"]}:
            days[payload["processor"]].append(entry.time.date())
    announced = Announcement.objects.filter(processor__in=days, released_at__isnull=False)
    in_time = [
        (each.processor_id, each.effective_on)
        for each in announced
        if each.effective_on and each.released_at and each.released_at.date() + NOTICE <= each.effective_on
    ]
    # Each announcement is for one change: it is of a day after the changes before, and not after this day's.
    return sorted(
        slug
        for slug, found in days.items()
        for before, day in pairwise([date.min, *sorted({*found})])
        if sum(processor == slug and before < on <= day for processor, on in in_time) < found.count(day)
    )


def retention_by_category() -> dict[str, dict[str, Any]]:
    """Return data category → what the newest sweep found of it: `past`, `held`, `removed`, and the `time`."""
    ruled = [category.name for category in data_categories() if category.past_rule is not None]
    measured = Entry.objects.filter(event=RETENTION_MEASURED.name).order_by("-id")[: 2 * len(ruled)]
    found: dict[str, dict[str, Any]] = {}
    for entry in measured:
        payload = orjson.loads(bytes(entry.leaf))["payload"]
        found.setdefault(payload["category"], {**payload, "time": entry.time})
    return found


def list_disclosures(event: str, cursor: str, size: int) -> KeysetPage[Entry]:
    """Return a page of the disclosures of one kind, or of all, the newest first; raises ValueError for a bad cursor."""
    # A page of each kind by its index, then the newest of them: one query of all kinds would sort them all.
    pages = [
        keyset_page(Entry.objects.filter(event=each, outcome="ok"), ("-id",), size, cursor)
        for each in ([event] if event else [each.event for each in disclosures()])
    ]
    rows = sorted((entry for page in pages for entry in page.rows), key=attrgetter("id"), reverse=True)
    has_older = len(rows) > size or any(page.older for page in pages)
    return KeysetPage(rows[:size], str(rows[size - 1].id) if has_older else "")


def count_disclosures(since: datetime) -> dict[str, tuple[int, datetime]]:
    """Return processor → how often something was disclosed to it, and when last; without disclosures by law."""
    found: dict[str, tuple[int, datetime]] = {}
    for each in disclosures():
        if each.by_law:
            continue
        recipient = Value(each.to) if each.to else payload_field(each.to_field)
        entries = Entry.objects.filter(event=each.event, outcome="ok", time__gte=since)
        for slug, count, last in entries.values_list(recipient, Count("id"), Max("time")):
            if count:
                known, before = found.get(slug, (0, last))
                found[slug] = (known + count, max(before, last))
    return found


@dataclass(frozen=True)
class Notice:
    """What the band above a person's settings says of a version of the policy.

    It takes effect soon, must be accepted (`is_owed`), or is in force and counts because the person went on.
    """

    version: PolicyVersion
    is_coming: bool
    is_owed: bool


def find_notice(reference: str, now: datetime) -> Notice | None:
    """Return what this person should be told of the policy, inside `db.row_security_for`.

    That they owe an acceptance comes first, else the newest version counts.
    """
    versions = list(_with_acceptance(PolicyVersion.objects.published().defer("text_en", "text_ar"), reference))
    in_force = next((version for version in versions if version.effective_on <= now.date()), None)
    if in_force and in_force.must_accept and in_force.how is None:
        return Notice(in_force, is_coming=False, is_owed=True)
    if not versions:
        return None
    version, is_coming = versions[0], versions[0] != in_force
    if is_coming:
        return None if version.how else Notice(version, is_coming=True, is_owed=False)
    is_told = version.how != Acceptance.How.CONTINUED or version.seen_at or version.is_first
    return None if is_told else Notice(version, is_coming=False, is_owed=False)


@dataclass(frozen=True)
class OwnVersion:
    """A version of the policy for one person: how and when they accepted it, and whether they still may."""

    version: PolicyVersion
    how: str
    recorded_at: datetime | None
    may_accept: bool


def list_own_versions(reference: str, now: datetime) -> list[OwnVersion]:
    """Return the versions in force and coming, and those that this person accepted, newest first.

    Call it inside `db.row_security_for`.
    """
    current = set(PolicyVersion.objects.current(now.date()).values_list("pk", flat=True))
    found = _with_acceptance(PolicyVersion.objects.published().defer("text_en", "text_ar"), reference)
    labels = dict(Acceptance.How.choices)
    return [
        OwnVersion(row, str(labels.get(row.how, "")), row.recorded_at, row.how is None and row.pk in current)
        for row in found
        if row.how or row.pk in current
    ]


def _with_acceptance(versions: QuerySet[PolicyVersion], reference: str) -> Any:
    return versions.alias(own=FilteredRelation("acceptance", condition=Q(acceptance__subject=reference))).annotate(
        how=F("own__how"),
        recorded_at=F("own__recorded_at"),
        seen_at=F("own__seen_at"),
        is_first=~Exists(PolicyVersion.objects.published().filter(effective_on__lt=OuterRef("effective_on"))),
    )
