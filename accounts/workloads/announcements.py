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
