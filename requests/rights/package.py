"""What stands in a package beside the records: the page, the facts of GDPR article 15, the manifest."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from accounts.identity.ports import Holding

from .models import LEFT_OUT_REASONS, RightsRequest
from .package_words import WORDS

#: characters of one value that the page shows; the file has all of it
LONGEST_CELL = 2000
FORMAT = "omegaoffice-access-package/1"
_REASONS = dict(LEFT_OUT_REASONS)


@dataclass(frozen=True)
class Section:
    """One holding in the package: how many records, and the first few for the page."""

    holding: Holding
    count: int
    first: list[dict[str, Any]]


@dataclass
class Contents:
    """What a package holds, gathered while it is put together."""

    request: RightsRequest
    made_at: datetime
    sections: list[Section] = field(default_factory=list)
    #: holding and the code of the reason why it is not there
    missing: list[tuple[Holding, str]] = field(default_factory=list)
    #: name → {"bytes", "sha256", and "records" of a holding's file}
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add_known(self, name: str, size: int, digest: str, **more: Any) -> None:
        """List a file that is streamed from its part."""
        self.files[name] = {"bytes": size, "sha256": digest, **more}

    def add(self, name: str, data: bytes) -> bytes:
        """List a small file and return it."""
        self.add_known(name, len(data), sha256(data).hexdigest())
        return data


def facts_of(holding: Holding) -> dict[str, Any]:
    """Return the facts of GDPR article 15(1) about a holding, in the language that is active."""
    return {
        "holding": holding.name,
        "title": str(holding.title),
        "policy_section": str(holding.policy_section),
        "fields": {name: str(said) for name, said in holding.fields.items()},
        "purposes": [str(purpose) for purpose in holding.purposes],
        "legal_basis": str(holding.legal_basis),
        "recipients": [str(recipient) for recipient in holding.recipients],
        "source": str(holding.source),
        "retention": str(holding.retention),
    }


def manifest(contents: Contents) -> bytes:
    """Return the manifest: every other file with its size and SHA-256, and what is not there and why."""
    return orjson.dumps(
        {
            "format": FORMAT,
            "request": contents.request.reference,
            "kind": contents.request.kind,
            "received_at": contents.request.received_at,
            "made_at": contents.made_at,
            "files": [{"name": name, **facts} for name, facts in contents.files.items()],
            "missing": [
                {"holding": holding.name, "reason": reason, "sentence": str(_REASONS[reason])}
                for holding, reason in contents.missing
            ],
        },
        option=orjson.OPT_INDENT_2,
    )


def index_page(contents: Contents) -> str:
    """Return the page that opens the package offline, in English and Arabic, the reader's language first."""
    order = sorted(WORDS, key=lambda language: language != contents.request.language)
    views = [_view(contents, language) for language in order]
    with translation.override("en"):
        return render_to_string(
            "rights/package/index.html", {"request_row": contents.request, "views": views, "lang": order[0]}
        )


def _view(contents: Contents, language: str) -> dict[str, Any]:
    with translation.override(language):
        return {
            "language": language,
            "direction": "rtl" if language == "ar" else "ltr",
            "words": {name: text.format(contact=settings.PRIVACY_CONTACT) for name, text in WORDS[language].items()},
            "made_at": contents.made_at,
            "received_at": contents.request.received_at,
            "sections": [
                {
                    "anchor": f"{language}-{section.holding.name}",
                    "file": f"data/{section.holding.name}.json",
                    "facts": facts_of(section.holding),
                    "count": section.count,
                    "shown": len(section.first),
                    "columns": _columns(section.first),
                    "rows": _rows(section.first),
                    **contents.files[f"data/{section.holding.name}.json"],
                }
                for section in contents.sections
            ],
            "missing": [
                {"title": str(holding.title), "sentence": str(_REASONS[reason])} for holding, reason in contents.missing
            ],
        }


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
