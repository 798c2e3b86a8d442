"""The WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omegaoffice.settings")
application = get_wsgi_application()

from .db.compare import stop_where_unsafe  # noqa: E402  needs the apps

stop_where_unsafe(by="web")
