"""The steps of each kind of request."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.connections import github, google
from accounts.personaldata.categories import DataCategory, category_named, data_categories
from core.leases import ENQUEUE_AGAIN_AFTER, MAX_ATTEMPTS
from rights.external_stores import GITHUB, GOOGLE, MIXPANEL, PLATFORM, ExternalStore, stores
from rights.models import RightsRequest, Step
from rights.states import LAST_STEPS, PARALLEL, Kind, StepStatus, Verb

from . import mixpanel
from .correct_category import accepted

PlannedStep = tuple[Verb, str]
#: store outside that has a client → whether that is set up
_CLIENTS = {MIXPANEL: mixpanel.is_set_up, GOOGLE: google.is_set_up, GITHUB: github.is_set_up}


def plan_of(request: RightsRequest) -> list[PlannedStep]:
    """Return verb and data category (or external store) of each step that starts the work on a request."""
    if request.kind == Kind.DELETION:
        inside = [(Verb.ERASE, category.name) for category in data_categories() if not category.erased_last]
        return inside + [(_verb_of(store), store.name) for store in stores() if store.holds_on(request.subject)]
    if request.kind == Kind.CORRECTION:
        names = sorted({row.category for row in accepted(request)})
        informs = {PLATFORM, *(slug for name in names for slug in category_named(name).processors)}
        informed = [(Verb.INFORM, store.name) for store in stores() if store.name in informs]
        return [(Verb.CORRECT, name) for name in names] + informed
    told = [category for category in data_categories() if fields_of(category, request.kind)]
    return [(Verb.EXPORT, category.name) for category in told] + [(Verb.ASSEMBLE, "")]


def fields_of(category: DataCategory, kind: str) -> Mapping[str, Any]:
    """Return field → meaning of what a package of that kind holds: all, or what the person gave us (article 20)."""
    if kind != Kind.PORTABILITY:
        return category.fields
    return {name: category.fields[name] for name in category.portable}


def _verb_of(store: ExternalStore) -> Verb:
    """Return how a store outside is erased: by machine where that is set up, else by hand."""
    is_set_up = _CLIENTS.get(store.name)
    return Verb.ERASE_OUTSIDE if is_set_up is not None and is_set_up() else Verb.ATTEST


def how_erased(store: ExternalStore) -> str:
    """Say in words how a store outside is erased."""
    if store.name == PLATFORM:
        return _("by an order to it")
    return _("by its own interface") if _verb_of(store) == Verb.ERASE_OUTSIDE else _("by hand, with evidence")


def last_steps() -> list[PlannedStep]:
    """Return the steps of a deletion once it is signed off."""
    return [(verb, "") for verb in LAST_STEPS]


def put_steps(request: RightsRequest, plan: Iterable[PlannedStep], *, now: datetime) -> list[Step]:
    """Create the steps that a request does not have yet, behind those that it has; return all of them."""
    known = set(Step.objects.filter(request=request).values_list("verb", "holding"))
    missing = [planned for planned in plan if planned not in known]
    Step.objects.bulk_create(
        Step(
            request=request,
            subject=request.subject,
            position=position,
            verb=verb,
            holding=name,
            due_at=now + ENQUEUE_AGAIN_AFTER,
        )
        for position, (verb, name) in enumerate(missing, start=len(known))
    )
    if missing:
        # What waits for all others stays behind those that were added.
        waiting = Step.objects.filter(request=request).exclude(verb__in=sorted(PARALLEL))
        waiting.update(position=F("position") + len(known) + len(missing))
    return list(Step.objects.filter(request=request))


def restart_steps(request: RightsRequest, *, now: datetime, but_excluded: bool = False) -> None:
    """Let the steps of work that was stopped begin anew, those that were excluded as well unless told otherwise."""
    steps = Step.objects.filter(request=request)
    (steps.exclude(status=StepStatus.EXCLUDED) if but_excluded else steps).update(
        status=StepStatus.WAITING,
        attempts_allowed=F("attempts") + MAX_ATTEMPTS,
        due_at=now + ENQUEUE_AGAIN_AFTER,
        lease_until=None,
        last_error="",
        left_out="",
        progress=0,
        receipt=None,
        finished_at=None,
    )
