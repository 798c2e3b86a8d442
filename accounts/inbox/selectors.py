"""Read letters, never what they say."""

from core import db

from .models import Letter

_HEADINGS = ("id", "kind", "subject_line", "written_at", "read_at", "mail_state")


def list_letters_of_case(subject: str, case: str) -> list[Letter]:
    """Return the letters about a case to its subject, newest first, without their texts."""
    found = db.select_rows(f"SELECT {', '.join(_HEADINGS)} FROM inbox_letters_of_case(%s, %s)", [subject, case])
    return [Letter(subject=subject, case_ref=case, **dict(zip(_HEADINGS, row, strict=True))) for row in found]
