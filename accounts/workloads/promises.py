"""The promise about analytics (P04): what leaves carries a pseudonym, and erasure reaches it."""

from datetime import datetime

from core import db
from core.promises import CheckResult, declare_promise, kept_if

#: pseudonyms that are compared, the newest
SAMPLE = 1000


def _pseudonyms_are_random_and_go(_now: datetime) -> CheckResult:
    """Count pseudonyms of erased people, and those that something known of the person gives away; none is read here."""
    with db.use_role("auditor"):
        [(seen, outlived, derived)] = db.select_rows(
            "SELECT seen, outlived, derived FROM workloads_pseudonym_faults(%s)", [SAMPLE]
        )
    figures = {"pseudonyms": seen, "compared": min(seen, SAMPLE), "of_erased": outlived, "derived": derived}
    return kept_if(not outlived + derived, figures, "Pseudonyms outlived their person, or can be worked out.")


declare_promise(
    "P04", "What leaves for analytics carries a pseudonym, and erasure reaches it", _pseudonyms_are_random_and_go
)
