"""Row-level security of letters: a user's own pages see that user's letters only; texts are encrypted for all."""

from accounts.personaldata.restricted_sql import erasing
from core.db_objects import OWN_ROWS, Policy

_TABLE = "inbox_letter"

ERASING = erasing("inbox", _TABLE)
OBJECTS = [
    *ERASING,
    Policy("inbox_letter_write", _TABLE, "INSERT", check="true"),
    Policy("inbox_letter_own", _TABLE, "SELECT", "office_self", using=OWN_ROWS),
    Policy("inbox_letter_read_mark", _TABLE, "UPDATE", "office_self", using=OWN_ROWS),
    Policy("inbox_letter_house", _TABLE, "SELECT", "office_staff, office_worker", using="true"),
    Policy("inbox_letter_mailing", _TABLE, "UPDATE", "office_worker", using="true"),
]
