"""What a person automates with Google, and what they granted there for it.

Automations, their runs and where these sent data are restricted; of a grant the token is encrypted.
"""

from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.personaldata.models import DailyTotal, PlatformRecord
from core.keyed_model import KeyedModel


class DatabaseTime(models.Func):
    """The database's clock, also within a transaction."""

    template = "clock_timestamp()"
    output_field = models.DateTimeField()


class Automation(PlatformRecord):
    """One automation as of `occurred_at`; name, trigger, actions and destinations are encrypted.

    `destination_digests` are those of every destination that it ever had; None where it was last told of before they
    were kept.
    """

    is_on = models.BooleanField()
    scopes = ArrayField(models.CharField(max_length=64))
    destination_digests = ArrayField(models.CharField(max_length=48), null=True)
    sealed = models.BinaryField()


class Run(PlatformRecord):
    """One run of an automation; its details are encrypted."""

    automation = models.UUIDField()
    outcome = models.CharField(max_length=16)
    sealed = models.BinaryField()


class Transfer(PlatformRecord):
    """What one automation sent to one destination: its kind, its keyed digest, and its name encrypted."""

    automation = models.UUIDField()
    kind = models.CharField(max_length=16)
    digest = models.CharField(max_length=48)
    sealed = models.BinaryField()


class WipeReason(models.TextChoices):
    """Why a grant is gone from here."""

    USER = "user", _("you ended it here")
    OTHER_ACCOUNT = "other_account", _("it was of another Google account than the one connected")
    DELETION = "deletion", _("the account is deleted")
    GOOGLE = "google", _("it ended at Google")
    UNNEEDED = "unneeded", _("no automation needs it any more")


class EndedAutomation(models.Model):
    """An automation that was deleted at the platform, under its number: it is erased, and what comes later about it is
    left out.
    """

    id = models.UUIDField(primary_key=True)
    subject = models.CharField(max_length=32)
    ended_at = models.DateTimeField()
    taken_at = models.DateTimeField(db_default=DatabaseTime())
    #: when nothing was left of it
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject"], name="connections_ended_of"),
            models.Index(fields=["taken_at"], condition=models.Q(settled_at=None), name="connections_ended_unsettled"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Provider(models.TextChoices):
    """Where a grant is; by the names that signing in has for them."""

    GOOGLE = "google", "Google"
    GITHUB = "github", "GitHub"


class GoogleGrant(KeyedModel):
    """What a person granted at Google for their automations: scopes by name, and the refresh token, encrypted.

    `account_id` is the id by which Google knows the account; its security events name the token by `token_hash`, or by
    its first characters, of which `prefix_hash` is the hash (empty for grants from before that was kept). `withheld`
    are the automations that get no token although the scopes are granted.
    """

    provider = Provider.GOOGLE

    subject = models.CharField(max_length=32, unique=True)
    account_id = models.CharField(max_length=255, db_index=True)
    scopes = ArrayField(models.CharField(max_length=64))
    sealed = models.BinaryField()
    token_hash = models.CharField(max_length=88, db_index=True)
    withheld = ArrayField(models.UUIDField(), default=list, db_default=[])
    prefix_hash = models.CharField(max_length=88, db_index=True, default="", db_default="")
    granted_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: when a token was last handed out, and when Google was last asked whether the grant stands
    used_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField()

    def serves(self, automation: UUID, scopes: Collection[str]) -> bool:
        """Return whether an automation that needs these scopes has its access."""
        return bool(scopes) and automation not in self.withheld and {*scopes} <= {*self.scopes}


class SecurityEventKind(models.TextChoices):
    """What Google tells of an account or token, by the last part of its type; `unknown` is any other."""

    TOKEN_REVOKED = "token-revoked", _("one permission to use data was taken back")
    TOKENS_REVOKED = "tokens-revoked", _("all permissions to use data were taken back")
    SESSIONS_REVOKED = "sessions-revoked", _("all sessions were ended")
    ACCOUNT_DISABLED = "account-disabled", _("the account was shut")
    ACCOUNT_ENABLED = "account-enabled", _("the account was opened again")
    ACCOUNT_PURGED = "account-purged", _("the account was deleted")
    CREDENTIAL_CHANGE = "account-credential-change-required", _("the account needs a new password")
    VERIFICATION = "verification", _("a test of the delivery")
    UNKNOWN = "unknown", _("something else")


class SecurityEvent(KeyedModel):
    """A security event of Google, under the number that Google gave it.

    `identifier` is the account id, or the hash of a token or of its first characters, as `identified_by` says; it is
    here until the event is settled. Whom that concerned stands in the log alone.
    """

    class IdentifiedBy(models.TextChoices):
        ACCOUNT = "account"
        TOKEN = "token"  # noqa: S105  a word
        PREFIX = "prefix"

    class EventOutcome(models.TextChoices):
        ACTED = "acted"
        STALE = "stale"
        NOBODY = "nobody"
        NOTED = "noted"

    jti = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=40, choices=SecurityEventKind)
    issued_at = models.DateTimeField()
    received_at = models.DateTimeField(db_index=True)
    identified_by = models.CharField(max_length=8, choices=IdentifiedBy, blank=True)
    identifier = models.CharField(max_length=255, blank=True)
    settled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=EventOutcome, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["received_at"], condition=models.Q(settled_at__isnull=True), name="connections_event_unsettled"
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="connections_event_settled",
                condition=models.Q(settled_at__isnull=True, outcome="")
                | models.Q(settled_at__isnull=False, identifier="") & ~models.Q(outcome=""),
            )
        ]


class GitHubGrant(KeyedModel):
    """The authorisation that signing in through GitHub makes there: the newest token, encrypted, to end it by.

    `account_id` is the id by which GitHub knows the account; a person may sign in with several.
    """

    provider = Provider.GITHUB

    subject = models.CharField(max_length=32)
    account_id = models.CharField(max_length=255, db_index=True)
    sealed = models.BinaryField()
    granted_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "account_id"], name="connections_githubgrant_account")
        ]

    @property
    def scopes(self) -> list[str]:
        """Return what signing in asks for."""
        return list(settings.SOCIALACCOUNT_PROVIDERS["github"].get("SCOPE", []))


class Revocation(KeyedModel):
    """A grant that is gone from here, under its number; until its provider has confirmed its end, a day at most, with
    the token, which stays bound to the grant's number.
    """

    #: `last_answer` of an end that is not asked for any more, as the account is connected again
    RESUMED = "resumed"

    subject = models.CharField(max_length=32)
    provider = models.CharField(max_length=16, choices=Provider.choices, db_default=Provider.GOOGLE.value)
    reason = models.CharField(max_length=16, choices=WipeReason.choices)
    scopes = ArrayField(models.CharField(max_length=64))
    #: from which automations the access had been taken away: a new grant goes on with that
    withheld = ArrayField(models.UUIDField(), default=list, db_default=[])
    asked_at = models.DateTimeField()
    wiped_at = models.DateTimeField(db_default=DatabaseTime())
    confirmed_at = models.DateTimeField(null=True)
    sealed = models.BinaryField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    #: when the provider is asked (again); null once that is over
    due_at = models.DateTimeField(null=True)
    #: how the provider answered last, where it did not confirm
    last_answer = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "-asked_at"], name="connections_revocation_of"),
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="connections_revocation_due"
            ),
        ]
        constraints = [
            # A token is here for the provider's confirmation alone.
            models.CheckConstraint(
                name="connections_revocation_token",
                condition=models.Q(sealed__isnull=True, due_at__isnull=True)
                | models.Q(sealed__isnull=False, due_at__isnull=False, confirmed_at__isnull=True),
            )
        ]

    @property
    def encryption_context(self) -> str:
        """Return what the token is bound to: it comes from the grant of this number as it is, without being opened."""
        grant = GitHubGrant if self.provider == Provider.GITHUB else GoogleGrant
        return grant(pk=self.pk).encryption_context

    @property
    def is_resumed(self) -> bool:
        """Return whether its end was not asked for any more, as the account is connected again."""
        return self.last_answer == self.RESUMED


class ConnectionsDailyTotal(DailyTotal):
    """Automations by the day of their last state, runs by day and outcome, transfers by day and kind."""

    class Meta(DailyTotal.Meta):
        db_table = "connections_dailytotal"
        verbose_name = _("connections by day")
        verbose_name_plural = _("connections by day")
        indexes = [
            models.Index(fields=["-day", "-id"], name="connections_daily_recent"),
            # the nightly sweep of what is past its rule, oldest first
            models.Index(fields=["stream", "day", "subject"], name="connections_dailytotal_stream"),
        ]
