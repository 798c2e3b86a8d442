"""Change the register of processors; each change has its entry in the log."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.terms.errors import ProcessorError
from accounts.terms.events import PROCESSOR_ADDED, PROCESSOR_CHANGED, PROCESSOR_ENDED, PROCESSOR_REVIEWED
from accounts.terms.models import Processor
from accounts.terms.selectors import categories_by_processor
from audit.log.append import append
from audit.log.event_types import EventType
from core import db
from core.machine_names import name_rule

#: what the register says of a processor, but for reviews and the end, which are acts of their own
FACTS = ("name", "purpose", "country", "contract", "contract_on", "since_on", "privacy_url")


def add_processor(*, slug: str, actor: User, now: datetime, **facts: Any) -> Processor:
    """Enter a processor; raises ProcessorError."""
    if rule := name_rule(slug):
        raise ProcessorError("slug", rule)
    _check(facts, now)
    with db.atomic():
        processor, is_new = Processor.objects.get_or_create(slug=slug, defaults=facts)
        if not is_new:
            raise ProcessorError("slug", _("The register has an entry of this name already."))
        _record(PROCESSOR_ADDED, processor, actor=actor, now=now)
    return processor


def change_processor(slug: str, *, actor: User, now: datetime, **facts: Any) -> Processor:
    """Change what the register says of a processor; without a change nothing is written. Raises ProcessorError."""
    _check(facts, now)
    with db.atomic():
        processor = _lock(slug)
        changed = [name for name in FACTS if getattr(processor, name) != facts[name]]
        if changed:
            for name in changed:
                setattr(processor, name, facts[name])
            processor.save(update_fields=changed)
            _record(PROCESSOR_CHANGED, processor, actor=actor, now=now, fields=changed)
    return processor


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
        processor.ended_at = now
        processor.save(update_fields=["ended_at"])
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


def _record(event: EventType, processor: Processor, *, actor: User, now: datetime, **payload: Any) -> None:
    append(event, actor=actor_of(actor), subject=None, now=now, payload={"processor": processor.slug, **payload})
