"""Django's settings, one topic a file."""

import django_stubs_ext
from django.utils.translation import gettext_lazy as _

from omegaoffice.environment import (
    BASE_DIR,
    IS_PRODUCTION,
    OFFICE_ENV,
    VAR_DIR,
    check_keys,
    env,
    needed,
    secret,
)

from .apps import INSTALLED_APPS, MIDDLEWARE
from .auth import *
from .auth import sign_in_origins, social_providers
from .databases import databases
from .logs import LOGGING as LOGGING
from .security import *
from .security import content_security_policy
from .services import *
from .services import mail, storages, viewer_origins

# Makes Django's generic classes subscriptable at run time, as they are for the type checker.
django_stubs_ext.monkeypatch()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret("SECRET_KEY")
#: earlier ones: links to certificates that were mailed under them go on to work
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ROOT_URLCONF = "omegaoffice.urls"
WSGI_APPLICATION = "omegaoffice.wsgi.application"

DATABASES = databases()
DATABASE_ROUTERS = ["core.db.RoleRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: alias of the database role that a process starts with; web requests change it by path
OFFICE_SIDE: str = env.str("OFFICE_SIDE", default="default")
#: key-encryption key that wraps every subject's key; 64 hex digits, kept outside every database and backup
OFFICE_KEK: str = secret("OFFICE_KEK")
#: earlier key-encryption keys, space separated, for keys that are not wrapped anew yet
OFFICE_KEK_PREVIOUS: list[str] = env.str("OFFICE_KEK_PREVIOUS", default="").split()
check_keys("OFFICE_KEK", [OFFICE_KEK])
check_keys("OFFICE_KEK_PREVIOUS", OFFICE_KEK_PREVIOUS)
#: Ed25519 seed of the log's signature, 64 hex digits; in production only the sequencer's process has it
OFFICE_LOG_KEY: str = env.str("OFFICE_LOG_KEY", default="") if IS_PRODUCTION else secret("OFFICE_LOG_KEY")
#: during a rotation: the seed of the log's next key, which signs together with OFFICE_LOG_KEY
OFFICE_LOG_NEXT_KEY: str = env.str("OFFICE_LOG_NEXT_KEY", default="")
#: the log's name in checkpoints
OFFICE_LOG_ORIGIN: str = env.str("OFFICE_LOG_ORIGIN", default="omegaoffice.example/log")
#: public keys that verify checkpoints, space separated; empty: the one of OFFICE_LOG_KEY
OFFICE_LOG_VERIFIERS: list[str] = env.str("OFFICE_LOG_VERIFIERS", default="").split()
#: a folder outside the database where signed checkpoints are kept too
AUDIT_CHECKPOINT_DIR: str = needed("AUDIT_CHECKPOINT_DIR", str(VAR_DIR / "checkpoints"))

STORAGES = storages()
globals().update(mail())
#: who answers for the processing, as the record of processing names them
CONTROLLER_NAME: str = env.str(
    "CONTROLLER_NAME", default="OmegaCloud Cloud Service & Datacenters Providers, UAE license 1487010"
)
#: the address of the privacy policy, shown on pages, in letters and in packages
PRIVACY_CONTACT: str = env.str("PRIVACY_CONTACT", default="hello@omegacloud.ai")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"OmegaCloud privacy <{PRIVACY_CONTACT}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
SECURITY_CONTACT: str = env.str("SECURITY_CONTACT", default="hello@omegacloud.ai")

SOCIALACCOUNT_PROVIDERS = social_providers()
CONTENT_SECURITY_POLICY = content_security_policy([*sign_in_origins(), *viewer_origins()])

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "omegaoffice" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["core.foreign_text", "core.form_tags", "core.moments"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "omegaoffice.formats"
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_FINDERS = [
    "omegaoffice.web.static_files.BuiltFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
# Development serves static files from their source folders; production collects them first.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not IS_PRODUCTION

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "omegaoffice.web.api_schema.DescribedSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["omegaoffice.web.strict_json.StrictJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "EXCEPTION_HANDLER": "omegaoffice.web.problems.problem_response",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "OmegaOffice API",
    "VERSION": "1",
    "DESCRIPTION": "What a person's own programs, staff, auditors and the platform may ask of the privacy office.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RightsRequestKind": "rights.states.Kind",
        "RightsRequestState": "rights.states.RequestState",
        "ApprovalState": "humanaccess.states.ApprovalState",
        "OrderKind": "accounts.workloads.models.OrderKind",
    },
}
