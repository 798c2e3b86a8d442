"""What must hold before anything starts."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError
from django.utils import translation

from accounts.identity.policy_sections import SECTIONS
from accounts.identity.ports import holdings

_OURS = Path(__file__).resolve().parent.parent


@register
def http_library_is_found(**_options: Any) -> Sequence[CheckMessage]:
    """Report when `import requests` would find our folder of that name, and not the HTTP library."""
    found = importlib.util.find_spec("requests")
    place = found.origin if found else None
    if place and not Path(place).resolve().is_relative_to(_OURS / "requests"):
        return []
    return [
        Error(
            "`import requests` does not find the HTTP library that allauth and Stripe need.",
            hint="The folder requests/ must have no __init__.py, and the library must be installed.",
            id="omegaoffice.E001",
        )
    ]


@register
def policy_sections_exist(**_options: Any) -> Sequence[CheckMessage]:
    """Report data categories that cite a section which the privacy policy does not have."""
    with translation.override("en"):
        cited = {holding.name: str(holding.policy_section) for holding in holdings()}
    return [
        Error(f"The data category {name} cites “{section}”, which is no section of the policy.", id="omegaoffice.E003")
        for name, section in cited.items()
        if section not in SECTIONS
    ]


@register(Tags.database)
def guards_agree(databases: Sequence[str] | None = None, **_options: Any) -> Sequence[CheckMessage]:
    """Compare the guards with the catalogue of each named side: `manage.py check --database auditor`."""
    from .guarding import find_differences  # noqa: PLC0415  its models are not there yet when checks are registered

    found: list[CheckMessage] = []
    for alias in set(databases or ()) - {"vault", "vault_owner"}:
        try:
            differences = find_differences(alias)
        except DatabaseError as error:
            found.append(
                Caution(f"The guards cannot be compared on {alias}: {type(error).__name__}.", id="omegaoffice.W002")
            )
            continue
        found += [
            Error(
                f"A guard is not as declared: {difference}",
                hint="Find out who changed it before `manage.py audit_guards --restore` puts it back.",
                id="omegaoffice.E002",
            )
            for difference in differences
        ]
    return found
