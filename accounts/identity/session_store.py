"""Sessions in the database: a hash of each cookie, and the content encrypted.

A set-up in progress holds a second factor's secret, a sign-in in progress the code that was mailed, and a cookie signs
in: nobody may read them from a table or a backup.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from core import db
from core.errors import DecryptionError
from vault.services import decrypt_secret, encrypt_secret, reencrypt_secret

#: a process notes the use of a session at most this often, and remembers so many sessions
_NOTED_EVERY, _NOTED_MOST = timedelta(minutes=10), 10_000
_noted: dict[str, datetime] = {}


def row_key(session_key: str | None) -> str:
    """Return the `session_key` of both tables for a cookie: 160 bits of its SHA-256, which is their width.

    Django's cookie has 165 random bits, so that a plain hash cannot be reversed by guessing.
    """
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:40]


def _context_of(key: str) -> str:
    return f"django_session.session_data:{key}"


def reencrypt_session(key: str, encrypted: str) -> str | None:
    """Return a row's content encrypted under the current key, None when it is already; raises DecryptionError."""
    try:
        reencrypted = reencrypt_secret(_context_of(key), bytes.fromhex(encrypted))
    except ValueError:
        raise DecryptionError("This session is not encrypted.") from None
    return reencrypted.hex() if reencrypted is not None else None


def _decrypt(key: str, encrypted: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(decrypt_secret(_context_of(key), bytes.fromhex(encrypted)))
    except (DecryptionError, ValueError):
        return {}
    return content


def open_sessions(keys: Iterable[str], now: datetime) -> dict[str, dict[str, Any]]:
    """Return row key → content of those of these sessions that have not expired and decrypt, in one query."""
    rows = Session.objects.filter(session_key__in=list(keys), expire_date__gt=now)
    contents = {row.session_key: _decrypt(row.session_key, row.session_data) for row in rows}
    return {key: content for key, content in contents.items() if content}


def note_use(session: SessionBase, now: datetime) -> None:
    """Note in the person's list of sessions when this one was last used, to ten minutes."""
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY)
    if not records:
        return
    key = row_key(session.session_key)
    if now - _noted.get(key, datetime.fromtimestamp(records[-1]["at"], UTC)) < _NOTED_EVERY:
        return
    if len(_noted) >= _NOTED_MOST:
        _noted.clear()
    _noted[key] = now
    with db.use_role("default"):
        UserSession.objects.filter(session_key=key, last_seen_at__lt=now).update(last_seen_at=now)


class SessionStore(DatabaseStore):
    """Django's session rows, found by the cookie's hash; moved to another row the content does not decrypt.

    `session_key` is the cookie, as everywhere in Django.
    """

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return the encrypted content as hexadecimal text."""
        return encrypt_secret(_context_of(row_key(self.session_key)), json.dumps(session_dict).encode()).hex()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return the content; an empty session when it does not decrypt."""
        return _decrypt(row_key(self.session_key), str(session_data))

    def _get_session_from_db(self) -> Session | None:
        row = Session.objects.filter(session_key=row_key(self.session_key), expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = row_key(row.session_key)
        return row

    def exists(self, session_key: str) -> bool:
        """Return whether there is a session of this cookie."""
        return super().exists(row_key(session_key))

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session of this cookie, or this session."""
        key = session_key or self.session_key
        if key:
            super().delete(row_key(key))

    def cycle_key(self) -> None:
        """Change the cookie, here and in the list of the person's sessions."""
        before = row_key(self.session_key)
        super().cycle_key()
        UserSession.objects.filter(session_key=before).update(session_key=row_key(self.session_key))

    # Django's store has asynchronous methods of its own, which would write the cookie; these call the ones above.
    aload, acreate, asave = SessionBase.aload, SessionBase.acreate, SessionBase.asave
    aexists, adelete = SessionBase.aexists, SessionBase.adelete
