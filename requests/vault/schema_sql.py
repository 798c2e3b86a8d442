"""What the vault's database holds besides its table: a tombstone stays a tombstone. No Django."""

from core.db_objects import STATEMENT, Function, Trigger

_TABLE, _KEEP = "vault_subject_key", "vault_keep_tombstone"

OBJECTS = [
    Function(__file__, _KEEP, is_public=True),
    Trigger("vault_keep", _TABLE, "BEFORE UPDATE OR DELETE", _KEEP),
    Trigger("vault_keep_all", _TABLE, "BEFORE TRUNCATE", _KEEP, STATEMENT),
]
