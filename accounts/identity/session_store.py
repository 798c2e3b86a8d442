"""Sessions in the database: of each cookie only a hash, and the content sealed.

A half-done set-up holds a second factor's secret, a half-done sign-in the code that was mailed, and a cookie signs
in: none of them may lie in a table or a backup for anybody to read.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from vault.errors import SealBrokenError
from vault.services import open_secret, reseal_secret, seal_secret


def row_key(session_key: str | None) -> str:
    """Return what is kept of a cookie, as `session_key` of both tables: 160 bits of its SHA-256, which is their width.

    Django makes the cookie of 165 random bits, so that a plain hash is not undone by guessing.
    """
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:40]


def _context_of(key: str) -> str:
    return f"django_session.session_data:{key}"


def reseal_session(key: str, sealed: str) -> str | None:
    """Return a row's content sealed under the current key, None when it is; raises SealBrokenError."""
    try:
        fresh = reseal_secret(_context_of(key), bytes.fromhex(sealed))
    except ValueError:
        raise SealBrokenError("This session is not sealed.") from None
    return fresh.hex() if fresh is not None else None


def _open(key: str, sealed: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(open_secret(_context_of(key), bytes.fromhex(sealed)))
    except (SealBrokenError, ValueError):
        return {}
    return content


def open_sessions(keys: Iterable[str], now: datetime) -> dict[str, dict[str, Any]]:
    """Return row key → content of those of these sessions that have not run out and open, in one query."""
    rows = Session.objects.filter(session_key__in=list(keys), expire_date__gt=now)
    opened = {row.session_key: _open(row.session_key, row.session_data) for row in rows}
    return {key: content for key, content in opened.items() if content}


class SessionStore(DatabaseStore):
    """Django's session rows, found by the cookie's hash; data is bound to its row: moved to another it does not open.

    `session_key` is the cookie, as everywhere in Django.
    """

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return the sealed content as hexadecimal text."""
        return seal_secret(_context_of(row_key(self.session_key)), json.dumps(session_dict).encode()).hex()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return the content; an empty session when it does not open."""
        return _open(row_key(self.session_key), str(session_data))

    def _get_session_from_db(self) -> Session | None:
        row = Session.objects.filter(session_key=row_key(self.session_key), expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row as it is to be written."""
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
        """Go on under a new cookie; the list of the person's sessions follows."""
        before = row_key(self.session_key)
        super().cycle_key()
        UserSession.objects.filter(session_key=before).update(session_key=row_key(self.session_key))

    # Django's store has asynchronous methods of its own, which would write the cookie; these call the ones above.
    aload, acreate, asave = SessionBase.aload, SessionBase.acreate, SessionBase.asave
    aexists, adelete = SessionBase.aexists, SessionBase.adelete
