"""Sign-in: allauth, second factors, rate limits."""

from typing import Any

from omegaoffice.environment import IS_PRODUCTION, env

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/settings/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "mandatory"

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
MFA_TOTP_ISSUER = "OmegaOffice"

USERSESSIONS_TRACK_ACTIVITY = False
SESSION_ENGINE = "accounts.identity.session_store"

#: added to allauth's own: a minute is m, and the last word says per what
ACCOUNT_RATE_LIMITS = {
    "step_up": "10/10m/user",
    "step_up_mail": "3/10m/user",
}


def social_providers() -> dict[str, Any]:
    """Return SOCIALACCOUNT_PROVIDERS from the environment; identity scopes only, PKCE always."""

    def app(name: str) -> list[dict[str, str]]:
        client_id = env.str(f"{name}_CLIENT_ID", default="")
        return (
            [{"client_id": client_id, "secret": env.str(f"{name}_CLIENT_SECRET", default=""), "key": ""}]
            if client_id
            else []
        )

    return {
        "google": {
            "APPS": app("GOOGLE"),
            "SCOPE": ["openid", "email"],
            "OAUTH_PKCE_ENABLED": True,
            "AUTH_PARAMS": {"access_type": "online"},
        },
        "github": {"APPS": app("GITHUB"), "SCOPE": ["user:email"], "OAUTH_PKCE_ENABLED": True},
    }
