"""What the vault asks of the log without importing it."""

from typing import Protocol
from uuid import UUID


class TicketOffice(Protocol):
    """Says whether a log entry permits an unsealing."""

    def __call__(self, entry_id: UUID, reference: str) -> None:
        """Raise NoTicketError unless `entry_id` is committed, of an event that opens, and names `reference`."""


class _Port:
    office: TicketOffice | None = None


_port = _Port()


def register_ticket_office(office: TicketOffice) -> None:
    """Name who checks tickets; the log does, at start."""
    _port.office = office


def ticket_office() -> TicketOffice:
    """Return who checks tickets. Without one nothing is ever unsealed."""
    if _port.office is None:
        raise RuntimeError("No ticket office is registered: the vault stays shut.")
    return _port.office
