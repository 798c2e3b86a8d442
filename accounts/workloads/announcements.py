"""What the workloads announce to the apps above them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from accounts.personaldata.stream_store import Rows
from audit.log.actors import Actor
from core.registry import Listeners, Port

from .models import PlatformOrder


class OrderAnswered(Protocol):
    """Called as the worker, in the transaction that settles an answered order."""

    def __call__(self, order: PlatformOrder, *, now: datetime) -> None:
        """Act on the answer; raising leaves the order to the next sweep."""


order_answered = Listeners[OrderAnswered]()


#: returns what an order to correct says (category, record, field, value), decrypted by this committed entry; None once
#: the person was erased
order_contents = Port[Callable[[PlatformOrder, UUID], dict[str, Any] | None]]("contents of orders to correct")


class RecordsTaken(Protocol):
    """Called as ingest, in the transaction that stores a batch, after its rows."""

    def __call__(self, rows: Rows, rejected: set[tuple[str, str, str]], *, actor: Actor, now: datetime) -> None:
        """Act on the rows, but for the rejected ones: their stream, record and subject. Raising undoes the batch."""


records_taken = Listeners[RecordsTaken]()


class AppEnded(Protocol):
    """Called in the transaction in which the worker begins to erase an app that has ended, before anything goes."""

    def __call__(self, subject: str, *, now: datetime) -> None:
        """End what rests on ended apps of the person with this reference; raising undoes the erasure."""


app_ended = Listeners[AppEnded]()
