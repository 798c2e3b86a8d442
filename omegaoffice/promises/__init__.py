"""Checks for the promise of data security (P15): schema integrity and encryption at rest."""

from datetime import datetime

from core.promises import CheckResult, declare_promise, kept_if
from omegaoffice.db.compare import find_differences

from .encryption import encrypted_at_rest


def _schema_intact(_now: datetime) -> CheckResult:
    found = find_differences("auditor")
    return kept_if(not found, {"differences": len(found)}, "; ".join(found[:3]))


declare_promise("P15", "The schema of both databases is as declared", _schema_intact)
declare_promise("P15", "Whatever must be encrypted at rest is", encrypted_at_rest)
