"""The demo's policy in English and Arabic, in our own words for each section of the real one; and a coming version."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from accounts.identity.models import User
from accounts.terms.models import PolicyVersion
from accounts.terms.services import (
    accept_at_sign_up,
    import_first_version,
    publish_version,
    sweep_announcements,
    write_version,
)
from core import db

EFFECTIVE_ON = date(2026, 3, 3)
#: what the coming version says anew: the last words of the section on retention, and what follows them
_NEW = {
    "en": (
        "as far as providers and the age of backups allow.",
        "The address, browser and path of each visit to our website are kept for thirty days, encrypted, and then go.",
    ),
    "ar": (
        "## حقوقك",
        "يُحفظ عنوان كل زيارة لموقعنا ومتصفحها ومسارها ثلاثين يومًا، مشفَّرة، ثم تُحذف.\n\n## حقوقك",
    ),
}
_SUMMARY = {
    "summary_en": "Visits to our website are kept for thirty days; the section on retention says so.",
    "summary_ar": "تُحفظ زيارات موقعنا ثلاثين يومًا؛ ويرد ذلك في القسم الخاص بالاحتفاظ.",
}
_DRAFT = {
    "summary_en": "Nothing but clearer words on cloud providers, in a draft that nobody has published.",
    "summary_ar": "صياغة أوضح بشأن مزوّدي السحابة، في مسودة لم ينشرها أحد.",
}


def text(language: str) -> str:
    """Return the Markdown of the first version in a language."""
    return (Path(__file__).parent / f"{language}.md").read_text(encoding="utf-8")


def _coming_texts() -> dict[str, str]:
    old, new = _NEW["en"]
    english = text("en").replace(old, f"{old}\n\n{new}")
    return {"text_en": english, "text_ar": text("ar").replace(*_NEW["ar"])}


def publish_policy(made: Mapping[str, User], now: datetime) -> None:
    """Publish the first version, which everybody accepts, and another that is coming; leave a draft. Once."""
    with db.use_role("staff"):
        if PolicyVersion.objects.published().exists():
            return
        summaries = {"summary_en": "The first version.", "summary_ar": "النسخة الأولى."}
        import_first_version(text("en"), text("ar"), effective_on=EFFECTIVE_ON, now=now, **summaries)
    for person in made.values():
        with db.use_role("default"):
            accept_at_sign_up(person, now=now)
    with db.use_role("staff"):
        facts = {**_coming_texts(), "must_accept": False}
        day = now.date() + timedelta(days=21)
        coming = write_version(actor=made["lena"], now=now, effective_on=day, **_SUMMARY, **facts)
        publish_version(coming.pk, actor=made["paula"], now=now, read=coming.state)
        write_version(actor=made["paula"], now=now, effective_on=day + timedelta(days=90), **_DRAFT, **facts)
    with db.use_role("worker"):
        sweep_announcements(now=now)
