"""What a deletion, or the end of access to Google data, orders of the platform, and what an answer sets going."""

from datetime import datetime
from uuid import UUID

from accounts.connections.data_categories import GRANTS
from accounts.connections.models import WipeReason
from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.workloads.models import OrderKind, PlatformOrder
from accounts.workloads.services import make_order
from audit.log.actors import Actor
from rights.models import RightsRequest, Step
from rights.states import RequestState, StepStatus, Verb

from .run_step import proceed
from .steps import enqueue_step


def order_erasure(request: RightsRequest, *, actor: User, now: datetime) -> None:
    """Order the platform to erase a person, in the transaction that begins their deletion."""
    make_order(request.subject, kind=OrderKind.ERASE, case=request.reference, actor=actor_of(actor), now=now)


def order_drop(subject: str, *, ended: UUID | None, reason: WipeReason, actor: Actor, now: datetime) -> None:
    """Order the platform to drop what it cached from Google, in the transaction in which somebody's access ends.

    The order has the number of that end. A deletion has its own order, to erase everything; where the access ended for
    one automation, an earlier order that is not answered yet does for it, too.
    """
    waiting = PlatformOrder.objects.filter(subject=subject, kind=OrderKind.DROP_CACHE, answered_at=None)
    if reason != WipeReason.DELETION and (ended is not None or not waiting.exists()):
        make_order(subject, kind=OrderKind.DROP_CACHE, categories=[GRANTS.name], number=ended, actor=actor, now=now)


def proceed_by_receipt(order: PlatformOrder, *, now: datetime) -> None:
    """Go on with the request that an order belongs to, where it has one that is still worked on."""
    requests = RightsRequest.objects.select_for_update()
    request = requests.filter(reference=order.case_ref, subject=order.subject, state=RequestState.IN_PROGRESS).first()
    if request is None:
        return
    if order.kind == OrderKind.CORRECT:
        # What the platform has corrected may have come in already.
        for key in Step.objects.filter(request=request, verb=Verb.CORRECT, status=StepStatus.WAITING).values_list("pk"):
            enqueue_step(*key)
    proceed(request, now=now)
