"""Sign-in: allauth, second factors, rate limits."""

from operator import attrgetter
from typing import Any

from django.core.exceptions import ImproperlyConfigured

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
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

ACCOUNT_ADAPTER = "accounts.identity.adapters.AccountAdapter"
_FORMS = "accounts.identity.sign_in_forms"
ACCOUNT_FORMS = {
    "login": f"{_FORMS}.LoginForm",
    "signup": f"{_FORMS}.SignupForm",
    "request_login_code": f"{_FORMS}.RequestLoginCodeForm",
    "confirm_login_code": f"{_FORMS}.ConfirmLoginCodeForm",
    "confirm_email_verification_code": f"{_FORMS}.ConfirmEmailCodeForm",
    "add_email": f"{_FORMS}.AddEmailForm",
    "change_email": f"{_FORMS}.ChangeEmailForm",
    "change_password": f"{_FORMS}.ChangePasswordForm",
    "set_password": f"{_FORMS}.SetPasswordForm",
    "reset_password": f"{_FORMS}.ResetPasswordForm",
    "reset_password_from_key": f"{_FORMS}.ResetPasswordKeyForm",
}
ACCOUNT_USERNAME_BLACKLIST = [
    "admin",
    "administrator",
    "omegacloud",
    "omegaoffice",
    "privacy",
    "root",
    "staff",
    "support",
]
ACCOUNT_EMAIL_NOTIFICATIONS = True
#: how many proxies in front of us may be trusted with X-Forwarded-For
ALLAUTH_TRUSTED_PROXY_COUNT: int = env.int("TRUSTED_PROXY_COUNT", default=0)

SOCIALACCOUNT_ADAPTER = "accounts.identity.adapters.SocialAdapter"
SOCIALACCOUNT_FORMS = {"signup": f"{_FORMS}.ProviderSignupForm"}
SOCIALACCOUNT_STORE_TOKENS = False
# allauth's own text for an account is its owner's name, which costs a query for each.
SOCIALACCOUNT_SOCIALACCOUNT_STR = attrgetter("provider")
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "mandatory"

MFA_ADAPTER = "accounts.identity.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": f"{_FORMS}.SecondStepForm",
    "activate_totp": f"{_FORMS}.ActivateAppForm",
    "add_webauthn": f"{_FORMS}.AddPasskeyForm",
    "edit_webauthn": f"{_FORMS}.RenamePasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
MFA_TOTP_ISSUER = "OmegaOffice"
# A code typed as its half-minute ends still counts for the next one (RFC 6238, 5.2); each code counts once.
MFA_TOTP_TOLERANCE = 1

USERSESSIONS_ADAPTER = "accounts.identity.adapters.SessionsAdapter"
SESSION_ENGINE = "accounts.identity.session_store"

#: override or extend allauth's own limits; m is a minute, and the last word says what is counted. Whatever anybody can
#: trigger for another person's address is limited by client first, by address only against many clients.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "login_failed_address": "50/h/key",
    "mail_per_client": "3/m/key,6/h/key",
    "request_login_code": "20/m/ip,60/h/key",
    "reset_password": "20/m/ip,60/h/key",
    "invitation": "30/m/ip",
    "step_up": "10/10m/user",
    "step_up_mail": "3/10m/user",
    "refused_event": "60/m/ip",
}


#: where a practice provider listens: `omegaoffice.dev.settings` points allauth at it
PRACTICE_PROVIDER_URL: str = env.str("PRACTICE_PROVIDER_URL", default="")
if PRACTICE_PROVIDER_URL and IS_PRODUCTION:
    raise ImproperlyConfigured(
        "PRACTICE_PROVIDER_URL is set: it lets anybody sign in as anybody. Production refuses it."
    )


def social_providers() -> dict[str, Any]:
    """Return SOCIALACCOUNT_PROVIDERS from the environment; identity scopes only, PKCE always."""

    def app(name: str) -> list[dict[str, str]]:
        client_id = env.str(f"{name}_CLIENT_ID", default="")
        client_secret = env.str(f"{name}_CLIENT_SECRET", default="")
        return [{"client_id": client_id, "secret": client_secret, "key": ""}] if client_id else []

    return {
        "google": {
            "APPS": app("GOOGLE"),
            "SCOPE": ["openid", "email"],
            "OAUTH_PKCE_ENABLED": True,
            "AUTH_PARAMS": {"access_type": "online"},
        },
        "github": {"APPS": app("GITHUB"), "SCOPE": ["user:email"], "OAUTH_PKCE_ENABLED": True},
    }


#: where Google takes a data grant, apart from signing in (https://accounts.google.com/.well-known/openid-configuration)
GOOGLE_ENDPOINTS = {
    "authorize": "https://accounts.google.com/o/oauth2/v2/auth",
    "token": "https://oauth2.googleapis.com/token",
    "revoke": "https://oauth2.googleapis.com/revoke",
    "issuer": "https://accounts.google.com",
    # of security events, as https://accounts.google.com/.well-known/risc-configuration has them
    "event_issuer": "https://accounts.google.com/",
    "keys": "https://www.googleapis.com/oauth2/v3/certs",
}
#: where GitHub ends an authorisation (https://docs.github.com/en/rest/apps/oauth-applications)
GITHUB_API = "https://api.github.com"


def sign_in_origins() -> list[str]:
    """Return the origins to which a sign-in form may redirect: the CSP's form-action must name them."""
    if PRACTICE_PROVIDER_URL:
        return [PRACTICE_PROVIDER_URL.rstrip("/")]
    return ["https://accounts.google.com", "https://github.com"]
