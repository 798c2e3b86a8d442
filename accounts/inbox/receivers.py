"""Letters to all staff, on the announcements of identity."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.identity.announcements import register_staff_news
from accounts.identity.models import User
from accounts.identity.roles import Role

from .kinds import declare_letter
from .services import write_letter

STAFF_NEWS = declare_letter("identity.staff_news", "letters/staff_news_subject.txt", "letters/staff_news_body.txt")


@register_staff_news
def write_to_all_staff(news: str, *, about: User, role: str, effective_at: datetime, now: datetime) -> None:
    """Write to every active member of staff about a change that takes effect unless somebody objects; name nobody."""
    context = {
        "news": news,
        "reference": about.reference,
        "role": Role(role).label if role else "",
        "effective_at": effective_at,
        "link": settings.OFFICE_URL.rstrip("/") + reverse("admin:identity_staff_detail", args=[about.pk]),
    }
    for member in User.objects.filter(is_staff=True, is_active=True).order_by("pk"):
        write_letter(member, kind=STAFF_NEWS.name, context=context, now=now)
