"""Names that people give to schedules and tokens. The log keeps them for ever, so they are codes, not free text."""

import re
from uuid import UUID

from django.utils.translation import gettext as _

#: stricter than the columns, which may hold older names
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def name_rule(name: str) -> str:
    """Return the rule that a new name breaks, in the reader's language; empty where it breaks none."""
    if _NAME.fullmatch(name):
        return ""
    return _("A name has small letters, digits and hyphens, at most 63: it stays in the log for ever.")


def logged_name(name: str, named: UUID) -> str:
    """Return the name as the log gets it: what was named before there was a rule goes by its id."""
    return name if _NAME.fullmatch(name) else str(named)
