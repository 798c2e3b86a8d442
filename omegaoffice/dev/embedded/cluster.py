"""The entry point: run or join the embedded servers for as long as a block lasts."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .postgres import Postgres
from .valkey import Valkey


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers asked for. Their addresses are known whether they run or not."""

    postgres: Postgres | None
    valkey: Valkey | None

    @property
    def owned(self) -> frozenset[str]:
        """Names ("postgres", "valkey") of the servers that this process started."""
        return frozenset(server.name for server in (self.postgres, self.valkey) if server and server.owned)

    def ended(self) -> str | None:
        """Name a server that this process started and that has ended by itself, if one has."""
        return next((server.name for server in (self.postgres, self.valkey) if server and server.ended()), None)


@contextlib.contextmanager
def servers(
    root: Path, *, postgres: bool = True, valkey: bool = True, fsync: bool = True, own: bool = False
) -> Iterator[Servers]:
    """Have servers that answer for as long as the block lasts: those that run for `root`, else our own.

    Their state lives in `root` (`<project>/var/embedded`). `fsync=False` trades safety at power loss for
    speed (tests); it counts only where this call does the start. An owner that leaves waits for the commands that
    joined it (Ctrl-C ends the wait). With `own=True` it must be this process that starts them, and it stops them
    without waiting for others.

    Raises EmbeddedError, a sentence for the console.
    """
    root = root.absolute()
    found = Servers(Postgres(root, fsync=fsync) if postgres else None, Valkey(root, fsync=fsync) if valkey else None)
    with contextlib.ExitStack() as stack:
        for server in (found.postgres, found.valkey):
            if server is not None:
                stack.enter_context(server.running(own=own))
        yield found
