"""Read one holding of one subject into an encrypted file."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import orjson

from accounts.identity.ports import Holding, holdings
from audit import sides

from .lease import Lease, Pulse
from .stored import file_name, sink


@dataclass(frozen=True)
class Made:
    """What an attempt made: records (or files), bytes and digest of the plaintext; the stored file and its key."""

    count: int
    size: int
    sha256: str
    name: str
    sealed_key: bytes


def holding_named(name: str) -> Holding:
    """Return the declared holding; raises LookupError for one that is no longer declared."""
    for holding in holdings():
        if holding.name == name:
            return holding
    raise LookupError(name)


def write_array(records: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Yield a JSON array, one record a line, the opening bracket with the first."""
    separator = b"[\n"
    for record in records:
        yield separator + orjson.dumps(record, default=str)
        separator = b",\n"


def export_holding(lease: Lease, pulse: Pulse) -> Made:
    """Stream the holding's records under the step's ticket; memory stays flat whatever there is."""
    step = lease.step
    holding = holding_named(step.holding)
    with sides.under_ticket(step.subject, lease.entry):
        pulse.expect(holding.count(step.subject))
    count = 0
    with sink() as out:
        # A holding opens its own transactions under the ticket; closing the stream ends the one that a failure leaves.
        with closing(_stream(holding, lease)) as records:
            for line in write_array(records):
                out.write(line)
                count += 1
                pulse.beat(count)
        out.write(b"\n]\n" if count else b"[]\n")
        name = out.store(file_name(step, lease.attempt))
        return Made(count, out.size, out.sha256, name, out.sealed_key(step.subject, step.key_context))


def _stream(holding: Holding, lease: Lease) -> Generator[dict[str, Any], None, None]:
    yield from holding.export(lease.step.subject, lease.entry)
