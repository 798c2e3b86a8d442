"""System checks of the project."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning as Caution, register
from django.db import DatabaseError
from django.utils import translation

from accounts.personaldata.categories import data_categories
from accounts.personaldata.policy_sections import SECTIONS

from .personal_fields import undeclared_fields

_ROOT = Path(__file__).resolve().parent.parent


@register
def http_library_is_found(**_options: Any) -> Sequence[CheckMessage]:
    """Report when `import requests` would find our folder of that name instead of the HTTP library."""
    found = importlib.util.find_spec("requests")
    origin = found.origin if found else None
    if origin and not Path(origin).resolve().is_relative_to(_ROOT / "requests"):
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
    """Report data categories that cite a section missing from the privacy policy."""
    with translation.override("en"):
        cited = {category.name: str(category.policy_section) for category in data_categories()}
    return [
        Error(f"The data category {name} cites “{section}”, not a section of the policy.", id="omegaoffice.E003")
        for name, section in cited.items()
        if section not in SECTIONS
    ]


@register
def fields_are_declared(**_options: Any) -> Sequence[CheckMessage]:
    """Report personal fields of a model, third-party models included, that no data category declares."""
    return [
        Error(
            f"{field} is in no data category: no package would hold it, and no erasure would reach it.",
            hint="Declare it in the app's data_categories.py, or say in omegaoffice/personal_fields.py why not.",
            id="omegaoffice.E004",
        )
        for field in undeclared_fields()
    ]


@register(Tags.database)
def schema_is_intact(databases: Sequence[str] | None = None, **_options: Any) -> Sequence[CheckMessage]:
    """Compare the declared schema with the catalogue through each alias: `manage.py check --database auditor`."""
    from .db.compare import find_differences  # noqa: PLC0415  its models are not loaded yet when checks are registered

    found: list[CheckMessage] = []
    for alias in set(databases or ()) - {"vault", "vault_owner"}:
        try:
            differences = find_differences(alias)
        except DatabaseError as error:
            found.append(
                Caution(f"The schema cannot be compared on {alias}: {type(error).__name__}.", id="omegaoffice.W002")
            )
            continue
        found += [
            Error(
                f"The schema is not as declared: {difference}",
                hint="Find out who changed it before `manage.py audit_guards --restore` puts it back.",
                id="omegaoffice.E002",
            )
            for difference in differences
        ]
    return found
