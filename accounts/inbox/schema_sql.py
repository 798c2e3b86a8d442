"""Row-level security of letters: a user's own pages see that user's letters only, staff their headings."""

from accounts.personaldata.restricted_sql import erasing, listing
from core.db_objects import OWN_ROWS, Function, Policy

_TABLE = "inbox_letter"

ERASING = erasing("inbox", _TABLE)
#: staff see one letter's row by the access gate alone; its headings by these
HEADINGS = [
    Policy("inbox_letter_house", _TABLE, "SELECT", "office_worker", using="true"),
    listing(
        __file__,
        "inbox_name_letters",
        "of_subject text, since timestamptz, until timestamptz, after uuid, at_most integer",
        "id uuid, written_at timestamptz, kind text, case_ref text",
        "inbox.letter",
    ),
    Function(
        __file__,
        "inbox_letters_of_case",
        "of_subject text, of_case text",
        "TABLE (id uuid, kind text, subject_line text, written_at timestamptz, read_at timestamptz, mail_state text)",
        "sql STABLE",
        is_definer=True,
    ),
]
OBJECTS = [
    *ERASING,
    *HEADINGS,
    Policy("inbox_letter_write", _TABLE, "INSERT", check="true"),
    Policy("inbox_letter_own", _TABLE, "SELECT", "office_self", using=OWN_ROWS),
    Policy("inbox_letter_read_mark", _TABLE, "UPDATE", "office_self", using=OWN_ROWS),
    Policy("inbox_letter_mailing", _TABLE, "UPDATE", "office_worker", using="true"),
]
