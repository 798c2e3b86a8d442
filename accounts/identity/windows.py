"""A read-only place on the staff site: who may look is a set of roles; what is changed, services change."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from .roles import Role
from .staff_door import staff_roles
from .stepup import step_up_answer

View = Callable[..., HttpResponse]


class Window(admin.ModelAdmin[Model]):
    """Shows to whoever holds one of `readers`; nobody adds, changes or deletes through the admin's own forms."""

    readers: ClassVar[frozenset[Role]]
    actions = None

    def may_read(self, request: HttpRequest) -> bool:
        """Return whether this request's staff roles let it look."""
        return bool(staff_roles(request) & self.readers)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may_read(request)

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return self.may_read(request)

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def open(self, view: View, *roles: Role, step_up: bool = False) -> View:
        """Return `view` behind the staff door, for these roles (default: all readers), after a step-up if asked."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not staff_roles(request) & (frozenset(roles) or self.readers):
                raise PermissionDenied
            if step_up and (first := step_up_answer(request, timezone.now())):
                return first
            return view(request, *args, **kwargs)

        opened: View = self.admin_site.admin_view(guarded)
        return opened

    def page(self, request: HttpRequest, template: str, status: int = 200, **context: Any) -> TemplateResponse:
        """Return a page of the staff site."""
        shown = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, shown, status=status)


class ListWindow(Window):
    """A list to look at and nothing more: no page of a single row, no history."""

    list_display_links = None
    #: what an address may ask for beside `list_filter`, as Django writes it; nothing else is looked up
    lookups: ClassVar[frozenset[str]] = frozenset()
    show_full_result_count = False
    list_per_page = 50

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:  # noqa: ARG002  Django's signature
        """Return whether an address may ask for this: else any column could be probed, by any comparison."""
        filters = {f"{name}{suffix}" for name in self.list_filter for suffix in ("", "__exact")}
        return lookup in self.lookups | filters

    def get_urls(self) -> list[URLPattern]:
        """Return the address of the list alone."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_changelist"
        return [path("", self.open(self.changelist_view), name=name)]
