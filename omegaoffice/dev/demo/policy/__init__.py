"""The demo's first version of the policy, in English and Arabic: in our own words, for each section of the real one."""

from datetime import date, datetime
from pathlib import Path

from accounts.terms.models import PolicyVersion
from accounts.terms.services import import_first_version
from core import db

EFFECTIVE_ON = date(2026, 3, 3)


def text(language: str) -> str:
    """Return the Markdown in a language."""
    return (Path(__file__).parent / f"{language}.md").read_text(encoding="utf-8")


def publish_policy(now: datetime) -> None:
    """Publish it, once."""
    with db.use_role("staff"):
        if not PolicyVersion.objects.published().exists():
            summaries = {"summary_en": "The first version.", "summary_ar": "النسخة الأولى."}
            import_first_version(text("en"), text("ar"), effective_on=EFFECTIVE_ON, now=now, **summaries)
