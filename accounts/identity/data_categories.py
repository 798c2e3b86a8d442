"""Personal data of identity: the account, provider ids, second factors, sign-in sessions."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import CLOUDS, CONTRACT, HAPPENED, CorrectionRule, declare_category, json_value
from accounts.personaldata.portable import EMAIL, FLAG, TEXT, TEXTS, TIME, optional
from core import db

from .models import Invitation, PendingChange, RoleAssignment, StaffMail, User, UserToken
from .selectors import count_sessions_by_day
from .services import (
    clean_account_value,
    correct_account,
    count_old_tokens,
    erase_part,
    remove_old_tokens,
    tell_old_address,
)

_ACCOUNT_SECTION = _("Account Information")
_SAFETY = _("our interest, and yours, in keeping others out of your account: GDPR Article 6(1)(f)")
_ADDRESS = {"email": EMAIL, "verified": FLAG, "primary": FLAG}
_WITH_ACCOUNT = _("while your account is open; afterwards only what billing, the law or a dispute still needs")


#: what everybody changes at once → the page for it
_OWN_PAGES = {
    "email": "account_email",
    **dict.fromkeys(("username", "language", "time_zone"), "identity:profile"),
}


def _json_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: json_value(value) for name, value in row.items()} for row in rows]


def _export_account(reference: str, _entry: UUID) -> Iterator[dict[str, Any]]:
    for person in User.objects.filter(reference=reference):
        addresses = EmailAddress.objects.filter(user=person).order_by("pk")
        roles = RoleAssignment.objects.filter(user=person).order_by("given_at", "pk")
        changes = PendingChange.objects.filter(user=person).order_by("asked_at", "pk")
        joined = Invitation.objects.filter(accepted_by=reference).order_by("accepted_at")
        yield {
            "id": str(person.pk),
            "reference": person.reference,
            "email": person.email,
            "addresses": list(addresses.values("email", "verified", "primary")),
            "username": person.username,
            "language": person.language,
            "time_zone": person.time_zone,
            # A function of the database: the role that exports may not read the hash.
            "has_password": db.select_value("SELECT identity_has_password(%s)", [person.pk]),
            "is_active": person.is_active,
            "date_joined": json_value(person.date_joined),
            "last_login": json_value(person.last_login),
            "is_staff": person.is_staff,
            "roles": _json_rows(roles.values("role", "given_at", "confirmed_at", "effective_at", "ended_at")),
            "changes": _json_rows(changes.values("act", "asked_at", "effective_at", "settled_at")),
            "joined_staff_at": [json_value(at) for at in joined.values_list("accepted_at", flat=True)],
            "work_mails_off": [name for row in StaffMail.objects.filter(subject=reference) for name in row.muted],
        }


def _export_providers(reference: str, _entry: UUID) -> Iterator[dict[str, Any]]:
    rows = SocialAccount.objects.filter(user__reference=reference).order_by("provider")
    used = {"connected_at": F("date_joined"), "last_used_at": F("last_login")}
    yield from _json_rows(rows.values("provider", provider_id=F("uid"), **used))


def _export_factors(reference: str, _entry: UUID) -> Iterator[dict[str, Any]]:
    # Without the secret: whoever had the package could sign in with it.
    for row in Authenticator.objects.filter(user__reference=reference).order_by("created_at"):
        name = str(row) if row.type == Authenticator.Type.WEBAUTHN else None
        yield {
            "kind": str(row.type),
            "name": name,
            "created_at": json_value(row.created_at),
            "last_used_at": json_value(row.last_used_at),
        }


def _count_sessions(reference: str) -> int:
    person = User.objects.filter(reference=reference).first()
    return sum(count or 0 for _day, count in count_sessions_by_day(person)) if person else 0


def _export_sessions(reference: str, entry: UUID) -> Iterator[dict[str, Any]]:
    with db.authorised_by(reference, entry):
        rows = list(UserSession.objects.filter(user__reference=reference).order_by("created_at"))
    for row in rows:
        # Without the row's key, which is derived from a credential.
        yield {
            "began_at": json_value(row.created_at),
            "last_seen_at": json_value(row.last_seen_at),
            "ip": row.ip,
            "user_agent": row.user_agent,
        }


def _count_tokens(reference: str) -> int:
    return UserToken.objects.filter(subject=reference).count()


def _export_tokens(reference: str, _entry: UUID) -> Iterator[dict[str, Any]]:
    # Without the hash, which is derived from a credential.
    rows = UserToken.objects.filter(subject=reference).order_by("made_at", "id")
    yield from _json_rows(rows.values("name", "scopes", "made_at", "expires_at", "used_at", "revoked_at"))


def _recheck_tokens(reference: str) -> int:
    sql = "SELECT count(*) FROM identity_usertoken WHERE subject = %s"
    return int(db.select_value(sql, [reference]))


def _count_providers(reference: str) -> int:
    return int(SocialAccount.objects.filter(user__reference=reference).count())


def _count_factors(reference: str) -> int:
    return int(Authenticator.objects.filter(user__reference=reference).count())


def _recheck_account(reference: str) -> int:
    rows = (
        User.objects.filter(reference=reference),
        StaffMail.objects.filter(subject=reference),
        Invitation.objects.filter(accepted_by=reference),
    )
    return sum(found.count() for found in rows)


ACCOUNT = declare_category(
    name="identity.account",
    title=_("Account"),
    policy_section=_ACCOUNT_SECTION,
    models=(
        "identity.User",
        "identity.RoleAssignment",
        "identity.PendingChange",
        "identity.Invitation",
        "identity.StaffMail",
        "account.EmailAddress",
    ),
    fields={
        "id": _("the account's number, as the platform uses it"),
        "reference": _("the random name that stands for you in our log"),
        "email": _("the e-mail address that you sign in with and that we write to"),
        "addresses": _("every address of the account, and whether you have verified it"),
        "username": _("your user name"),
        "language": _("the language that we speak to you"),
        "time_zone": _("the time zone that times are shown in"),
        "has_password": _("whether a password is set; the password itself is kept as a salted hash only"),
        "is_active": _("whether the account is open"),
        "date_joined": _("when the account was opened, in UTC"),
        "last_login": _("when somebody last signed in, in UTC"),
        "is_staff": _("whether you work on the privacy office's staff"),
        "roles": _("the roles that you hold or held there, with their dates"),
        "changes": _("what another administrator asked to take from you there, with the dates"),
        "joined_staff_at": _("when you accepted an invitation to the staff"),
        "work_mails_off": _("what you want no mails about, of your work there"),
    },
    purposes=(
        _("running the service and letting you in"),
        _("writing to you about your account, technical and security matters"),
    ),
    legal_basis=CONTRACT,
    processors=(*CLOUDS, "mail"),
    recipients=(),
    source=_("you told us, or Google or GitHub did when you first signed in with them (the e-mail address alone)"),
    retention=_WITH_ACCOUNT,
    restricted=False,
    count=lambda reference: User.objects.filter(reference=reference).count(),
    export=_export_account,
    erase=partial(erase_part, part="account"),
    correct=CorrectionRule(
        {"email": 254, "username": 150},
        clean=clean_account_value,
        apply=correct_account,
        tell=tell_old_address,
        present=lambda own: dict(User.objects.values(*_OWN_PAGES).get(reference=own)),
        own_pages=_OWN_PAGES,
    ),
    recheck=_recheck_account,
    erased_last=True,
    portable={
        "email": EMAIL,
        "addresses": {"type": "array", "items": {"type": "object", "properties": _ADDRESS, "required": [*_ADDRESS]}},
        "username": TEXT,
        "language": TEXT,
        "time_zone": TEXT,
    },
)
PROVIDER_IDS = declare_category(
    name="identity.provider_ids",
    title=_("Google and GitHub account ids"),
    policy_section=_ACCOUNT_SECTION,
    models=("socialaccount.SocialAccount",),
    fields={
        "provider": _("Google or GitHub"),
        "provider_id": _("the id that they know you by; we keep nothing else of your profile there"),
        "connected_at": _("when you connected it, in UTC"),
        "last_used_at": _("when you last signed in with it, in UTC"),
    },
    purposes=(_("letting you sign in with an account that you have elsewhere"),),
    legal_basis=CONTRACT,
    processors=CLOUDS,
    recipients=(),
    source=_("Google or GitHub, when you signed in with them"),
    retention=_("until you disconnect it"),
    restricted=False,
    count=_count_providers,
    export=_export_providers,
    erase=partial(erase_part, part="provider_ids"),
    correct=CorrectionRule(
        why_not=_("Google and GitHub say what it is. Disconnect it in your settings, and connect the right one.")
    ),
    recheck=_count_providers,
    erased_last=True,
    portable={"provider": TEXT, "provider_id": TEXT, "connected_at": TIME, "last_used_at": optional(TIME)},
)
SECOND_FACTORS = declare_category(
    name="identity.second_factors",
    title=_("Second steps for signing in"),
    policy_section=_("Data Security"),
    models=("mfa.Authenticator",),
    fields={
        "kind": _("authenticator app, passkey, or recovery codes"),
        "name": _("the name that you gave a passkey"),
        "created_at": _("when you set it up, in UTC"),
        "last_used_at": _("when you last used it, in UTC"),
    },
    purposes=(_("keeping others out of your account"),),
    legal_basis=_SAFETY,
    processors=CLOUDS,
    recipients=(),
    source=_("you set them up; their secrets are encrypted, and given to nobody"),
    retention=_("until you remove it"),
    restricted=False,
    count=_count_factors,
    export=_export_factors,
    erase=partial(erase_part, part="second_factors"),
    correct=CorrectionRule(why_not=_("You set them up yourself. Remove one in your settings, and set it up anew.")),
    recheck=_count_factors,
    erased_last=True,
)
SESSIONS = declare_category(
    name="identity.sessions",
    title=_("Where you are signed in"),
    policy_section=_("Technical & Analytics Data"),
    models=("usersessions.UserSession", "sessions.Session"),
    fields={
        "began_at": _("when you signed in, in UTC"),
        "last_seen_at": _("when the session was last noted, in UTC"),
        "ip": _("the network address that you signed in from"),
        "user_agent": _("what your browser calls itself"),
    },
    purposes=(_("keeping you signed in"), _("letting you see and end sessions that are not yours")),
    legal_basis=_SAFETY,
    processors=CLOUDS,
    recipients=(),
    source=_("your browser"),
    retention=_("until you sign out or end it; one that ran out by itself goes when you next sign in"),
    restricted=True,
    count=_count_sessions,
    export=_export_sessions,
    erase=partial(erase_part, part="sessions"),
    correct=HAPPENED,
    recheck=_count_sessions,
    erased_last=True,
)
TOKENS = declare_category(
    name="identity.tokens",
    title=_("Access tokens"),
    policy_section=_("Data Security"),
    models=("identity.UserToken",),
    fields={
        "name": _("the name that you gave it"),
        "scopes": _("what it may do"),
        "made_at": _("when you made it, in UTC"),
        "expires_at": _("when it expires, in UTC"),
        "used_at": _("when it was last used, to the minute, in UTC"),
        "revoked_at": _("when it was ended, in UTC"),
    },
    purposes=(_("letting your own programs use your account"),),
    legal_basis=CONTRACT,
    processors=CLOUDS,
    recipients=(),
    source=_("you made them; of a token itself we keep a hash only, which is given to nobody"),
    retention=_("until 90 days after it expired or was ended"),
    restricted=False,
    count=_count_tokens,
    export=_export_tokens,
    erase=partial(erase_part, part="tokens"),
    correct=CorrectionRule(why_not=_("You named it yourself. End it in your settings, and make another.")),
    recheck=_recheck_tokens,
    past_rule=count_old_tokens,
    remove_expired=remove_old_tokens,
    erased_last=True,
    portable={"name": TEXT, "scopes": TEXTS, "made_at": TIME, "expires_at": TIME},
)
