"""The files of a package beside the records: the page, the facts of GDPR article 15, the manifest."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from django.conf import settings
from django.template.loader import render_to_string

from accounts.personaldata.categories import DataCategory, recipients_of
from rights.models import RightsRequest
from rights.states import ExclusionReason

#: characters of one value that the page shows; the file has all of it
LONGEST_CELL = 2000
FORMAT = "omegaoffice-access-package/1"


@dataclass(frozen=True)
class Section:
    """One data category in the package: how many records, and the first few for the page."""

    category: DataCategory
    count: int
    first: list[dict[str, Any]]


@dataclass
class Contents:
    """The contents of a package, collected while it is assembled."""

    request: RightsRequest
    made_at: datetime
    sections: list[Section] = field(default_factory=list)
    #: data category and the ExclusionReason for which it is not there
    missing: list[tuple[DataCategory, str]] = field(default_factory=list)
    #: name → {"bytes", "sha256", and "records" of a category's file}
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add_known(self, name: str, size: int, digest: str, **more: Any) -> None:
        """List a file that is streamed from its part."""
        self.files[name] = {"bytes": size, "sha256": digest, **more}

    def add(self, name: str, data: bytes) -> bytes:
        """List a small file and return it."""
        self.add_known(name, len(data), sha256(data).hexdigest())
        return data


def facts_of(category: DataCategory) -> dict[str, Any]:
    """Return the facts of GDPR article 15(1) about a data category, in the active language."""
    return {
        "holding": category.name,
        "title": str(category.title),
        "policy_section": str(category.policy_section),
        "fields": {name: str(meaning) for name, meaning in category.fields.items()},
        "purposes": [str(purpose) for purpose in category.purposes],
        "legal_basis": str(category.legal_basis),
        "recipients": [str(recipient) for recipient in recipients_of([category])[category.name]],
        "source": str(category.source),
        "retention": str(category.retention),
        "stays_after_erasure": [each.told() for each in category.stays],
    }


def manifest(contents: Contents) -> bytes:
    """Return the manifest: every other file with its size and SHA-256, and which categories are missing and why."""
    return orjson.dumps(
        {
            "format": FORMAT,
            "request": contents.request.reference,
            "kind": contents.request.kind,
            "received_at": contents.request.received_at,
            "made_at": contents.made_at,
            "files": [{"name": name, **facts} for name, facts in contents.files.items()],
            "missing": [
                {"holding": category.name, "reason": reason, "sentence": str(ExclusionReason(reason).label)}
                for category, reason in contents.missing
            ],
        },
        option=orjson.OPT_INDENT_2,
    )


def index_page(contents: Contents) -> str:
    """Return the page that opens the package offline, in every language, the reader's first."""
    languages = sorted((code for code, _ in settings.LANGUAGES), key=lambda code: code != contents.request.language)
    recipients = recipients_of([section.category for section in contents.sections])
    context = {
        "languages": languages,
        "lang": languages[0],
        "request_row": contents.request,
        "made_at": contents.made_at,
        "contact": settings.PRIVACY_CONTACT,
        "sections": [
            {
                "category": section.category,
                "recipients": recipients[section.category.name],
                "file": f"data/{section.category.name}.json",
                "count": section.count,
                "shown": len(section.first),
                "columns": _columns(section.first),
                "rows": _rows(section.first),
                **contents.files[f"data/{section.category.name}.json"],
            }
            for section in contents.sections
        ],
        "missing": [(category, ExclusionReason(reason)) for category, reason in contents.missing],
    }
    return render_to_string("rights/package/index.html", context)


def _columns(records: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for record in records for name in record))


def _rows(records: Sequence[dict[str, Any]]) -> list[list[str]]:
    columns = _columns(records)
    return [[_cell(record.get(name)) for name in columns] for record in records]


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"
