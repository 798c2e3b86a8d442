"""The promises about providers, known (P05), bound and reviewed (P22), and about new versions of the policy (P18)."""

from datetime import datetime, timedelta

from core import db
from core.promises import CheckResult, declare_promise, kept_if

from .models import PolicyVersion, Processor
from .selectors import categories_by_processor, count_disclosures, find_unannounced


def _named_are_registered(_now: datetime) -> CheckResult:
    """Find processors that a data category names and the register lacks or has ended, and those not announced."""
    with db.use_role("auditor"), db.atomic():
        registered = set(Processor.objects.in_use().values_list("slug", flat=True))
        unannounced = find_unannounced()
    named = categories_by_processor()
    unknown = {slug: categories for slug, categories in named.items() if slug not in registered}
    figures = {
        "registered": len(registered),
        "named": len(named),
        "unknown": len(unknown),
        "unannounced": len(unannounced),
    }
    told = (f"{slug} ({', '.join(each.name for each in categories)})" for slug, categories in sorted(unknown.items()))
    notes = ["Not in the register, or ended: " + "; ".join(told)] if unknown else []
    notes += ["Not announced in time: " + ", ".join(unannounced)] if unannounced else []
    return kept_if(not notes, figures, ". ".join(notes))


def _bound_and_reviewed(now: datetime) -> CheckResult:
    """Find processors without contract or due diligence, and those whose review is overdue."""
    with db.use_role("auditor"):
        processors = list(Processor.objects.in_use().order_by("slug"))
    owing = {processor.slug: lacks for processor in processors if (lacks := processor.lacks(now.date()))}
    told = (f"{slug} ({', '.join(lacks)})" for slug, lacks in owing.items())
    return kept_if(not owing, {"processors": len(processors), "owing": len(owing)}, "Owing: " + "; ".join(told))


#: how far back disclosures are looked at
PERIOD = timedelta(days=90)


def _disclosed_to_registered(now: datetime) -> CheckResult:
    """Find processors to whom something was disclosed, by the log, while they were not in the register."""
    with db.use_role("auditor"), db.atomic():
        counts = count_disclosures(now - PERIOD)
        ended = dict(Processor.objects.values_list("slug", "ended_at"))
    wrong = [slug for slug, (_count, last) in counts.items() if slug not in ended or (ended[slug] or last) < last]
    figures = {f"to_{slug}": count for slug, (count, _last) in sorted(counts.items())} | {"unregistered": len(wrong)}
    return kept_if(
        not wrong, figures, "Disclosed to whom the register lacks, or had ended: " + ", ".join(sorted(wrong))
    )


declare_promise(
    "P05",
    "Every processor that a data category names is in the register, and announced before it comes or changes",
    _named_are_registered,
)
declare_promise(
    "P22", "Every processor has a contract, a due-diligence date and a review that is not overdue", _bound_and_reviewed
)
declare_promise("P11", "What goes to a processor goes to one that the register has", _disclosed_to_registered)


#: how long it may take until somebody who joins, or was there, has the letter
PATIENCE = timedelta(hours=2)


def _told_and_recorded(now: datetime) -> CheckResult:
    """Count who has no notice of a version that is in force or coming, and who went on under it without a record."""
    with db.use_role("auditor"):
        versions = list(PolicyVersion.objects.current(now.date()))
        counts = [
            db.select_rows("SELECT * FROM terms_untold(%s, %s)", [version.pk, now - PATIENCE])[0]
            for version in versions
        ]
    untold, unrecorded = sum(row[1] for row in counts), sum(row[2] for row in counts)
    figures = {
        "versions": len(versions),
        "people": max((row[0] for row in counts), default=0),
        "without_notice": untold,
        "went_on_without_record": unrecorded,
    }
    told = "No version of the policy is published." if not versions else "Not told, or not recorded as accepting it."
    return kept_if(bool(versions) and not untold + unrecorded, figures, told)


declare_promise(
    "P18",
    "Everybody is told of a new version of the policy, and going on is recorded as acceptance",
    _told_and_recorded,
)
