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
def stop_where_unsafe(**_kwargs: Any) -> None:
    """Stop before the first task when the schema is not as declared, or erased people came back with a backup."""
    from .db import compare  # noqa: PLC0415  needs settings and apps

    compare.stop_where_unsafe(by="worker")
