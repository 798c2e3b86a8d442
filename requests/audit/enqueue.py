"""Wake a worker after commit. Job state lives in PostgreSQL: a lost message costs time, the sweeper sends another."""

from time import monotonic

from celery import current_app

from . import sides

#: seconds without another try after the broker failed: several messages of a request must not wait one after the other
PAUSE = 5.0


class _Broker:
    quiet_until = 0.0


def enqueue(task: str, *arguments: str) -> None:
    """Send `task` to the broker once the current transaction has committed; a broker that fails fails nobody else."""
    sides.on_commit(lambda: _send(task, arguments))


def _send(task: str, arguments: tuple[str, ...]) -> None:
    if monotonic() < _Broker.quiet_until:
        return
    try:
        current_app.signature(task, args=list(arguments)).delay()
    except Exception:
        _Broker.quiet_until = monotonic() + PAUSE
        raise  # to `on_commit`, which logs it and goes on
