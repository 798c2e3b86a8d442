"""The admin pages of announcements: written by one, released by another, watched as they are sent."""

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy as _lazy

from accounts.identity.policies import accounts_of
from accounts.identity.roles import Role
from accounts.identity.staff.role_admin import RoleAdmin
from core.actions import Action, confirm_page
from core.pagination import keyset_page

from . import services
from .forms import AnnouncementForm, ReadForm
from .models import Announcement, AnnouncementKind
from .presenters import letter_previews, letter_rows, sending_context
from .waiting import KEEPERS, PUBLISHERS

_LIST, _ONE = "admin:terms_announcement_changelist", "admin:terms_announcement_detail"
#: a security engineer writes about security alone
_WRITERS = KEEPERS | {Role.SECURITY_ENGINEER}
#: announcements, or letters, on one page
_PAGE = 50
_WRITE = Action(
    _lazy("Write an announcement"),
    _lazy("It is a draft until somebody else releases it."),
    _lazy("The draft is kept."),
    services.write_announcement,
    button=_lazy("Keep the draft"),
)
_ACTIONS = {
    "edit": Action(
        _lazy("Change the draft"),
        _lazy("Whoever changes it does not release it."),
        _lazy("The draft was changed."),
        services.change_announcement,
        button=_lazy("Save"),
    ),
    "release": Action(
        _lazy("Release this announcement"),
        _lazy("Everybody whom it concerns gets it as a letter and by e-mail. It cannot be called back."),
        _lazy("The announcement is being sent."),
        services.release_announcement,
        button=_lazy("Release it"),
        decides=True,
    ),
    "discard": Action(
        _lazy("Throw the draft away"),
        _lazy("Its text is gone."),
        _lazy("The draft is gone."),
        services.discard_announcement,
        button=_lazy("Throw it away"),
        danger=True,
    ),
}


class AnnouncementAdmin(RoleAdmin):
    """Those who keep the policy write, security engineers about security; others release; auditors read."""

    readers = PUBLISHERS | {Role.AUDITOR, Role.SECURITY_ENGINEER}

    def get_urls(self) -> list[URLPattern]:
        one = "<uuid:announcement>/"
        return [
            path("", self.protect(self.announcements), name="terms_announcement_changelist"),
            path("new/", self.protect(self.write, _WRITERS), name="terms_announcement_new"),
            path(one, self.protect(self.announcement), name="terms_announcement_detail"),
            path(f"{one}progress/", self.progress, name="terms_announcement_progress"),
            *(
                path(
                    f"{one}{verb}/",
                    self.protect(self.act, PUBLISHERS if verb == "release" else _WRITERS),
                    {"verb": verb},
                    name=f"terms_announcement_{verb}",
                )
                for verb in _ACTIONS
            ),
        ]

    def announcements(self, request: HttpRequest) -> HttpResponseBase:
        """List announcements and drafts, the newest first; those of a version or a processor, too."""
        found = Announcement.objects.select_related("version", "processor")
        try:
            page = keyset_page(found, ("-written_at", "-id"), _PAGE, request.GET.get("older", ""))
        except ValueError:
            raise Http404 from None
        context = {
            "title": _("Announcements"),
            "announcements": page.rows,
            "older_url": f"?older={page.older}" if page.older else "",
            "may_write": self.may_read(request, _WRITERS),
        }
        return self.page(request, "terms/staff/announcements.html", context)

    def announcement(self, request: HttpRequest, announcement: UUID) -> HttpResponseBase:
        """Show one as its letters read, how far it is sent, and to whom."""
        found, now = _found(announcement), timezone.now()
        wrote = accounts_of(self.actor(request), found.writers) & {*found.writers}
        is_draft = found.released_at is None
        letters, last = letter_rows(found, request.GET.get("after", ""), _PAGE)
        context = {
            "title": found.name,
            "crumbs": [(reverse(_LIST), _("Announcements"))],
            "letters": letters,
            "older_url": f"?after={last}" if last else "",
            "previews": letter_previews(found, self.actor(request), now),
            "may_change": is_draft and self._may_write(request, found),
            "may_release": is_draft and self.may_read(request, PUBLISHERS) and not wrote,
            "wrote": bool(wrote) and is_draft,
            **sending_context(found),
        }
        return self.page(request, "terms/staff/announcement.html", context)

    def progress(self, request: HttpRequest, announcement: UUID) -> HttpResponseBase:
        """Answer the polling page with the part that changes."""
        if answer := self.page_instead(request, reverse(_ONE, args=[announcement])):
            return answer
        return TemplateResponse(request, "terms/staff/_sending.html", sending_context(_found(announcement)))

    def write(self, request: HttpRequest) -> HttpResponseBase:
        """Begin a draft."""
        action = replace(_WRITE, form=self._form(request))
        return confirm_page(self, request, action, crumbs=[(reverse(_LIST), _("Announcements"))], then=_to_one)

    def act(self, request: HttpRequest, announcement: UUID, verb: str) -> HttpResponseBase:
        """Ask first, then do what the address says."""
        found = _found(announcement)
        if verb != "release" and not self._may_write(request, found):
            raise PermissionDenied
        action = _ACTIONS[verb]
        if verb == "edit":
            typed = {**model_to_dict(found), "apps": "\n".join(map(str, found.apps))}
            action = replace(action, form=partial(self._form(request), initial=typed))
        if verb == "release":
            action = replace(action, form=partial(ReadForm, initial={"read": request.GET.get("read", found.state)}))
        crumbs: list[tuple[str, Any]] = [(reverse(_LIST), _("Announcements"))]
        if verb != "discard":
            crumbs.append((reverse(_ONE, args=[announcement]), found.name))
        return confirm_page(self, request, action, announcement, crumbs=crumbs)

    def _may_write(self, request: HttpRequest, announcement: Announcement) -> bool:
        is_security = announcement.kind == AnnouncementKind.SECURITY
        return self.may_read(request, _WRITERS if is_security else KEEPERS)

    def _form(self, request: HttpRequest) -> partial[AnnouncementForm]:
        return partial(AnnouncementForm, only_security=not self.may_read(request, KEEPERS))


def _found(announcement: UUID) -> Announcement:
    return get_object_or_404(Announcement.objects.select_related("version", "processor"), pk=announcement)


def _to_one(announcement: Announcement) -> HttpResponseBase:
    return redirect(_ONE, announcement.pk)


def register(site: admin.AdminSite) -> None:
    """Register the pages."""
    site.register(Announcement, AnnouncementAdmin)
