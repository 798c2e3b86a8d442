"""The Celery app; tasks use the database role `office_worker`."""

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omegaoffice.settings")
app = Celery("omegaoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_django_logging(**_kwargs: Any) -> None:
    """Keep the logging of Django's settings: a receiver of this signal stops Celery from configuring its own."""


@signals.worker_init.connect
def refuse_changed_schema(**_kwargs: Any) -> None:
    """Stop before the first task when the database schema is not as declared."""
    from .db.compare import stop_where_schema_differs  # noqa: PLC0415  needs settings and apps

    stop_where_schema_differs(by="worker")
