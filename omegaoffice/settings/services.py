"""Broker, cache, mail, files, and the destinations and witnesses of the log's checkpoints."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.config import Config
from celery.schedules import crontab
from kombu import Exchange, Queue

from omegaoffice.environment import OFFICE_ENV, VAR_DIR, env, needed

BROKER_URL: str = needed("BROKER_URL")

CELERY_BROKER_URL = BROKER_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
# Job state lives in PostgreSQL; a message only wakes a worker. Late ack re-queues it if the worker is killed.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A broker that is down or hangs must not delay a request: each wait on its socket ends after a second, without a
# retry. The row stays in the database, and the sweeper sends another message.
_BROKER_SECONDS = 1
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = _BROKER_SECONDS
# A worker tries to reconnect to its broker for ever.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"max_retries": 0}
if CELERY_BROKER_URL.startswith(("redis", "valkey", "unix")):
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "visibility_timeout": 7200,
        "unacked_restore_interval": 1,
        "socket_timeout": _BROKER_SECONDS,
        "socket_connect_timeout": _BROKER_SECONDS,
    }
elif CELERY_BROKER_URL.startswith("amqp"):
    CELERY_BROKER_TRANSPORT_OPTIONS |= {"read_timeout": _BROKER_SECONDS, "write_timeout": _BROKER_SECONDS}

# Long work (an export, verifying the whole log) must not delay the sequencer: the log's short tasks have their own
# queue, and in `manage.py up` their own process. A worker started without a queue serves both.
LOG_QUEUE = "log"
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in ("celery", LOG_QUEUE)]
CELERY_TASK_ROUTES = {name: {"queue": LOG_QUEUE} for name in ("audit.sequence", "audit.heartbeat", "audit.partitions")}

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # Drop ticks nobody picked up: the next one covers the same work.
    "sequence": {"task": "audit.sequence", "schedule": 1.0, "options": {"expires": 5}},
    "checkpoints": {"task": "audit.deliver", "schedule": 15.0, "options": {"expires": 15}},
    "heartbeat": {"task": "audit.heartbeat", "schedule": 60.0},
    "partitions": {"task": "audit.partitions", "schedule": 24 * 3600.0},
    "verify": {"task": "audit.verify", "schedule": crontab(hour=2, minute=17)},
    "resume_crypto_shreds": {"task": "audit.resume_shreds", "schedule": crontab(hour=3, minute=41)},
    "retention": {"task": "rights.retention", "schedule": crontab(hour=1, minute=7)},
    "erasures": {"task": "audit.erasures", "schedule": 300.0},
    "letters": {"task": "inbox.sweep_letters", "schedule": 60.0},
    "rights": {"task": "rights.sweep", "schedule": 30.0},
    "orders": {"task": "workloads.sweep", "schedule": 60.0},
    "ended_apps": {"task": "workloads.sweep_ended_apps", "schedule": 900.0, "options": {"expires": 900}},
    "exports": {"task": "audit.sweep_exports", "schedule": 30.0},
    "schedules": {"task": "audit.schedules", "schedule": 60.0, "options": {"expires": 60}},
    "approval_requests": {"task": "humanaccess.sweep", "schedule": 60.0},
    "reads": {"task": "humanaccess.measure_reads", "schedule": 900.0, "options": {"expires": 900}},
    "cache": {"task": "identity.sweep_cache", "schedule": 600.0, "options": {"expires": 600}},
    "revocations": {"task": "connections.sweep", "schedule": 30.0, "options": {"expires": 30}},
    "grants": {"task": "connections.check", "schedule": 600.0, "options": {"expires": 600}},
    "announcements": {"task": "terms.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "staff": {"task": "identity.sweep_changes", "schedule": 60.0},
    "staff_mails": {"task": "identity.mail_staff", "schedule": 60.0, "options": {"expires": 60}},
}

#: working hours after which colleagues are told of what waits with somebody
STAFF_ESCALATION_HOURS: int = env.int("STAFF_ESCALATION_HOURS", default=4)

#: seconds after which the step of a worker that died is given to another
RIGHTS_STEP_LEASE: int = env.int("RIGHTS_STEP_LEASE", default=120)
#: days for which a person may cancel the deletion of their account before anything begins
RIGHTS_GRACE_DAYS: int = env.int("RIGHTS_GRACE_DAYS", default=14)
#: days for which backups of the databases live: certificates of deletion name the last one
RIGHTS_BACKUP_DAYS: int = env.int("RIGHTS_BACKUP_DAYS", default=35)
#: days for which an approved package can be downloaded
RIGHTS_PACKAGE_DAYS: int = env.int("RIGHTS_PACKAGE_DAYS", default=14)

#: Mixpanel's data-deletion API: the project's token, and the bearer token of the account; without both an officer
#: erases there by hand
MIXPANEL_URL: str = env.str("MIXPANEL_URL", default="https://mixpanel.com")
MIXPANEL_TOKEN: str = env.str("MIXPANEL_TOKEN", default="")
MIXPANEL_SECRET: str = env.str("MIXPANEL_SECRET", default="")

#: seconds after which the export of a worker that died is given to another
AUDIT_EXPORT_LEASE: int = env.int("AUDIT_EXPORT_LEASE", default=120)
#: days for which a finished export can be downloaded
AUDIT_EXPORT_DAYS: int = env.int("AUDIT_EXPORT_DAYS", default=7)

#: a bucket for signed checkpoints, in the format of STORAGE_URL; with the same keys as STORAGE_URL it proves little
AUDIT_CHECKPOINT_BUCKET: str = env.str("AUDIT_CHECKPOINT_BUCKET", default="")
#: somebody else's mail address that gets the signed checkpoint, once an hour at most
AUDIT_CHECKPOINT_MAIL: str = env.str("AUDIT_CHECKPOINT_MAIL", default="")
#: witnesses (c2sp.org/tlog-witness): pairs of a verifier key and a URL, space separated
OFFICE_WITNESSES: str = env.str("OFFICE_WITNESSES", default="")
#: an RFC 3161 authority, and the file of root certificates (PEM) that it must chain to
OFFICE_TSA_URL: str = env.str("OFFICE_TSA_URL", default="")
OFFICE_TSA_ROOTS: str = env.str("OFFICE_TSA_ROOTS", default="")
#: whether witnesses, the authority and Mixpanel may be on private addresses and plain http, for tests
AUDIT_PRIVATE_ADDRESSES: bool = env.bool("AUDIT_PRIVATE_ADDRESSES", default=False)

CACHES = {"default": {"BACKEND": "omegaoffice.db.cache.DatabaseCache"}}


#: public URL of the site, for links in letters
OFFICE_URL: str = env.str("OFFICE_URL", default=f"http://localhost:{env.str('PORT', default='8000')}")


#: the platform's viewer of code and files: a reader's one-time code is posted to it; empty: the code is only shown
PLATFORM_VIEWER_URL: str = env.str("PLATFORM_VIEWER_URL", default="")


def viewer_origins() -> list[str]:
    """Return the origin that a one-time code may be posted to: the CSP's form-action must name it."""
    found = urlsplit(PLATFORM_VIEWER_URL)
    return [f"{found.scheme}://{found.netloc}"] if found.netloc else []


def mail() -> dict[str, Any]:
    """Return Django's mail settings: EMAIL_URL, or a folder of messages on a machine without one."""
    url = needed("EMAIL_URL")
    if url:
        # Without a limit a mail server that never answers blocks a worker for ever.
        return {"EMAIL_TIMEOUT": 20, **env.email_url_config(url)}
    backend = "locmem" if OFFICE_ENV == "test" else "filebased"
    return {
        "EMAIL_BACKEND": f"django.core.mail.backends.{backend}.EmailBackend",
        "EMAIL_FILE_PATH": str(VAR_DIR / "mail"),
    }


def storages() -> dict[str, dict[str, Any]]:
    """Return Django's STORAGES: files are in a local folder, or in the bucket of STORAGE_URL.

    STORAGE_URL is `s3://key:secret@host:port/bucket?tls=1&region=…`.
    """
    static = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    if OFFICE_ENV != "production":
        static = {"BACKEND": "omegaoffice.web.static_files.HashedStorage"}
    url, exports = env.str("STORAGE_URL", default=""), env.str("AUDIT_EXPORT_TO", default=str(VAR_DIR / "exports"))
    found = {
        "default": _bucket(url) if url else _folder(env.str("OFFICE_FILES", default=str(VAR_DIR / "files"))),
        "staticfiles": static,
        "exports": _bucket(exports) if exports.startswith("s3://") else _folder(exports),
    }
    if AUDIT_CHECKPOINT_BUCKET:
        # A start reads a note of it: without limits a bucket that never answers would hold it up for minutes.
        quick = Config(signature_version="s3v4", connect_timeout=5, read_timeout=10, retries={"max_attempts": 1})
        found["checkpoints"] = _bucket(AUDIT_CHECKPOINT_BUCKET, file_overwrite=True, client_config=quick)
    return found


def _bucket(url: str, **options: Any) -> dict[str, Any]:
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": s3_options(url) | options}


def _folder(location: str) -> dict[str, Any]:
    """Return a folder that no other user of the machine may read."""
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": location, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    }


def s3_options(url: str) -> dict[str, Any]:
    """Return django-storages' S3 options for a STORAGE_URL."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    scheme = "https" if query.get("tls", ["1"])[0] == "1" else "http"
    return {
        "access_key": unquote(parts.username or ""),
        "secret_key": unquote(parts.password or ""),
        "bucket_name": parts.path.strip("/"),
        "endpoint_url": f"{scheme}://{parts.hostname}:{parts.port}" if parts.port else f"{scheme}://{parts.hostname}",
        "region_name": query.get("region", ["us-east-1"])[0],
        "signature_version": "s3v4",
        "default_acl": None,
        "querystring_auth": True,
        "file_overwrite": False,
        "max_memory_size": 8 * 2**20,
    }
