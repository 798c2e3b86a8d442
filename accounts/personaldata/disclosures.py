"""Events of the log by which personal data leaves: to a processor of the register, or to an authority by law."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.registry import Registry


@dataclass(frozen=True)
class DisclosureKind:
    """One kind of disclosure: each entry of the kind `event` is one.

    `what` is a short text of what leaves. It goes to the processor `to`, a slug of the register, or to the one that the
    payload names in `to_field`; with `by_law`, to an authority, and `to_field` names the case.
    """

    event: str
    what: Any
    to: str = ""
    to_field: str = ""
    by_law: bool = False

    def recipient(self, payload: Mapping[str, Any]) -> str:
        """Return the slug of the processor, or the reference of the case."""
        return self.to or str(payload[self.to_field])


_disclosures = Registry[DisclosureKind]("Disclosure", lambda disclosure: disclosure.event)
declare_disclosure = _disclosures.declaring(DisclosureKind)


def disclosures() -> list[DisclosureKind]:
    """Return every kind, in the order of the events' names."""
    return sorted(_disclosures.values(), key=lambda disclosure: disclosure.event)
