"""Keep sessions by a hash of their cookie: those of before end, and neither table takes a cookie any more."""

from django.db import migrations

# A session's key is a hash of its cookie (session_store.py).
_HASH = "CHECK (session_key ~ '^[0-9a-f]{40}$')"
HASHED = f"""
DELETE FROM usersessions_usersession;
DELETE FROM django_session;
ALTER TABLE usersessions_usersession ADD CONSTRAINT usersessions_key_is_hash {_HASH};
ALTER TABLE django_session ADD CONSTRAINT session_key_is_hash {_HASH};
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_sessions_by_day")]
    operations = [migrations.RunSQL(HASHED)]
