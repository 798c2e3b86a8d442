"""Letters to all staff on the announcements of identity; unread letters among a person's news."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.identity.announcements import register_staff_news
from accounts.identity.home import News, badges, declare_badge, register_news
from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.roles import Role
from core import db

from .kinds import declare_letter
from .models import Letter
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


#: unread letters that the overview names; it counts the others
_NAMED = 5


@register_news
def unread_letters(request: HttpRequest) -> Iterator[News]:
    """Yield the newest unread letters: they tell of each request that was answered and each permission that ended."""
    user = signed_in(request)
    with db.row_security_for(user.reference):
        unread = list(Letter.objects.unread(user.reference).defer("sealed")[:_NAMED])
    for letter in unread:
        yield News(letter.subject_line, reverse("inbox:letter", args=[letter.pk]), "letter", letter.written_at)
    if more := badges(request)["letters"] - len(unread):
        text = ngettext("%(count)d more unread letter", "%(count)d more unread letters", more) % {"count": more}
        yield News(text, reverse("inbox:letters"), "inbox")


declare_badge("letters", lambda reference, _now: Letter.objects.unread(reference).count())
