"""What a deletion or a correction orders of the platform, and what its answer sets going."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.workloads.models import OrderKind, PlatformOrder
from accounts.workloads.services import make_order
from rights.models import RightsRequest, Step
from rights.states import RequestState, StepStatus, Verb

from .run_step import proceed
from .steps import enqueue_step


def order_erasure(request: RightsRequest, *, actor: User, now: datetime) -> None:
    """Order the platform to erase a person, in the transaction that begins their deletion."""
    make_order(request.subject, kind=OrderKind.ERASE, case=request.reference, actor=actor_of(actor), now=now)


def proceed_by_receipt(order: PlatformOrder, *, now: datetime) -> None:
    """Go on with the request that an order belongs to, where it is still worked on."""
    requests = RightsRequest.objects.select_for_update()
    request = requests.filter(reference=order.case_ref, subject=order.subject, state=RequestState.IN_PROGRESS).first()
    if request is None:
        return
    if order.kind == OrderKind.CORRECT:
        # What the platform has corrected may have come in already.
        for key in Step.objects.filter(request=request, verb=Verb.CORRECT, status=StepStatus.WAITING).values_list("pk"):
            enqueue_step(*key)
    proceed(request, now=now)
