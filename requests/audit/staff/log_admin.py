"""The base of the log's admin pages: who may read is asked through the port `staff_access`."""

from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase

from audit.log.actors import Actor
from audit.staff_access import Right, staff_access
from core.admin import ReadOnlyAdmin


class LogRightAdmin(ReadOnlyAdmin):
    """Pages for whoever holds `right`."""

    right: ClassVar[Right]

    def may_read(self, request: HttpRequest, right: Any = None) -> bool:
        return staff_access().may(request, right or self.right)

    def actor(self, request: HttpRequest) -> Actor:
        return staff_access().actor(request)

    def step_up(self, request: HttpRequest, *, began_at: datetime | None = None) -> HttpResponseBase | None:
        return staff_access().step_up(request, began_at=began_at)
