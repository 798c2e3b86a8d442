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
