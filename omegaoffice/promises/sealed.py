"""Is everything sealed that has to be? Every binary column of ours counts, but for those named here with a reason."""

from collections.abc import Iterator
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models

from accounts.identity.sealed_factors import SECRET_FIELDS
from audit import sides
from audit.promised import Finding, kept_if

#: rows looked at in each column
SAMPLE = 1000
#: binary columns that hold nothing to seal
CLEAR = {
    ("audit_entry", "leaf"): "nothing personal stands in a leaf",
    ("audit_leaf", "hash"): "hashes of entries",
    ("audit_checkpoint", "root"): "roots of the tree",
    ("audit_readertoken", "hash"): "digests of tokens",
    ("workloads_servicetoken", "hash"): "digests of tokens",
    ("workloads_setasideline", "digest"): "keyed digests",
    ("vault_subject_key", "wrapped"): "in the vault's own database, and looked at there",
}
_HEADER = "01"


def columns() -> Iterator[tuple[str, str]]:
    """Yield table and column of all that has to be sealed: a new binary column too, until it is named above."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            place = model._meta.db_table, str(field.column)
            if isinstance(field, models.BinaryField) and place not in CLEAR:
                yield place


def sealed_at_rest(_now: datetime) -> Finding:
    """Look at a sample of every column for values that are not in the vault's format; no value leaves the database."""
    looked, unsealed, wrong = 0, 0, []
    with sides.acting("auditor"), sides.connection().cursor() as cursor:
        for table, column in columns():
            cursor.execute("SELECT seen, unsealed FROM audit_count_unsealed(%s, %s, %s)", [table, column, SAMPLE])
            seen, bad = cursor.fetchone()
            looked, unsealed = looked + seen, unsealed + bad
            wrong += [f"{table}.{column}"] if bad else []
    for name, (seen, bad) in {"django_session": _sessions(), "mfa_authenticator": _factors()}.items():
        looked, unsealed = looked + seen, unsealed + bad
        wrong += [name] if bad else []
    figures = {"columns": sum(1 for _ in columns()) + 2, "looked_at": looked, "unsealed": unsealed}
    return kept_if(unsealed == 0, figures, "Not sealed: " + ", ".join(wrong))


def _sessions() -> tuple[int, int]:
    with sides.acting("default"):
        contents = list(Session.objects.values_list("session_data", flat=True)[:SAMPLE])
    return len(contents), sum(not content.startswith(_HEADER) for content in contents)


def _factors() -> tuple[int, int]:
    with sides.acting("default"):
        kept = [row.data for row in Authenticator.objects.only("data", "user")[:SAMPLE]]
    secrets = [str(data[name]).partition(":")[2] for data in kept for name in SECRET_FIELDS if name in data]
    return len(secrets), sum(not secret.startswith(_HEADER) for secret in secrets)
