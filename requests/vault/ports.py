"""What the vault asks of the log, and of those who keep machine secrets, without importing them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class SecretHolder:
    """One kind of machine secrets at rest.

    `reseal()` goes through all of them and writes anew those that are not under the current key-encryption key,
    each only where the row is still what was read; it yields once a secret: True when it was written anew, False when
    nothing was to be done, None when it does not open under any key that is known.
    """

    name: str
    reseal: Callable[[], Iterator[bool | None]]


_holders: dict[str, SecretHolder] = {}


def register_secret_holder(holder: SecretHolder) -> SecretHolder:
    """Have these secrets sealed anew when the key-encryption key changes; raises ValueError when the name is taken."""
    if holder.name in _holders:
        raise ValueError(f"Secrets {holder.name!r} are registered twice.")
    _holders[holder.name] = holder
    return holder


def secret_holders() -> list[SecretHolder]:
    """Return everybody who registered, by name."""
    return [_holders[name] for name in sorted(_holders)]
