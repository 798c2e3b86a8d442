"""Writers in processes of their own, started once and told round by round what to do."""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

#: a path, prepared for one writer: called once an entry
Act = Callable[[], object]
WARM_UP = 20


@dataclass
class Turn:
    """What one turn of some writers gave: entries a second, all together, and milliseconds an entry."""

    rate: float
    milliseconds: list[float]


def _write(link: Connection, setup: Callable[[], dict[str, Callable[[int], Act]]], number: int) -> None:
    paths = setup()
    while (order := link.recv()) is not None:
        name, seconds = order
        act = paths[name](number)
        for _ in range(WARM_UP):
            act()
        link.send("ready")
        link.recv()
        found, began = [], time.perf_counter()
        at, until = began, began + seconds
        while at < until:
            act()
            now = time.perf_counter()
            found.append((now - at) * 1000)
            at = now
        link.send((len(found) / (at - began), found))


def _lead(link: Connection, start: Callable[[], Callable[[], dict[str, Any]]], writers: int) -> None:
    """Set Django up once, fork the writers, pass orders on."""
    setup = start()
    context = multiprocessing.get_context("fork")
    links = []
    for number in range(writers):
        ours, theirs = context.Pipe()
        context.Process(target=_write, args=(theirs, setup, number), daemon=True).start()
        links.append(ours)
    while (order := link.recv()) is not None:
        name, count, seconds = order
        chosen = links[:count]
        for each in chosen:
            each.send((name, seconds))
        for each in chosen:
            each.recv()
        for each in chosen:
            each.send("go")
        found = [each.recv() for each in chosen]
        link.send((sum(rate for rate, _ in found), [one for _, times in found for one in times]))
    for each in links:
        each.send(None)


class Crew:
    """`writers` processes that share one Django set-up; `start` returns what each runs to get its paths."""

    def __init__(self, start: Callable[[], Callable[[], dict[str, Any]]], writers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._link, theirs = context.Pipe()
        self._process = context.Process(target=_lead, args=(theirs, start, writers))
        self._process.start()
        theirs.close()

    def run(self, name: str, writers: int, seconds: float) -> Turn:
        """Let `writers` of them write by one path at once; EOFError when the crew is gone."""
        self._link.send((name, writers, seconds))
        return Turn(*self._link.recv())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._link.send(None)
        self._process.join(10)
