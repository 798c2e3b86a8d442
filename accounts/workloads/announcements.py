"""What the workloads announce to the apps above them."""

from datetime import datetime
from typing import Protocol

from core.registry import Listeners

from .models import PlatformOrder


class OrderAnswered(Protocol):
    """Called as the worker, in the transaction that settles an answered order."""

    def __call__(self, order: PlatformOrder, *, now: datetime) -> None:
        """Act on the answer; raising leaves the order to the next sweep."""


order_answered = Listeners[OrderAnswered]()


class AppEnded(Protocol):
    """Called in the transaction in which the worker begins to erase an app that has ended, before anything goes."""

    def __call__(self, subject: str, *, now: datetime) -> None:
        """End what rests on ended apps of the person with this reference; raising undoes the erasure."""


app_ended = Listeners[AppEnded]()
