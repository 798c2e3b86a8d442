"""Who signs in, and which roles staff hold."""

import secrets
import uuid
from datetime import datetime
from typing import ClassVar, Self, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager as DjangoUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from core import db
from core.keyed_model import KeyedModel
from core.tokens import MachineToken

from .mailboxes import normal_address
from .roles import Role
from .token_scopes import STAFF_SCOPES, TokenScope, scope_labels


def new_reference() -> str:
    """Return a new subject reference: 128 random bits as 32 hex digits, derived from nothing."""
    return secrets.token_hex(16)


#: database roles that may not read password hashes
_WITHOUT_PASSWORDS = {"worker", "ingest", "auditor"}


class UserManager(DjangoUserManager["User"]):
    """Finds people by any spelling of their e-mail address; defers the password for roles that may not read it."""

    def get_queryset(self) -> models.QuerySet["User"]:
        found = super().get_queryset()
        return found.defer("password") if db.current() in _WITHOUT_PASSWORDS else found

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.with_address(username or "").get()

    def with_address(self, address: str) -> models.QuerySet["User"]:
        """Return the person with this address, in any spelling."""
        return self.filter(email=normal_address(address))


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account: a data subject, and perhaps a member of staff.

    `id` is the account's id on the platform's streams. `reference` is the only name of the person in the
    log and on per-person rows; once this row is deleted, nothing leads from the reference back to the person.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=32, unique=True, default=new_reference, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True, max_length=254)
    username = models.CharField(_("user name"), max_length=150, validators=[UnicodeUsernameValidator()])
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=5, default="en")
    time_zone = models.CharField(max_length=64, default="Asia/Dubai")
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["username"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        base_manager_name = "objects"  # foreign keys defer the password as well
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="identity_user_email_once"),
            models.UniqueConstraint(Lower("username"), name="identity_user_username_once"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def zone(self) -> ZoneInfo:
        """Return the person's time zone; UTC where the stored name is unknown."""
        try:
            return ZoneInfo(self.time_zone)
        except (ValueError, ZoneInfoNotFoundError):
            return ZoneInfo("UTC")

    @property
    def is_suspended(self) -> bool:
        """Return whether this member of staff is suspended."""
        return self.is_staff and not self.is_active


class RoleAssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    def in_force(self) -> "RoleAssignmentQuerySet":
        """Return those in force now, by the database's clock."""
        return self.filter(effective_at__lte=Now(), ended_at=None)


class RoleAssignment(models.Model):
    """One role of one member of staff: given by an administrator, confirmed by a second where there is one.

    The role counts from `effective_at`, which a trigger of the table sets, whatever was given (`schema_sql`); None
    until it is confirmed.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_assignments")
    role = models.CharField(max_length=32, choices=[(role.value, role.name) for role in Role])
    given_by = models.CharField(max_length=32)
    given_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=32, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    effective_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=32, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"], condition=models.Q(ended_at__isnull=True), name="identity_role_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} ({self.user_id})"

    def is_in_force(self, now: datetime) -> bool:
        """Return whether the role is in force at `now`, for pages; checks use `in_force`, by the database's clock."""
        return self.ended_at is None and self.effective_at is not None and self.effective_at <= now


class WeightyChange(models.TextChoices):
    """The changes of another administrator that wait for a second one."""

    SUSPEND = "suspend", _("suspension")
    LEAVE = "leave", _("leaving the staff")
    END_ROLE = "end_role", _("end of a role")


class PendingChange(KeyedModel):
    """A change requested by one administrator against another: done once a second confirms it, or at `effective_at`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="pending_changes")
    act = models.CharField(max_length=16, choices=WeightyChange.choices)
    assignment = models.ForeignKey(RoleAssignment, on_delete=models.CASCADE, null=True)
    asked_by = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("pending change")
        indexes = [
            models.Index(fields=["effective_at"], condition=models.Q(settled_at=None), name="identity_change_open")
        ]


class Invitation(KeyedModel):
    """A one-time link by which somebody becomes a member of staff. Only a hash of the link's secret is stored."""

    email = models.EmailField(max_length=254)
    roles = models.JSONField()
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=32, blank=True)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.CharField(max_length=32, blank=True)
    accepted_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("invitation")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(accepted_at__isnull=True, cancelled_at__isnull=True),
                name="identity_invitation_open_once",
            )
        ]

    def is_open(self, now: datetime) -> bool:
        """Return whether the link still works."""
        return self.accepted_at is None and self.cancelled_at is None and now < self.expires_at


class StaffMail(models.Model):
    """What a member of staff was mailed about, of what waits for them, and what they want no mails about."""

    subject = models.CharField(max_length=32, primary_key=True)
    #: names of lists (`accounts.identity.waiting`)
    muted = models.JSONField(default=list)
    #: key of what waits → when the mail was sent, empty before
    told = models.JSONField(default=dict)
    tried_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.subject


class UserTokenManager(models.Manager["UserToken"]):
    """Leaves out the hash, which no role may read."""

    def get_queryset(self) -> models.QuerySet["UserToken"]:
        return super().get_queryset().defer("hash")


class UserToken(MachineToken):
    """A token by which a person's own programs call the API in their name.

    Its name is the person's own text, unique among those of theirs that work (`make_user_token` holds the lock).
    """

    PREFIX = "omega_usr_"
    SCOPES = tuple(TokenScope.values)

    subject = models.CharField(max_length=32)
    scopes = ArrayField(models.CharField(max_length=32), verbose_name=_("scopes"))

    objects = UserTokenManager()

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        indexes = [models.Index(fields=["subject", "-made_at", "id"], name="identity_usertoken_of")]

    @classmethod
    def hash_of(cls, text: str) -> bytes:
        """Return a keyed hash: who may write the table, and has no key of ours, makes no token that works."""
        return cls._hashed(text, None)

    @staticmethod
    def _hashed(text: str, key: str | None) -> bytes:
        return salted_hmac("identity.UserToken", text, secret=key, algorithm="sha256").digest()

    @classmethod
    def with_text(cls, text: str) -> Self | None:
        """Return the token with this text, whosever it is: the one way past the table's row-level security."""
        hashes = [cls._hashed(text, key) for key in (None, *settings.SECRET_KEY_FALLBACKS)]
        rows = cls.objects.raw("SELECT * FROM identity_token_with_hash(%s::bytea[])", [hashes])
        return cast("Self | None", next(iter(rows), None))

    @property
    def is_for_staff(self) -> bool:
        """Return whether a scope of it is one of the staff's."""
        return not STAFF_SCOPES.isdisjoint(self.scopes)

    @property
    def scope_labels(self) -> list[str]:
        """Return what it may do, in words."""
        return scope_labels(self.scopes)


class CacheEntry(models.Model):
    """A value of Django's cache (`omegaoffice.db.cache`) until it expires: a rate limit's count or a mailed code."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
