"""Faults on demand: an endpoint answers with an error, or not at all, as often as a test asks."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, request

# The endpoints that can fail, by the names that Flask knows them by.
TARGETS: Final = (
    "google.token",
    "google.certs",
    "google.userinfo",
    "google.revoke",
    "github.token",
    "github.user",
    "github.emails",
    "github.grant",
    "github.grant_token",
)
KINDS: Final = ("400", "401", "429", "500", "503", "hang")
LONGEST_HANG: Final = 300.0  # seconds


class FaultError(ValueError):
    """A fault that cannot be set; names the field and the rule."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


@dataclass
class Fault:
    """One fault: `times` it still happens, or None for until it is cleared; `seconds` is for a hang."""

    kind: str
    times: int | None
    seconds: float


class Faults:
    """The faults set now, and how often each endpoint was called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: dict[str, Fault] = {}
        self._calls: Counter[str] = Counter()
        self._cleared = threading.Event()

    def put(self, target: Any, kind: Any, *, times: Any = None, seconds: Any = 30.0) -> None:
        """Set a fault on an endpoint, replacing the one it had. Raises FaultError."""
        if target not in TARGETS:
            raise FaultError("target", f"one of {', '.join(TARGETS)}")
        if kind not in KINDS:
            raise FaultError("kind", f"one of {', '.join(KINDS)}")
        if times is not None and (type(times) is not int or times < 1):
            raise FaultError("times", "a whole number above zero, or nothing for until cleared")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_HANG:
            raise FaultError("seconds", f"a number above zero, at most {LONGEST_HANG:g}")
        with self._lock:
            self._set[target] = Fault(kind, times, float(seconds))

    def clear(self, *, calls: bool = False) -> None:
        """Remove all faults and answer every call that hangs; with `calls`, forget the counts too."""
        with self._lock:
            self._set.clear()
            if calls:
                self._calls.clear()
            self._cleared.set()
            self._cleared = threading.Event()

    def _next_failure(self, target: str) -> int | None:
        """Count a call; return the HTTP status to answer with, or None to go on.

        A hang waits here, then returns 504 for whoever is still listening.
        """
        with self._lock:
            self._calls[target] += 1
            fault = self._set.get(target)
            if fault is None:
                return None
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    del self._set[target]
            cleared = self._cleared
        if fault.kind == "hang":
            cleared.wait(fault.seconds)
            return 504
        return int(fault.kind)

    def before_request(self, answer: Callable[[int], Response]) -> Callable[[], Response | None]:
        """Return a `before_request` function for a blueprint; `answer` writes a status in the provider's shape."""

        def check() -> Response | None:
            status = self._next_failure(request.endpoint) if request.endpoint in TARGETS else None
            return answer(status) if status else None

        return check

    def summary(self) -> dict[str, Any]:
        """Describe the faults set and the calls counted."""
        with self._lock:
            faults = {
                target: {"kind": fault.kind, "times": fault.times, "seconds": fault.seconds}
                for target, fault in self._set.items()
            }
            return {"faults": faults, "calls": dict(self._calls)}
