"""A place of the log on the staff site: who may look is asked through the port; what is changed, services change."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from .ports import Right, desk

View = Callable[..., HttpResponseBase]


class LogWindow(admin.ModelAdmin[Model]):
    """Shows to whoever holds `right`; nobody adds, changes or deletes through the admin's own forms."""

    right: ClassVar[Right]
    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return desk().may(request, self.right)

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return desk().may(request, self.right)

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def open(self, view: View, right: Right | None = None, *, step_up: bool = False) -> View:
        """Return `view` behind the staff door, for this right (default: the place's own), after a step-up if asked."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not desk().may(request, right or self.right):
                raise PermissionDenied
            way = desk().step_up(request) if step_up else None
            return way or view(request, *args, **kwargs)

        opened: View = self.admin_site.admin_view(guarded)
        return opened

    def page(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> TemplateResponse:
        """Return a page of the staff site."""
        shown = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, shown, status=status)
