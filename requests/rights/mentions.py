"""What machines found of other people in exported data, in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import formats
from django.utils.translation import ngettext_lazy

from .models import Step
from .states import Mention, StepStatus, Verb

_COUNTED: Mapping[str, Any] = {
    Mention.EMAIL: ngettext_lazy("%(count)s e-mail address", "%(count)s e-mail addresses", "number"),
    Mention.PHONE: ngettext_lazy("%(count)s telephone number", "%(count)s telephone numbers", "number"),
    Mention.CARD: ngettext_lazy("%(count)s card number", "%(count)s card numbers", "number"),
    Mention.USER_NAME: ngettext_lazy("%(count)s name of a user", "%(count)s names of users", "number"),
}


def mentions_in(step: Step, *, told: bool = False) -> dict[str, int]:
    """Return what was found in a finished export, kind → count; nothing for a step that was excluded.

    As `told` to the person, without names of users: a word that they planted would tell them who is one.
    """
    found: dict[str, int] = (step.receipt or {}).get("others", {})
    if (step.verb, step.status) != (Verb.EXPORT, StepStatus.DONE):
        return {}
    return {kind: count for kind, count in found.items() if not (told and kind == Mention.USER_NAME)}


def count_mentions(steps: Iterable[Step], *, told: bool = False) -> int:
    """Return how much was found in all of these steps."""
    return sum(sum(mentions_in(step, told=told).values()) for step in steps)


def mention_labels(found: Mapping[str, int]) -> list[str]:
    """Return what was found in words."""
    return [
        _COUNTED[kind] % {"number": count, "count": formats.number_format(count, force_grouping=True)}
        for kind, count in found.items()
    ]
