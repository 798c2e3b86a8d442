"""The promise about sharing (P11), as far as automations go: data leaves for destinations that the user set up."""

from datetime import datetime, timedelta

from core import db
from core.promises import CheckResult, declare_promise, kept_if

#: how far back transfers are looked at, and how long an automation's own line may come after one
PERIOD = timedelta(days=90)
_UNTIL_TOLD = timedelta(hours=1)
#: transfers that a note names
_NAMED = 20


def _sent_where_it_was_set_up(now: datetime) -> CheckResult:
    """Compare the digest of each transfer with those of the automation that made it; no name is decrypted."""
    with db.use_role("auditor"):
        [(transfers, unknown, wrong, named)] = db.select_rows(
            "SELECT * FROM connections_transfer_faults(%s, %s, %s)", [now - PERIOD, now - _UNTIL_TOLD, _NAMED]
        )
    figures = {"transfers": transfers, "not_comparable": unknown, "elsewhere": wrong}
    return kept_if(not wrong, figures, "Sent elsewhere: " + ", ".join(map(str, named or ())))


declare_promise("P11", "What an automation sends goes to a destination that its user set up", _sent_where_it_was_set_up)
