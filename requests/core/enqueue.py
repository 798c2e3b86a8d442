"""Wake a worker after commit. Job state lives in PostgreSQL: a lost message costs time, the sweeper sends another."""

from time import monotonic

from celery import current_app

from . import db

#: seconds without another try after the broker failed: a request with several messages waits for one time-out only
PAUSE = 5.0


class _Broker:
    quiet_until = 0.0


def enqueue(task: str, *arguments: str) -> None:
    """Send `task` to the broker after the current transaction commits; a failing broker is only logged."""
    db.on_commit(lambda: _send(task, arguments))


def _send(task: str, arguments: tuple[str, ...]) -> None:
    if monotonic() < _Broker.quiet_until:
        return
    try:
        current_app.signature(task, args=list(arguments)).delay()
    except Exception:
        _Broker.quiet_until = monotonic() + PAUSE
        raise  # on_commit logs it
