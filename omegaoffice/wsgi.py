"""The web server's door."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omegaoffice.settings")
application = get_wsgi_application()

from .guarding import stop_where_guards_differ  # noqa: E402  the apps come first

stop_where_guards_differ(by="web")
