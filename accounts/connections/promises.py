"""The promises about Google user data: scopes (P07, P08), what is stored and when it goes (P09, P10), where an
automation sends it (P11)."""

from dataclasses import asdict
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from accounts.identity.models import User
from accounts.personaldata.categories import data_categories
from accounts.workloads.models import OrderKind
from accounts.workloads.services.orders import count_unanswered
from core import db
from core.promises import CheckResult, Figure, declare_promise, kept_if

from .data_categories import AUTOMATIONS, ENDED_AUTOMATIONS, GOOGLE_SECTIONS, GRANTS, RUNS, TRANSFERS
from .models import GitHubGrant, GoogleGrant, Revocation
from .selectors import revocation_times
from .services.ended_automations import count_overdue

#: how far back transfers, runs and revocations are looked at, and how long an automation's own line may come after one
PERIOD = timedelta(days=90)
_UNTIL_TOLD = timedelta(hours=1)
#: how long what nothing needs may stay, and a token that waits for the vendor's confirmation
PROMPTLY, WAITING = timedelta(hours=1), timedelta(days=1, minutes=5)
#: seconds within which a click must have wiped a grant
AT_ONCE = 10.0
#: bytes that an automation's settings, and what a run or a transfer tells, have at most, encrypted
MOST_SETTINGS, MOST_DETAILS = 512 * 1024, 64 * 1024
#: what is stored of Google user data; the policy names tokens and automation settings
_STORED = {each.name for each in (AUTOMATIONS, ENDED_AUTOMATIONS, RUNS, TRANSFERS, GRANTS)}
_OUTLIVED = ("waiting_too_long", "of_nobody", "needed_by_nothing", "automations_not_erased", "orders_unanswered")
#: transfers that a note names
_NAMED = 20


def _scopes_are_needed(_now: datetime) -> CheckResult:
    """Count the scopes that people granted and no automation of theirs needs, on or off."""
    with db.use_role("auditor"):
        [(people, scopes)] = db.select_rows(
            "SELECT count(*), coalesce(sum(cardinality(scopes)), 0) FROM connections_unneeded(NULL)"
        )
        figures = {"grants": GoogleGrant.objects.count(), "with_more": people, "scopes": int(scopes)}
    return kept_if(not people, figures, "Scopes are granted that nothing needs: their pages offer to reduce them.")


def _revocation_is_at_once(now: datetime) -> CheckResult:
    """Measure from the click that ended an access to its row's end here, and to the vendor's confirmation."""
    with db.use_role("auditor"):
        times = revocation_times(now - PERIOD)
    figures: dict[str, Figure] = {name: _rounded(value) for name, value in asdict(times).items()}
    return kept_if((times.wiped_worst or 0.0) <= AT_ONCE, figures, f"One was gone from here after {AT_ONCE:g} s only.")


def _rounded(value: float | None) -> Figure:
    return round(value, 3) if isinstance(value, float) else value


def _nothing_but_tokens_and_settings(now: datetime) -> CheckResult:
    """Compare the data categories of Google's sections with those that the policy names, and sizes with their rules."""
    declared = {each.name for each in data_categories() if each.policy_section in GOOGLE_SECTIONS}
    with db.use_role("auditor"):
        oversize = db.select_value(
            "SELECT connections_oversize(%s, %s, %s)", [now - PERIOD, MOST_SETTINGS, MOST_DETAILS]
        )
    figures = {"categories": len(declared), "others": len(declared - _STORED), "too_large": oversize}
    note = f"More is stored than tokens and settings: {', '.join(sorted(declared - _STORED)) or 'records too large'}."
    return kept_if(not declared - _STORED and not oversize, figures, note)


def _tokens_go_promptly(now: datetime) -> CheckResult:
    """Count what outlived its use: tokens, automations that were deleted, and what the platform was ordered to drop."""
    person = User.objects.filter(reference=OuterRef("subject"))
    with db.use_role("auditor"):
        waiting = Revocation.objects.filter(due_at__isnull=False)
        [(unneeded,)] = db.select_rows(
            "SELECT count(*) FROM connections_unneeded(NULL) WHERE is_whole AND since < %s", [now - PROMPTLY]
        )
        oldest = waiting.order_by("wiped_at").values_list("wiped_at", flat=True).first()
        figures = {
            "waiting_for_vendor": waiting.count(),
            "oldest_waiting_seconds": int((now - oldest).total_seconds()) if oldest else 0,
            "waiting_too_long": waiting.filter(wiped_at__lt=now - WAITING).count(),
            "of_nobody": sum(kind.objects.filter(~Exists(person)).count() for kind in (GoogleGrant, GitHubGrant)),
            "needed_by_nothing": unneeded,
        }
    with db.use_role("worker"):
        figures["automations_not_erased"] = count_overdue(now).past
        figures["orders_unanswered"] = count_unanswered(OrderKind.DROP_CACHE, made_before=now - PROMPTLY)
    return kept_if(not any(figures[name] for name in _OUTLIVED), figures, "Something outlived what it was for.")


def _sent_where_it_was_set_up(now: datetime) -> CheckResult:
    """Compare the digest of each transfer with those of the automation that made it; no name is decrypted."""
    with db.use_role("auditor"):
        [(transfers, unknown, wrong, named)] = db.select_rows(
            "SELECT * FROM connections_transfer_faults(%s, %s, %s)", [now - PERIOD, now - _UNTIL_TOLD, _NAMED]
        )
    figures = {"transfers": transfers, "not_comparable": unknown, "elsewhere": wrong}
    return kept_if(not wrong, figures, "Sent elsewhere: " + ", ".join(map(str, named or ())))


declare_promise("P07", "Nothing is granted at Google but what somebody's automations need", _scopes_are_needed)
declare_promise("P08", "Who ends an access has it gone from here at once", _revocation_is_at_once)
declare_promise("P09", "Of Google user data, tokens and settings are stored alone", _nothing_but_tokens_and_settings)
declare_promise("P10", "Tokens go with what needed them, and settings with their automation", _tokens_go_promptly)
declare_promise("P11", "What an automation sends goes to a destination that its user set up", _sent_where_it_was_set_up)
