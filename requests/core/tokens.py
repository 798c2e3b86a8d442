"""Tokens with which machines call the API. Only a hash of a token is stored, so its text is shown once."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from . import db
from .machine_names import name_rule
from .refusals import WRONG_STATE, RefusalError

MOST_DAYS = 366


class TokenError(RefusalError):
    """A token that cannot be made: `field` names what was wrong, `sentence` says the rule."""


class TokenEndedError(TokenError):
    """A token that is not there, or was revoked before."""

    status = WRONG_STATE


class MachineToken(models.Model):
    """A token's hash, name and dates. A concrete model adds the array `scopes`, of the length that its table has."""

    #: what every token of the model starts with, so that scanners for leaked secrets know it
    PREFIX: ClassVar[str]
    SCOPES: ClassVar[tuple[str, ...]]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=64)
    hash = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    scopes: Any

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(revoked_at__isnull=True),
                name="%(app_label)s_%(class)s_name_once",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def new_text(cls) -> str:
        """Return the text of a new token: the prefix and 256 random bits."""
        return cls.PREFIX + secrets.token_urlsafe(32)

    @classmethod
    def hash_of(cls, text: str) -> bytes:
        """Return the hash by which a token is found."""
        # 256 random bits need no slow hash.
        return hashlib.sha256(text.encode()).digest()

    @classmethod
    def issue(cls, text: str, name: str, *, scopes: Sequence[str], days: int, now: datetime, **columns: str) -> Self:
        """Store the token with this text, valid for `days` days; call it inside a transaction.

        Raises TokenError when the name is no machine's or taken by a token that is not revoked, a scope is unknown or
        none is given, or `days` is not from 1 to 366.
        """
        if rule := name_rule(name):
            raise TokenError("name", rule)
        if not scopes or set(scopes) - set(cls.SCOPES):
            raise TokenError("scopes", f"The scopes of this token are among: {', '.join(cls.SCOPES)}.")
        if not 1 <= days <= MOST_DAYS:
            raise TokenError("days", f"A token is valid for 1 to {MOST_DAYS} days.")
        if cls._default_manager.filter(name=name, revoked_at__isnull=True).exists():
            raise TokenError("name", "There is a token of that name. Revoke it first, or choose another name.")
        return cls.store(text, name, scopes=scopes, days=days, now=now, **columns)

    @classmethod
    def store(cls, text: str, name: str, *, scopes: Sequence[str], days: int, now: datetime, **columns: str) -> Self:
        """Store the token with this text, whose name, scopes and days somebody has checked."""
        return cls._default_manager.create(
            name=name,
            hash=cls.hash_of(text),
            scopes=sorted(set(scopes)),
            made_at=now,
            expires_at=now + timedelta(days=days),
            **columns,
        )

    @classmethod
    def revoke(cls, id_or_name: uuid.UUID | str, *, now: datetime) -> Self:
        """Revoke a token, inside a transaction; raises TokenEndedError when none of this id or name is left."""
        lookup = {"pk" if isinstance(id_or_name, uuid.UUID) else "name": id_or_name}
        token = cls._default_manager.select_for_update().filter(revoked_at__isnull=True, **lookup).first()
        if token is None:
            raise TokenEndedError("name", "There is no active token of that name, or it was revoked before.")
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        return token

    @classmethod
    def with_text(cls, text: str) -> Self | None:
        """Return the token with this text, valid or not; it is found by its hash, so by nothing that leaks."""
        return cls._default_manager.filter(hash=cls.hash_of(text)).first()

    def record_use(self, now: datetime) -> None:
        """Store when the token was last used, to the minute: by a function, since callers may not update tokens."""
        db.select_rows(f"SELECT {self._meta.app_label}_token_used(%s, %s)", [self.pk, now])
