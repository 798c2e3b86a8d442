"""The demo's announcements: one about a fault, which the worker sends, and a draft that waits for its release."""

from datetime import datetime

from accounts.identity.models import User
from accounts.terms.models import Announcement
from accounts.terms.services import release_announcement, write_announcement
from core import db

_FAULT = {
    "kind": "security",
    "title_en": "A fault in the log pages was mended",
    "title_ar": "أُصلح خلل في صفحات السجلات",
    "text_en": "For two hours on Monday the pages of application logs showed times in the wrong zone. Nobody else saw "
    "your logs, and nothing is lost. You need not do anything.",
    "text_ar": "ظلّت صفحات سجلات التطبيقات ساعتين يوم الاثنين تعرض الأوقات بمنطقة زمنية خاطئة. "
    "لم يطّلع أحد غيرك على سجلاتك، ولم يُفقد شيء. لا يلزمك فعل أي شيء.",
}
_CHANGE = {
    "kind": "service",
    "title_en": "Metrics are kept for 90 days",
    "title_ar": "تُحفظ المقاييس 90 يومًا",
    "text_en": "From next month on, metrics of your apps are kept for 90 days instead of 60.",
    "text_ar": "ابتداءً من الشهر القادم تُحفظ مقاييس تطبيقاتك 90 يومًا بدلًا من 60.",
}


def announce(counsel: User, officer: User, now: datetime) -> None:
    """Write both as counsel and have the officer release one, once."""
    with db.use_role("staff"):
        if not Announcement.objects.filter(version=None, processor=None).exists():
            fault = write_announcement(actor=counsel, now=now, apps=[], **_FAULT)
            release_announcement(fault.pk, actor=officer, now=now, read=fault.state)
            write_announcement(actor=counsel, now=now, apps=[], **_CHANGE)
