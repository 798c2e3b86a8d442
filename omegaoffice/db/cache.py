"""Django's cache in a table of the office's database: rate limits, mailed codes and used codes count in every process,
and need no second server that could hang or lose them.

Django's own DatabaseCache increments in two steps, unpickles whatever is stored, and culls counters when many are kept.
"""

import json
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.utils.crypto import salted_hmac

from core import db

_ENDS = "coalesce(clock_timestamp() + make_interval(secs => %s), 'infinity')"
_LIVES = "key = %s AND expires_at > clock_timestamp()"
_GET = f"SELECT value FROM identity_cacheentry WHERE {_LIVES}"
_SET = f"""
INSERT INTO identity_cacheentry AS entry (key, value, expires_at) VALUES (%s, %s::jsonb, {_ENDS})
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at"""
_ADD = f"{_SET} WHERE entry.expires_at <= clock_timestamp()"
_TOUCH = f"UPDATE identity_cacheentry SET expires_at = {_ENDS} WHERE {_LIVES}"
_DELETE = f"DELETE FROM identity_cacheentry WHERE {_LIVES}"
_COUNT = f"""
UPDATE identity_cacheentry SET value = to_jsonb((value #>> '{{}}')::bigint + %s) WHERE {_LIVES} RETURNING value"""


class DatabaseCache(BaseCache):
    """Values are JSON; keys are stored as keyed digests, since they contain addresses."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def make_key(self, key: str, version: int | None = None) -> str:
        plain = super().make_key(key, version)
        return salted_hmac("omegaoffice.db.cache", plain, algorithm="sha256").hexdigest()

    def _run(self, statement: str, *values: Any) -> tuple[int, list[tuple[Any, ...]]]:
        with db.connection().cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.rowcount, cursor.fetchall() if cursor.description else []

    def _seconds(self, timeout: float | None) -> float | None:
        return self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the value; `default` where there is none any more."""
        _, rows = self._run(_GET, self.make_key(key, version))
        return json.loads(rows[0][0]) if rows else default

    def set(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keep `value`; raises TypeError for what is not JSON."""
        self._run(_SET, self.make_key(key, version), json.dumps(value), self._seconds(timeout))

    def add(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep `value` where there is none; of many at once one returns True."""
        return self._run(_ADD, self.make_key(key, version), json.dumps(value), self._seconds(timeout))[0] == 1

    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give a value a new end; whether it is there."""
        return self._run(_TOUCH, self._seconds(timeout), self.make_key(key, version))[0] == 1

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget a value; of many at once one returns True."""
        return self._run(_DELETE, self.make_key(key, version))[0] == 1

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Count up in one step and return the new count; raises ValueError where there is nothing to count."""
        _, rows = self._run(_COUNT, delta, self.make_key(key, version))
        if not rows:
            raise ValueError("There is no such count.")
        return int(rows[0][0])

    def clear(self) -> None:
        self._run("DELETE FROM identity_cacheentry")
