"""The read-only base of admin pages: who may read, and when a step-up is asked for."""

import pytest
from django.contrib.admin import AdminSite
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.identity.models import User
from core.admin import ReadOnlyAdmin


class OpenSite(AdminSite):
    """Lets everybody in: the page decides."""

    def has_permission(self, _request):
        return True


class Page(ReadOnlyAdmin):
    """Readable with the right `read`; a step-up is always missing."""

    def may_read(self, request, right=None):
        return (right or "read") in request.rights

    def step_up(self, _request):
        return HttpResponse(b"step up")


@pytest.fixture
def page():
    return Page(User, OpenSite())


def call(view, *rights):
    request = RequestFactory().get("/")
    request.user, request.rights = AnonymousUser(), rights
    return view(request).content


def test_a_page_opens_by_its_right_or_by_the_one_it_names(page):
    def view(_request):
        return HttpResponse(b"shown")

    assert call(page.protect(view), "read") == b"shown"
    assert call(page.protect(view, "export"), "export") == b"shown"
    for protected in (page.protect(view, "export"), page.protect(view, "export", step_up=True)):
        with pytest.raises(PermissionDenied):
            call(protected, "read")


def test_a_step_up_is_asked_for_after_the_right(page):
    assert call(page.protect(lambda _request: HttpResponse(b"shown"), step_up=True), "read") == b"step up"


def test_nobody_changes_anything_through_djangos_own_forms(page):
    request = RequestFactory().get("/")
    request.rights = ("read",)
    assert page.has_view_permission(request)
    assert page.has_module_permission(request)
    assert not any(getattr(page, f"has_{act}_permission")(request) for act in ("add", "change", "delete"))
    assert page.actions is None
