"""What the roof owes to the promise of data security (P15): guards agree, and what is to be sealed is."""

from datetime import datetime

from audit.promised import Finding, Promise, kept_if, register
from omegaoffice.guarding import find_differences

from .sealed import sealed_at_rest


def _guards_agree(_now: datetime) -> Finding:
    found = find_differences("auditor")
    return kept_if(not found, {"differences": len(found)}, "; ".join(found[:3]))


register(Promise("P15", "The guards in both databases are as declared", _guards_agree))
register(Promise("P15", "Nothing that is to be sealed lies unsealed", sealed_at_rest))
