"""The admin pages of the policy's versions: written by one, read as it will be, published by another."""

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy as _lazy

from accounts.identity.policies import accounts_of
from accounts.identity.roles import Role
from accounts.identity.staff.role_admin import RoleAdmin
from core.actions import Action, confirm_page

from . import services
from .forms import PolicyVersionForm, ReadForm
from .models import PolicyVersion
from .presenters import version_context
from .waiting import KEEPERS, PUBLISHERS

_LIST = "admin:terms_policyversion_changelist"
_WRITE = Action(
    _lazy("Write a version"),
    _lazy("It is a draft until somebody else publishes it."),
    _lazy("The draft is kept."),
    services.write_version,
    PolicyVersionForm,
    button=_lazy("Keep the draft"),
)
_ACTIONS = {
    "edit": Action(
        _lazy("Change the draft"),
        _lazy("Whoever changes it does not publish it."),
        _lazy("The draft was changed."),
        services.change_version,
        button=_lazy("Save"),
    ),
    "publish": Action(
        _lazy("Publish this version"),
        _lazy("It is public at once, takes effect on its day, and stays as it is."),
        _lazy("The version is published."),
        services.publish_version,
        button=_lazy("Publish it"),
        decides=True,
    ),
    "discard": Action(
        _lazy("Throw the draft away"),
        _lazy("Its text is gone."),
        _lazy("The draft is gone."),
        services.discard_version,
        button=_lazy("Throw it away"),
        danger=True,
    ),
}


class PolicyVersionAdmin(RoleAdmin):
    """Legal counsel and privacy officers write, one of them or an administrator publishes, auditors read."""

    readers = PUBLISHERS | {Role.AUDITOR}

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.protect(self.versions), name="terms_policyversion_changelist"),
            path("new/", self.protect(self.write, KEEPERS), name="terms_policyversion_new"),
            path("<uuid:version>/", self.protect(self.version), name="terms_policyversion_detail"),
            *(
                path(
                    f"<uuid:version>/{verb}/",
                    self.protect(self.act, PUBLISHERS if verb == "publish" else KEEPERS),
                    {"verb": verb},
                    name=f"terms_policyversion_{verb}",
                )
                for verb in _ACTIONS
            ),
        ]

    def versions(self, request: HttpRequest) -> HttpResponseBase:
        """List the drafts, then what is published, newest first."""
        context = {
            "title": _("Privacy policy"),
            "drafts": PolicyVersion.objects.filter(published_at=None).order_by("effective_on"),
            "versions": PolicyVersion.objects.published(),
            "in_force": PolicyVersion.objects.in_force(timezone.now().date()),
            "may_write": self.may_read(request, KEEPERS),
        }
        return self.page(request, "terms/staff/policy.html", context)

    def version(self, request: HttpRequest, version: UUID) -> HttpResponseBase:
        """Show a version as it is or will be read, in both languages, with what is new."""
        found = get_object_or_404(PolicyVersion, pk=version)
        wrote = accounts_of(self.actor(request), found.writers) & {*found.writers}
        is_draft = found.published_at is None
        context = {
            "title": found.name,
            "crumbs": [(reverse(_LIST), _("Privacy policy"))],
            "version": found,
            "languages": [(each, version_context(found, each)) for each in ("en", "ar")],
            "may_change": is_draft and self.may_read(request, KEEPERS),
            "may_publish": is_draft and self.may_read(request, PUBLISHERS) and not wrote,
            "wrote": bool(wrote) and is_draft,
        }
        return self.page(request, "terms/staff/version.html", context)

    def write(self, request: HttpRequest) -> HttpResponseBase:
        """Begin a draft, with the text of the newest version."""
        newest = PolicyVersion.objects.published().first()
        texts = {"text_en": newest.text_en, "text_ar": newest.text_ar} if newest else {}
        action = replace(_WRITE, form=partial(PolicyVersionForm, initial=texts))
        crumbs: list[tuple[str, Any]] = [(reverse(_LIST), _("Privacy policy"))]
        return confirm_page(self, request, action, crumbs=crumbs, then=_to_version)

    def act(self, request: HttpRequest, version: UUID, verb: str) -> HttpResponseBase:
        """Ask first, then do what the address says."""
        found = get_object_or_404(PolicyVersion, pk=version)
        action = _ACTIONS[verb]
        if verb == "edit":
            action = replace(action, form=partial(PolicyVersionForm, initial=model_to_dict(found)))
        if verb == "publish":
            action = replace(action, form=partial(ReadForm, initial={"read": request.GET.get("read", found.state)}))
        crumbs: list[tuple[str, Any]] = [(reverse(_LIST), _("Privacy policy"))]
        if verb != "discard":
            day = found.effective_on.isoformat()
            crumbs.append((reverse("admin:terms_policyversion_detail", args=[version]), day))
        return confirm_page(self, request, action, version, crumbs=crumbs)


def _to_version(version: PolicyVersion) -> HttpResponseBase:
    return redirect("admin:terms_policyversion_detail", version.pk)


def register(site: admin.AdminSite) -> None:
    """Register the pages."""
    site.register(PolicyVersion, PolicyVersionAdmin)
