"""Liveness and readiness."""

from collections.abc import Callable

from celery import current_app
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit.erasure.journal import check_journal_end
from audit.errors import JournalShortError
from core import db


def _answers(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _log_writable() -> None:
    if not db.select_value("SELECT has_table_privilege('audit_entry', 'INSERT') AND NOT pg_is_in_recovery()"):
        raise RuntimeError("The log cannot be written.")


def _broker() -> None:
    with current_app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=0)


CHECKS: dict[str, Callable[[], None]] = {
    "database": lambda: _answers(db.connection()),
    "log": _log_writable,
    "vault": lambda: _answers(connections["vault"]),
    "broker": _broker,
}


def _degraded() -> str:
    """Return a sentence where the office works and somebody must look at it, else nothing."""
    try:
        check_journal_end()
    except JournalShortError:
        return "The journal of erasures is shorter than it was."
    except Exception:  # noqa: BLE001  whatever it is, it was not checked
        return "The journal of erasures cannot be checked."
    return ""


@never_cache
@require_safe
def livez(_request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process runs; checks nothing else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when database, log, vault and broker work, else 503 and which do not.

    `degraded` is a 200 as well: requests are still answered, and the sentence says what a person must look at.
    """
    found = {}
    for name, check in CHECKS.items():
        try:
            check()
            found[name] = "ok"
        except Exception:  # noqa: BLE001  any error means that this part is away
            found[name] = "away"
    ready = all(state == "ok" for state in found.values())
    if not ready:
        return JsonResponse({"status": "away", "checks": found}, status=503)
    if sentence := _degraded():
        return JsonResponse({"status": "degraded", "checks": found, "degraded": sentence})
    return JsonResponse({"status": "ok", "checks": found})
