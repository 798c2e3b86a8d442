"""One search for the staff console: cases, people, entries of the log, pages. What is typed is posted: it may be an
address, and an address is in no URL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.selectors import find_people
from accounts.identity.services import show_people
from accounts.identity.staff.users_admin import UsersAdmin
from audit.log.actors import REFERENCE
from audit.log.models import Entry
from audit.staff_access import staff_access
from cases.admin import CaseAdmin

#: the most people that are listed; the page of users has all
MOST_PEOPLE = 10
#: longer than any address
LONGEST_QUERY = 254
_CASE = re.compile(r"([A-Za-z]{2})-?(\d{4})-?(\d{1,6})")


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    what: Any
    title: str
    url: str
    text: str = ""


def search(request: HttpRequest, site: AdminSite, query: str, menu: list[dict[str, Any]]) -> list[Hit]:
    """Return what this person may open and `query` names: a reference, an address, an entry's id, a page's name.

    People who are listed are logged first.
    """
    if not query:
        return []
    return [
        *_cases(request, site, query),
        *_log(request, query),
        *_people(request, site, query),
        *_pages(query, menu),
    ]


def _cases(request: HttpRequest, site: AdminSite, query: str) -> Iterator[Hit]:
    """Find a case by its reference, however it is written: `rr-2026-12` is RR-2026-000012."""
    found = _CASE.fullmatch(query)
    if found is None:
        return
    reference = f"{found[1].upper()}-{found[2]}-{int(found[3]):06d}"
    for admin in site._registry.values():  # noqa: SLF001  Django offers no other list
        if isinstance(admin, CaseAdmin) and admin.may_read(request):
            for case in admin.visible(request).filter(reference=reference):
                yield Hit(admin.kind.title, reference, admin.case_address(case), str(case.get_state_display()))


def _log(request: HttpRequest, query: str) -> Iterator[Hit]:
    if not staff_access().may(request, "read"):
        return
    if REFERENCE.fullmatch(query):
        if Entry.objects.filter(subject=query).exists():
            yield Hit(_("Timeline of a person"), query, reverse("admin:audit_subject", args=[query]))
        return
    try:
        entry = Entry.objects.filter(pk=UUID(query)).first()
    except ValueError:
        return
    if entry is not None:
        yield Hit(_("Entry of the log"), str(entry.pk), reverse("admin:audit_entry_detail", args=[entry.pk]))


def _people(request: HttpRequest, site: AdminSite, query: str) -> Iterator[Hit]:
    users = site._registry[User]  # noqa: SLF001
    if not (isinstance(users, UsersAdmin) and users.may_read(request)):
        return
    found = find_people(query, limit=MOST_PEOPLE)
    show_people(found, actor=signed_in(request), page="search", now=timezone.now())
    for person in found:
        yield Hit(_("User"), person.username, reverse("admin:identity_user_detail", args=[person.pk]), person.email)


def _pages(query: str, menu: list[dict[str, Any]]) -> Iterator[Hit]:
    wanted = query.casefold()
    for section in menu:
        for link in section["links"]:
            if wanted in str(link["label"]).casefold():
                yield Hit(section["title"], str(link["label"]).capitalize(), link["url"])
