"""Remove what is past the rule of its data category."""

from datetime import datetime

import structlog

from accounts.personaldata.categories import data_categories

_log = structlog.get_logger(__name__)


def sweep_retention(*, now: datetime) -> dict[str, int]:
    """Remove the records past their rule of every data category that has one; return category → how many.

    One that fails is left out and logged; the next sweep tries it again, and the promise P16 says what is left.
    """
    removed = {}
    for category in data_categories():
        if category.remove_expired is None:
            continue
        try:
            removed[category.name] = category.remove_expired(now=now)
        except Exception as error:  # noqa: BLE001  one failure must not keep the other categories
            _log.error("retention_not_swept", category=category.name, error=type(error).__name__)
    return removed


def count_past_rule(*, now: datetime) -> dict[str, int]:
    """Return data category → how many records are past its rule, of every category that has one."""
    rules = {category.name: category.past_rule for category in data_categories()}
    return {name: past_rule(now) for name, past_rule in rules.items() if past_rule is not None}
