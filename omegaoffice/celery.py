"""The worker's door: tasks act as `office_worker`."""

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omegaoffice.settings")
app = Celery("omegaoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_django_logging(**_kwargs: Any) -> None:
    """Leave logging as Django's settings have it; Celery would otherwise take it over."""


@signals.worker_init.connect
def refuse_changed_guards(**_kwargs: Any) -> None:
    """Stop before the first task when the database's guards are not as declared."""
    from .guarding import stop_where_guards_differ  # noqa: PLC0415  settings and apps come first

    stop_where_guards_differ(by="worker")
