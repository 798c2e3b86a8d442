"""The bases of admin pages that roles open."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone

from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.roles import Role
from accounts.identity.step_up.recent_step_up import step_up_answer
from core.admin import ReadOnlyAdmin

from .access import staff_roles


class RoleAdmin(ReadOnlyAdmin):
    """Pages for whoever holds one of `readers`; another right is a role, or one of several."""

    readers: ClassVar[frozenset[Role]]

    def may_read(self, request: HttpRequest, right: Any = None) -> bool:
        rights = right if isinstance(right, frozenset) else {right}
        return bool(staff_roles(request) & (rights if right else self.readers))

    def actor(self, request: HttpRequest) -> User:
        return signed_in(request)

    def step_up(self, request: HttpRequest) -> HttpResponseBase | None:
        return step_up_answer(request, timezone.now())


class RoleListAdmin(RoleAdmin):
    """A list of rows and nothing more: no page of a single row, no history."""

    list_display_links = None
    #: lookups that a query may hold beside those of `list_filter`, as Django writes them; all others are refused
    lookups: ClassVar[frozenset[str]] = frozenset()
    show_full_result_count = False
    list_per_page = 50

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:  # noqa: ARG002  Django's signature
        """Refuse lookups that are not named: any column could be probed by comparison otherwise."""
        filters = {f"{name}{suffix}" for name in self.list_filter for suffix in ("", "__exact")}
        return lookup in self.lookups | filters

    def get_urls(self) -> list[URLPattern]:
        """Return the address of the list alone."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_changelist"
        return [path("", self.protect(self.changelist_view), name=name)]
