"""Change the register of processors; each change has its entry in the log."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.terms.errors import ProcessorError
from accounts.terms.events import (
    PROCESSOR_ADDED,
    PROCESSOR_ANNOUNCED,
    PROCESSOR_CHANGED,
    PROCESSOR_ENDED,
    PROCESSOR_KEPT,
    PROCESSOR_REVIEWED,
)
from accounts.terms.models import NOTICE, NOTICED, Processor
from accounts.terms.selectors import categories_by_processor
from accounts.terms.services.announcements import announce_processor, stop_announcing
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.sweep_items import sweep_items
from core import db
from core.machine_names import name_rule

#: what the register says of a processor, but for its first day, which stays, and reviews and the end, acts of their own
FACTS = ("name", "purpose", "country", "contract", "contract_on", "privacy_url")


def add_processor(*, slug: str, actor: User, now: datetime, **facts: Any) -> Processor:
    """Enter a processor, and have everybody told of it; raises ProcessorError."""
    if rule := name_rule(slug):
        raise ProcessorError("slug", rule)
    _check(facts, now)
    if facts["since_on"] < now.date() + NOTICE:
        raise ProcessorError(
            "since_on",
            _("The day must be at least %(days)d days ahead: everybody is told before.") % {"days": NOTICE.days},
        )
    with db.atomic():
        processor, is_new = Processor.objects.get_or_create(slug=slug, defaults=facts)
        if not is_new:
            raise ProcessorError("slug", _("The register has an entry of this name already."))
        _record(PROCESSOR_ADDED, processor, actor=actor, now=now)
        announce_processor(processor, processor.since_on, by=actor.reference, now=now)
    return processor


def change_processor(slug: str, *, actor: User, now: datetime, **facts: Any) -> Processor:
    """Change what the register says of a processor; without a change nothing is written. Raises ProcessorError.

    What the public list says is announced, and changes when the notice is over.
    """
    _check(facts, now)
    with db.atomic():
        processor = _lock(slug)
        changed = [name for name in FACTS if getattr(processor, name) != facts[name]]
        noticed, at_once = (
            [name for name in changed if (name in NOTICED) is is_noticed] for is_noticed in (True, False)
        )
        if noticed and processor.pending_on:
            raise ProcessorError(
                "", _("A change is announced already. Cancel it first, or wait until it takes effect.")
            )
        if at_once:
            for name in at_once:
                setattr(processor, name, facts[name])
            processor.save(update_fields=at_once)
            _record(PROCESSOR_CHANGED, processor, actor=actor, now=now, fields=at_once)
        if noticed:
            processor.pending = {name: facts[name] for name in noticed}
            processor.pending_on = now.date() + NOTICE
            processor.save(update_fields=["pending", "pending_on"])
            on = processor.pending_on.isoformat()
            _record(PROCESSOR_ANNOUNCED, processor, actor=actor, now=now, fields=noticed, on=on)
            announce_processor(processor, processor.pending_on, by=actor.reference, now=now)
    return processor


def keep_processor(slug: str, *, actor: User, now: datetime) -> Processor:
    """Cancel what was announced to change; raises ProcessorError where nothing was."""
    with db.atomic():
        processor = _lock(slug)
        if processor.pending_on is None:
            raise ProcessorError("", _("No change of it is announced."))
        processor.pending = processor.pending_on = None
        processor.save(update_fields=["pending", "pending_on"])
        stop_announcing(slug, now=now)
        _record(PROCESSOR_KEPT, processor, actor=actor, now=now)
    return processor


def sweep_processors(*, now: datetime) -> int:
    """Change the processors whose announced day has come. Call it under the worker's role."""
    due = Processor.objects.in_use().filter(pending_on__lte=now.date())
    return sweep_items("terms.processors", due, _take_effect, now=now, batch=20)


def _take_effect(slug: str, now: datetime) -> bool:
    with db.atomic():
        due = Processor.objects.in_use().filter(slug=slug, pending_on__lte=now.date())
        processor = due.select_for_update(skip_locked=True).first()
        if processor is None:
            return False
        fields = processor.take_pending()
        processor.save(update_fields=[*fields, "pending", "pending_on"])
        _record(PROCESSOR_CHANGED, processor, actor=machine("terms"), now=now, fields=fields)
    return True


def review_processor(
    slug: str, *, due_diligence_on: date, review_due_on: date, actor: User, now: datetime
) -> Processor:
    """Record that a processor was looked into, and when this is due again; raises ProcessorError."""
    today = timezone.localdate(now)
    if due_diligence_on > today:
        raise ProcessorError("due_diligence_on", _("This day must not be in the future."))
    if review_due_on <= today:
        raise ProcessorError("review_due_on", _("This day must be in the future."))
    with db.atomic():
        processor = _lock(slug)
        processor.due_diligence_on, processor.review_due_on = due_diligence_on, review_due_on
        processor.save(update_fields=["due_diligence_on", "review_due_on"])
        dates = {"on": due_diligence_on.isoformat(), "next": review_due_on.isoformat()}
        _record(PROCESSOR_REVIEWED, processor, actor=actor, now=now, **dates)
    return processor


def end_processor(slug: str, *, actor: User, now: datetime) -> Processor:
    """Record that a company is no longer a processor; raises ProcessorError while a data category names it."""
    with db.atomic():
        processor = _lock(slug)
        if named_by := categories_by_processor().get(slug):
            titles = get_text_list([str(category.title) for category in named_by], _("and"))
            raise ProcessorError(
                "", _("It still receives data. These categories name it: %(titles)s.") % {"titles": titles}
            )
        processor.ended_at, processor.pending, processor.pending_on = now, None, None
        processor.save(update_fields=["ended_at", "pending", "pending_on"])
        stop_announcing(slug, now=now)
        _record(PROCESSOR_ENDED, processor, actor=actor, now=now)
    return processor


def _check(facts: dict[str, Any], now: datetime) -> None:
    if facts["contract_on"] and not facts["contract"]:
        raise ProcessorError("contract", _("Name the contract that was signed on this day."))
    if facts["contract_on"] and facts["contract_on"] > timezone.localdate(now):
        raise ProcessorError("contract_on", _("This day must not be in the future."))
    if not facts["privacy_url"].startswith("https://"):
        raise ProcessorError("privacy_url", _("The address must begin with https://."))


def _lock(slug: str) -> Processor:
    processor = Processor.objects.select_for_update().get(slug=slug)
    if processor.ended_at:
        raise ProcessorError("", _("This processor was ended before."))
    return processor


def _record(event: EventType, processor: Processor, *, actor: User | Actor, now: datetime, **payload: Any) -> None:
    by = actor if isinstance(actor, Actor) else actor_of(actor)
    append(event, actor=by, subject=None, now=now, payload={"processor": processor.slug, **payload})
