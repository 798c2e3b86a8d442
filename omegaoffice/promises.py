"""Checks for the promises of account information (P01), data security (P15) and retention (P16).

Every binary column must be encrypted, except those listed here with a reason.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models

from accounts.identity.encrypted_factors import SECRET_FIELDS
from accounts.personaldata.categories import data_categories
from accounts.personaldata.retention import count_past_rule
from core import db
from core.promises import CheckResult, declare_promise, kept_if
from omegaoffice.db.compare import find_differences

from .personal_fields import all_models, undeclared_fields

#: rows checked in each column
SAMPLE = 1000
#: binary columns with nothing to encrypt
UNENCRYPTED = {
    ("audit_entry", "leaf"): "nothing personal is in a leaf",
    ("audit_leaf", "hash"): "hashes of entries",
    ("audit_checkpoint", "root"): "roots of the tree",
    ("audit_readertoken", "hash"): "digests of tokens",
    ("workloads_servicetoken", "hash"): "digests of tokens",
    ("identity_usertoken", "hash"): "digests of tokens",
    ("workloads_setasideline", "digest"): "keyed digests",
    ("vault_subject_key", "wrapped"): "in the vault's own database, and checked there",
}
_HEADER = "01"


def _schema_intact(_now: datetime) -> CheckResult:
    found = find_differences("auditor")
    return kept_if(not found, {"differences": len(found)}, "; ".join(found[:3]))


def columns() -> Iterator[tuple[str, str]]:
    """Yield table and column of whatever must be encrypted; a new binary column too, until it is listed above."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            name = model._meta.db_table, str(field.column)
            if isinstance(field, models.BinaryField) and name not in UNENCRYPTED:
                yield name


def encrypted_at_rest(_now: datetime) -> CheckResult:
    """Find values that are not in the vault's format in a sample of every column; no value leaves the database."""
    counts = {"django_session": _sessions(), "mfa_authenticator": _factors()}
    count = "SELECT seen, unsealed FROM audit_count_unsealed(%s, %s, %s)"
    with db.use_role("auditor"):
        for table, column in columns():
            [counts[f"{table}.{column}"]] = db.select_rows(count, [table, column, SAMPLE])
    checked, unencrypted = map(sum, zip(*counts.values(), strict=True))
    figures = {"columns": len(counts), "checked": checked, "unencrypted": unencrypted}
    wrong = [name for name, (_seen, bad) in counts.items() if bad]
    return kept_if(not wrong, figures, "Not encrypted: " + ", ".join(wrong))


def _sessions() -> tuple[int, int]:
    with db.use_role("default"):
        contents = list(Session.objects.values_list("session_data", flat=True)[:SAMPLE])
    return len(contents), sum(not content.startswith(_HEADER) for content in contents)


def _factors() -> tuple[int, int]:
    with db.use_role("default"):
        kept = [row.data for row in Authenticator.objects.only("data", "user")[:SAMPLE]]
    secrets = [str(data[name]).partition(":")[2] for data in kept for name in SECRET_FIELDS if name in data]
    return len(secrets), sum(not secret.startswith(_HEADER) for secret in secrets)


def _fields_declared(_now: datetime) -> CheckResult:
    found = undeclared_fields()
    figures = {"categories": len(data_categories()), "models": len(all_models()), "undeclared": len(found)}
    return kept_if(not found, figures, "In no data category: " + ", ".join(found))


def _no_profiles(_now: datetime) -> CheckResult:
    """Count what is kept of a provider's profile beside the id, or of its tokens: nothing may be."""
    with db.use_role("default"):
        accounts = SocialAccount.objects.count()
        profiles = SocialAccount.objects.exclude(extra_data={}).count()
    figures = {"connected": accounts, "with_more_than_the_id": profiles}
    return kept_if(profiles == 0, figures, "More than the id is kept of a profile at Google or GitHub.")


declare_promise("P01", "Every personal field is declared in a data category", _fields_declared)
declare_promise("P01", "Nothing but the id is kept of a profile at Google or GitHub", _no_profiles)


def _nothing_past_its_rule(now: datetime) -> CheckResult:
    """Count what the sweep of the last night should have removed; what a legal hold keeps is told apart."""
    with db.use_role("worker"):
        past = count_past_rule(now=now - timedelta(days=1))
    figures = {
        "with_a_rule": len(past),
        "categories": len(data_categories()),
        "past": sum(each.past for each in past.values()),
        "on_hold": sum(each.held for each in past.values()),
    }
    names = ", ".join(name for name, each in past.items() if each.past)
    return kept_if(not names, figures, "Past their rule: " + names)


declare_promise("P16", "Nothing but what is on hold is kept past the rule of its data category", _nothing_past_its_rule)
declare_promise("P15", "The schema of both databases is as declared", _schema_intact)
declare_promise("P15", "Whatever must be encrypted at rest is", encrypted_at_rest)
