"""Versions of the policy for tests."""

from datetime import date, timedelta

from accounts.terms import services
from core import db

EN, AR = "# Privacy\n\nWe keep little.\n\n## Contact Us\n\nWrite to us.", "# الخصوصية\n\nنحتفظ بالقليل."
FIRST = date(2026, 3, 3)


def facts(now, **changes):
    """Return what is written in a version that takes effect in two weeks."""
    text = {"text_en": EN.replace("little", "less"), "text_ar": AR, "summary_en": "Less is kept.", "summary_ar": "أقل"}
    return {"effective_on": now.date() + timedelta(days=14), "must_accept": False, **text, **changes}


def publish(version, actor, now):
    """Publish a version as another member of staff."""
    with db.use_role("staff"):
        return services.publish_version(version.pk, actor=actor, now=now, read=version.state)


def publish_new(writer, publisher, now, **changes):
    """Write a version as one member of staff and publish it as another."""
    with db.use_role("staff"):
        version = services.write_version(actor=writer, now=now, **facts(now, **changes))
    return publish(version, publisher, now)
