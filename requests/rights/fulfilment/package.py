"""The files of a package beside the records: the pages, the facts of GDPR article 15, the signed manifest."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

import orjson
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.personaldata.categories import DataCategory, recipients_of
from audit.exports.bundle.verify import LIST, LIST_NOTE, PACKAGE, PACKAGE_HEADER
from audit.merkle.signed_notes import Note
from audit.tree import checkpoints
from rights.mentions import mention_labels
from rights.models import RightsRequest
from rights.states import ExclusionReason, Kind

from .csv_file import LONGEST_CELL

MANIFEST, NOTE = LIST, LIST_NOTE


@dataclass(frozen=True)
class Section:
    """One data category in the package: its fields, how many records, what may be others', cells of the first few."""

    category: DataCategory
    fields: Mapping[str, Any]
    count: int
    others: Mapping[str, int]
    first: list[list[str]] = field(default_factory=list)


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

    def passed(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield a large file as it is, and list it once it has ended."""
        digest, size = sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            yield chunk
        self.add_known(name, size, digest.hexdigest())


def as_json(value: Any) -> bytes:
    """Return JSON that people can read as well."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def facts_of(category: DataCategory, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of GDPR article 15(1) about a data category and these of its fields, in the active language."""
    return {
        "holding": category.name,
        "title": str(category.title),
        "policy_section": str(category.policy_section),
        "fields": {name: str(meaning) for name, meaning in fields.items()},
        "purposes": [str(purpose) for purpose in category.purposes],
        "legal_basis": str(category.legal_basis),
        "recipients": [str(recipient) for recipient in recipients_of([category])[category.name]],
        "source": str(category.source),
        "retention": str(category.retention),
        "stays_after_erasure": [each.told() for each in category.stays],
    }


def manifest(contents: Contents) -> bytes:
    """Return the manifest: every file before it with size and SHA-256, what is missing and why, what may be others'."""
    return as_json(
        {
            "format": PACKAGE,
            "log": settings.OFFICE_LOG_ORIGIN,
            "request": contents.request.reference,
            "kind": contents.request.kind,
            "received_at": contents.request.received_at,
            "made_at": contents.made_at,
            "files": [{"name": name, **facts} for name, facts in contents.files.items()],
            "missing": [
                {"holding": category.name, "reason": reason, "sentence": str(ExclusionReason(reason).label)}
                for category, reason in contents.missing
            ],
            "others": {section.category.name: section.others for section in contents.sections if section.others},
        }
    )


def sign(listed: bytes) -> bytes:
    """Return the signed note over a manifest, by the log's key; its first line keeps it from being anything else."""
    text = f"{PACKAGE_HEADER}\n{settings.OFFICE_LOG_ORIGIN}\n{sha256(listed).hexdigest()}\n"
    return Note.sign(text, *checkpoints.signers()).encode()


def index_pages(contents: Contents) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the page that opens the package offline: the reader's, then other languages'."""
    own = contents.request.language
    languages = sorted((code for code, _name in settings.LANGUAGES), key=lambda code: code != own)
    pages = {code: "index.html" if code == own else f"index.{code}.html" for code in languages}
    for code, name in pages.items():
        with translation.override(code):
            yield name, render_to_string("rights/package/index.html", _context(contents, pages)).encode()


@cache
def _script() -> tuple[str, str]:
    """Return the page's script, and the only source of scripts that the page allows: its digest."""
    text = render_to_string("rights/package/search.js")
    return text, f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _context(contents: Contents, pages: Mapping[str, str]) -> dict[str, Any]:
    recipients = recipients_of([section.category for section in contents.sections])
    sections = [
        {
            "category": section.category,
            "fields": section.fields,
            "recipients": recipients[section.category.name],
            "file": f"data/{section.category.name}",
            "json": contents.files[f"data/{section.category.name}.json"],
            "csv": contents.files[f"data/{section.category.name}.csv"],
            "count": section.count,
            "rows": section.first,
            "record": [*zip(section.fields.items(), section.first[0], strict=True)] if section.count == 1 else [],
            "others": mention_labels(section.others),
        }
        for section in sorted(contents.sections, key=lambda section: str(section.category.title))
    ]
    script, allowed = _script()
    return {
        "pages": pages,
        "request_row": contents.request,
        "is_portability": contents.request.kind == Kind.PORTABILITY,
        "made_at": contents.made_at,
        "contact": settings.PRIVACY_CONTACT,
        "verify_url": settings.OFFICE_URL.rstrip("/") + reverse("log:verify_script"),
        "filled": [section for section in sections if section["count"]],
        "empty": [section for section in sections if not section["count"]],
        "records": sum(section.count for section in contents.sections),
        "size": sum(facts["bytes"] for facts in contents.files.values()),
        "missing": [(category, ExclusionReason(reason)) for category, reason in contents.missing],
        "longest_cell": LONGEST_CELL,
        "script": script,
        "script_source": allowed,
    }
