"""Is the process alive, and can it do its work?"""

from collections.abc import Callable

from celery import current_app
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import sides


def _database() -> None:
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT 1")


def _log_writable() -> None:
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('audit_entry', 'INSERT') AND NOT pg_is_in_recovery()")
        if not cursor.fetchone()[0]:
            raise RuntimeError("The log cannot be written.")


def _vault() -> None:
    with connections["vault"].cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    with current_app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=0)


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "log": _log_writable,
    "vault": _vault,
    "broker": _broker,
}


@never_cache
@require_safe
def livez(_request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process runs; asks nobody else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when database, log, vault and broker answer, else 503 and which do not."""
    found = {}
    for name, check in CHECKS.items():
        try:
            check()
            found[name] = "ok"
        except Exception:  # noqa: BLE001  whatever the fault, the answer is that this part is away
            found[name] = "away"
    ready = all(state == "ok" for state in found.values())
    return JsonResponse({"status": "ok" if ready else "away", "checks": found}, status=200 if ready else 503)
