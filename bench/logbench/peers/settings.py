"""Settings for the peers alone; the office's settings never see these apps."""

import os
from urllib.parse import parse_qs, unquote, urlsplit

_url = urlsplit(os.environ["BENCH_PEERS_URL"])
_folder = parse_qs(_url.query).get("host")

SECRET_KEY = "only ever used by a benchmark"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "auditlog",
    "simple_history",
    "import_export",
    "logbench.peers",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path[1:],
        "USER": unquote(_url.username or ""),
        "PASSWORD": unquote(_url.password or ""),
        "HOST": _folder[0] if _folder else _url.hostname,
        "PORT": _url.port or "",
        "CONN_MAX_AGE": None,
    }
}
