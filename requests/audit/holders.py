"""Under whose keys an entry's personal fields lie, as far as its leaf tells: plain Python.

A leaf carries digests and no names of fields, so which of an event's fields were given is not known: only how many.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .actors import parse

#: event and version → whose key encrypts each of its personal fields, as the register declares them
Rules = Mapping[str, Sequence[str]]


class Holders(NamedTuple):
    """Who must have a disclosure of an entry, and who may."""

    must: frozenset[str]
    may: frozenset[str]


_NOBODY = Holders(frozenset(), frozenset())


def holders_of(leaf: Mapping[str, Any], rules: Rules) -> Holders:
    """Return whose keys encrypt what a parsed leaf holds back; of an unregistered event nobody must have any."""
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
    held = [persons[rule] for rule in fields]
    may = frozenset().union(*held)
    # With more digests than there are fields that a person does not hold, one of them is theirs.
    must = frozenset(person for person in may if sum(person not in each for each in held) < len(digests))
    return Holders(must, may)
