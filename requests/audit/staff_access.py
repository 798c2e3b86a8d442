"""The interface by which the log's pages ask who the signed-in person is and what they may do."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, Protocol

from django.http import HttpRequest, HttpResponseBase

from core.registry import Port

from .log.actors import Actor

#: read the log · decrypt the personal fields of an entry · request and download exports · create a reader token ·
#: see and revoke reader tokens
Right = Literal["read", "open", "export", "make_token", "end_token"]


class StaffAccess(Protocol):
    """Implemented by the project, which knows the roles."""

    def may(self, request: HttpRequest, right: Right) -> bool:
        """Return whether the signed-in person holds the right and used a second factor in this session."""

    def actor(self, request: HttpRequest) -> Actor:
        """Return the signed-in person as the log names them."""

    def staff_names(self, references: Iterable[str]) -> Mapping[str, str]:
        """Return reference → name for those of the references that are, or once were, members of staff."""

    def step_up(self, request: HttpRequest, *, began_at: datetime | None = None) -> HttpResponseBase | None:
        """Return a redirect to the step-up page, None where a step-up was passed within minutes.

        For a resumed download, a step-up within minutes before `began_at` is enough.
        """

    def step_up_to_read(self, request: HttpRequest) -> HttpResponseBase | None:
        """Return the same for reading personal data: None where a step-up was passed within the hour."""


_port = Port[StaffAccess]("staff access")
set_staff_access = _port.register
staff_access = _port.get
