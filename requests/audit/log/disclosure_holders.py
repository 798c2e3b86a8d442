"""Under whose keys an entry's personal fields are encrypted, as far as its leaf tells. Plain Python.

A leaf has digests without the names of their fields, so only the number of fields that were given is known.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .actors import parse

#: `name@version` of an event → whose key encrypts each of its personal fields
Rules = Mapping[str, Sequence[str]]


class Holders(NamedTuple):
    """Who must have a disclosure of an entry, and who may."""

    must: frozenset[str]
    may: frozenset[str]


_NOBODY = Holders(frozenset(), frozenset())


def holders_of(leaf: Mapping[str, Any], rules: Rules) -> Holders:
    """Return the holders of a parsed leaf's disclosures; an unregistered event has none that must be there."""
    digests = leaf.get("sd")
    if not digests:
        return _NOBODY
    actor = parse(leaf["actor"])
    persons = {
        "subject": {leaf["subject"]} if leaf["subject"] else set(),
        "actor": {actor.reference} if actor.is_person else set(),
    }
    persons["both"] = persons["subject"] | persons["actor"]
    fields = rules.get(f"{leaf['event']}@{leaf['event_version']}")
    if fields is None:
        return Holders(frozenset(), frozenset(persons["both"]))
    holders = [persons[rule] for rule in fields]
    may = frozenset().union(*holders)
    # With more digests than fields that a person does not hold, at least one digest is theirs.
    must = frozenset(person for person in may if sum(person not in each for each in holders) < len(digests))
    return Holders(must, may)
