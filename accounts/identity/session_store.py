"""Sessions in the database, their content sealed: a half-done set-up holds a second factor's secret, a half-done
sign-in the code that was mailed; neither may lie in a table or a backup for anybody to read."""

import json
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from vault.errors import SealBrokenError
from vault.services import open_secret, reseal_secret, seal_secret


def _context_of(session_key: str | None) -> str:
    return f"django_session.session_data:{session_key}"


def reseal_session(session_key: str, sealed: str) -> str | None:
    """Return a session's content sealed under the current key, None when it is; raises SealBrokenError."""
    try:
        fresh = reseal_secret(_context_of(session_key), bytes.fromhex(sealed))
    except ValueError:
        raise SealBrokenError("This session is not sealed.") from None
    return fresh.hex() if fresh is not None else None


class SessionStore(DatabaseStore):
    """Django's session rows with sealed data, bound to their key: content moved to another row does not open."""

    def _context(self) -> str:
        return _context_of(self.session_key)

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return the sealed content as hexadecimal text."""
        return seal_secret(self._context(), json.dumps(session_dict).encode()).hex()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return the content; an empty session when it does not open."""
        try:
            content: dict[str, Any] = json.loads(open_secret(self._context(), bytes.fromhex(str(session_data))))
        except (SealBrokenError, ValueError):
            return {}
        return content
