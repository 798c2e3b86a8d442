"""The base of every admin page: read-only, for whom the subclass names, after a recent step-up where asked."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse

from .polling import page_instead

View = Callable[..., HttpResponseBase]


class ReadOnlyAdmin(admin.ModelAdmin[Model]):
    """Nobody adds, changes or deletes through Django's own forms: services change things.

    A subclass answers the first three methods; roles and sessions are not known here.
    """

    actions = None

    def may_read(self, request: HttpRequest, right: Any = None) -> bool:
        """Return whether this request's person may see the pages, or one that asks for another `right`."""
        raise NotImplementedError

    def step_up(self, request: HttpRequest) -> HttpResponseBase | None:
        """Return the redirect to a step-up, None where one was passed recently."""
        raise NotImplementedError

    def actor(self, request: HttpRequest) -> Any:
        """Return who acts, as the app's services take them."""
        raise NotImplementedError

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

    def protect(self, view: View, right: Any = None, *, step_up: bool = False) -> View:
        """Return `view` for members of staff who hold the right, after a step-up if asked."""

        @wraps(view)
        def with_checks(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.may_read(request, right):
                raise PermissionDenied
            answer = self.step_up(request) if step_up else None
            return answer or view(request, *args, **kwargs)

        protected: View = self.admin_site.admin_view(with_checks)
        return protected

    def page_instead(self, request: HttpRequest, page_url: str) -> HttpResponse | None:
        """Return what leads to the whole page, None where a polled fragment of it may be shown."""
        answer = page_instead(request, page_url, allowed=self.admin_site.has_permission(request))
        if answer is None and not self.may_read(request):
            raise PermissionDenied
        return answer

    def page(
        self, request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
    ) -> TemplateResponse:
        """Return a page of the admin site."""
        full = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, full, status=status)
