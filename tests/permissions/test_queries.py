"""Every page asks the database as often for fifty rows as for one."""

import contextlib
import re
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import CaptureQueriesContext

from tests.permissions.growth import grow, make_office
from tests.permissions.people import COLUMNS, STAFF, Visitor
from tests.permissions.routes import routes
from tests.permissions.table import TABLE
from vault.services import forget_cached_keys

#: who visits; pages of the staff are visited by everybody who may: what they list depends on the role
WHO = (
    "user",
    "other user",
    *(name for name in STAFF if name not in {"superuser", "administrator, no second factor used"}),
)
#: rows make marks of HTML or JSON: a list of fifty has that many more than a list of one, at least
ROWS = 15
#: pages that list nothing, or as much in every office: sums, forms, confirmations, files, the office's own parts
ROWLESS = {
    "/",
    "/.well-known/security.txt",
    "/accounts/2fa/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/download/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/webauthn/keys/<int:pk>/edit/",
    "/accounts/2fa/webauthn/keys/<int:pk>/remove/",
    "/accounts/3rdparty/login/cancelled/",
    "/accounts/github/login/",
    "/accounts/google/login/",
    "/accounts/inactive/",
    "/accounts/logout/",
    "/accounts/password/change/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
    "/accounts/password/reset/key/done/",
    "/accounts/password/set/",
    "/api/",
    "/api/v1/audit/exports/<uuid:export_id>",
    "/certificate/<str:link>/",
    "/certificate/<str:link>/certificate.json",
    "/api/v1/schema",
    "/api/v1/schema.json",
    "/livez",
    "/log/<path:path>",
    "/log/checkpoint",
    "/log/verifiers",
    "/log/verify.py",
    "/readyz",
    "/settings/",
    "/settings/connections/google/end/<uuid:automation>/",
    "/settings/letters/<uuid:letter_id>/",
    "/settings/log/",  # the samples fill a page of it already
    "/settings/privacy/marks/<uuid:mark>/lift/",
    "/settings/privacy/requests/<slug:reference>/confirmation/",
    "/settings/privacy/requests/<slug:reference>/identify/",
    "/settings/privacy/requests/<slug:reference>/package/",
    "/settings/privacy/requests/<slug:reference>/withdraw/",
    "/settings/privacy/requests/new/<slug:kind>/",
    "/settings/profile/",
    "/settings/security/second-factor/",
    "/settings/step-up/",
    "/settings/tokens/new/",
    "/settings/work-mails/",
    "/staff/audit/entry/<uuid:entry_id>/leaf/",
    "/staff/audit/export/<uuid:export_id>/",
    "/staff/audit/export/<uuid:export_id>/cancel/",
    "/staff/audit/export/<uuid:export_id>/pause/",
    "/staff/audit/export/<uuid:export_id>/resume/",
    "/staff/audit/export/new/",
    "/staff/audit/exportschedule/<uuid:schedule_id>/end/",
    "/staff/audit/exportschedule/new/",
    "/staff/audit/readertoken/<uuid:token_id>/revoke/",
    "/staff/audit/readertoken/new/",
    "/staff/connections/dailytotal/",
    "/staff/humanaccess/aggregate/<uuid:answer>/",
    "/staff/humanaccess/aggregate/<uuid:answer>/csv/",
    "/staff/humanaccess/aggregate/new_run/",
    "/staff/humanaccess/aggregate/runs/<uuid:run>/review/",
    "/staff/humanaccess/ask/<slug:reference>/approve/",
    "/staff/humanaccess/ask/<slug:reference>/cancel/",
    "/staff/humanaccess/ask/<slug:reference>/close/",
    "/staff/humanaccess/ask/<slug:reference>/decline/",
    "/staff/humanaccess/ask/<slug:reference>/revoke/",
    "/staff/humanaccess/ask/new/",
    "/staff/humanaccess/legalprocess/<slug:reference>/agree/",
    "/staff/humanaccess/legalprocess/<slug:reference>/assign/",
    "/staff/humanaccess/legalprocess/<slug:reference>/challenge/",
    "/staff/humanaccess/legalprocess/<slug:reference>/close/",
    "/staff/humanaccess/legalprocess/<slug:reference>/delay/",
    "/staff/humanaccess/legalprocess/<slug:reference>/document/",
    "/staff/humanaccess/legalprocess/<slug:reference>/note/",
    "/staff/humanaccess/legalprocess/<slug:reference>/notify/",
    "/staff/humanaccess/legalprocess/<slug:reference>/produce/",
    "/staff/humanaccess/legalprocess/<slug:reference>/reject/",
    "/staff/humanaccess/legalprocess/<slug:reference>/release/",
    "/staff/humanaccess/legalprocess/<slug:reference>/settle/",
    "/staff/humanaccess/legalprocess/<slug:reference>/take/",
    "/staff/humanaccess/legalprocess/new_process/",
    "/staff/identity/roleassignment/<uuid:user_id>/<str:verb>/",
    "/staff/identity/roleassignment/<uuid:user_id>/give/",
    "/staff/identity/roleassignment/change/<uuid:change_id>/<str:verb>/",
    "/staff/identity/roleassignment/invitation/<uuid:invitation_id>/cancel/",
    "/staff/identity/roleassignment/invite/",
    "/staff/identity/roleassignment/role/<int:assignment_id>/confirm/",
    "/staff/identity/roleassignment/role/<int:assignment_id>/end/",
    "/staff/identity/user/",
    "/staff/jsi18n/",
    "/staff/rights/legalhold/<uuid:hold>/",
    "/staff/rights/legalhold/<uuid:hold>/lift/",
    "/staff/rights/legalhold/new_hold/",
    "/staff/rights/rightsrequest/<slug:reference>/approve/",
    "/staff/rights/rightsrequest/<slug:reference>/ask_user/",
    "/staff/rights/rightsrequest/<slug:reference>/assign/",
    "/staff/rights/rightsrequest/<slug:reference>/begin/",
    "/staff/rights/rightsrequest/<slug:reference>/certificate.json",
    "/staff/rights/rightsrequest/<slug:reference>/erase/",
    "/staff/rights/rightsrequest/<slug:reference>/evidence/",
    "/staff/rights/rightsrequest/<slug:reference>/grant/",
    "/staff/rights/rightsrequest/<slug:reference>/lift/",
    "/staff/rights/rightsrequest/<slug:reference>/note/",
    "/staff/rights/rightsrequest/<slug:reference>/refuse/",
    "/staff/rights/rightsrequest/<slug:reference>/release/",
    "/staff/rights/rightsrequest/<slug:reference>/resume/",
    "/staff/rights/rightsrequest/<slug:reference>/sign_off/",
    "/staff/rights/rightsrequest/<slug:reference>/start/",
    "/staff/rights/rightsrequest/<slug:reference>/steps/<uuid:step_id>/attest/",
    "/staff/rights/rightsrequest/<slug:reference>/steps/<uuid:step_id>/decide/",
    "/staff/rights/rightsrequest/<slug:reference>/steps/<uuid:step_id>/evidence/",
    "/staff/rights/rightsrequest/<slug:reference>/steps/<uuid:step_id>/leave_out/",
    "/staff/rights/rightsrequest/<slug:reference>/steps/<uuid:step_id>/retry/",
    "/staff/rights/rightsrequest/<slug:reference>/stop/",
    "/staff/rights/rightsrequest/<slug:reference>/take/",
    "/staff/rights/rightsrequest/<slug:reference>/unbegin/",
    "/staff/search/",
    "/staff/terms/announcement/<uuid:announcement>/discard/",
    "/staff/terms/announcement/<uuid:announcement>/edit/",
    "/staff/terms/announcement/<uuid:announcement>/release/",
    "/staff/terms/announcement/new/",
    "/staff/terms/policyversion/<uuid:version>/",
    "/staff/terms/policyversion/<uuid:version>/edit/",
    "/staff/terms/policyversion/<uuid:version>/discard/",
    "/staff/terms/policyversion/<uuid:version>/publish/",
    "/staff/terms/policyversion/new/",
    "/staff/terms/processingrecord/",
    "/staff/terms/processingrecord/csv/",
    "/staff/terms/processingrecord/json/",
    "/staff/terms/processor/<slug:processor>/",
    "/staff/terms/processor/<slug:processor>/change/",
    "/staff/terms/processor/<slug:processor>/end/",
    "/staff/terms/processor/<slug:processor>/keep/",
    "/staff/terms/processor/<slug:processor>/review/",
    "/staff/terms/processor/new_processor/",
    "/staff/terms/retentionreport/",
    "/staff/terms/transferregister/",
    "/staff/workloads/dailytotal/",
    "progress of an announcement",
    "progress of an export",
}
FIND_ITEMS = {"step": "find", "kind": "connections.automation", "person": "layla@example.org"}
#: lists that no address shows by itself: what → who, method, route, query or form, whether htmx asks
MORE_LISTS = {
    "people found": ("support", "POST", "/staff/identity/user/", {"query": "layla"}, False),
    "items found": ("support", "POST", "/staff/humanaccess/ask/new/", FIND_ITEMS, False),
    "accesses found": ("user", "POST", "/settings/looked/", {"q": "sam"}, False),
    "all requests": ("privacy officer", "GET", "/staff/rights/rightsrequest/", {"tab": "all"}, False),
    "approval requests that are open": ("auditor", "GET", "/staff/humanaccess/ask/", {"tab": "open"}, False),
    "steps of a request": ("user", "GET", "/settings/privacy/requests/<slug:reference>/progress/", {}, True),
    "steps for staff": ("auditor", "GET", "/staff/rights/rightsrequest/<slug:reference>/progress/", {}, True),
    "progress of an announcement": (
        "auditor",
        "GET",
        "/staff/terms/announcement/<uuid:announcement>/progress/",
        {},
        True,
    ),
    "progress of an export": ("auditor", "GET", "/staff/audit/export/<uuid:export_id>/progress/", {}, True),
}
#: each person who is found is recorded in the log, in a statement of their own
WRITES_FOR_EACH = {"people found"}
#: queries for the second signed tree: the latest and the latest cosigned one may be the same
SECOND_TREE = {"/settings/log/receipts.zip": 1}


@dataclass
class Seen:
    """What a page answered, its queries, and how many marks there were on it."""

    status: int
    queries: list[str]
    marks: int


@dataclass
class Visit:
    """One visit: who requests which page, how."""

    who: str
    method: str
    address: str
    data: dict[str, str]
    by_htmx: bool = False

    def make(self, visitors):
        """Request it, with no key of the vault in memory, and return what was seen."""
        forget_cached_keys()
        visitor = visitors[self.who]
        headers = {"HX-Request": "true"} if self.by_htmx else {}
        send = visitor.client.post if self.method == "POST" else visitor.client.get
        with contextlib.ExitStack() as stack:
            aliases = [alias for alias in settings.DATABASES if not alias.endswith("owner")]
            for alias in aliases:
                connections[alias].queries_log.clear()  # it holds 9,000 statements, and warns beyond
            captured = [stack.enter_context(CaptureQueriesContext(connections[alias])) for alias in aliases]
            answer = send(self.address, self.data or None, headers=headers)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            answer.close()
        queries = [query["sql"] for one in captured for query in one.captured_queries]
        visitor.come_back()
        return Seen(answer.status_code, queries, len(re.findall(rb"<\w|[{\n]", body)))


def visits(samples):
    """Yield what is visited, and the visit."""
    for route in routes():
        answers = dict(zip(COLUMNS, TABLE[route]["GET"], strict=True))
        who = [name for name in WHO if answers[name] == "200"]
        for name in who if route.startswith("/staff/") else who[:1]:
            yield route, Visit(name, "GET", samples.address(route), {})
    for what, (name, method, route, data, by_htmx) in MORE_LISTS.items():
        yield what, Visit(name, method, samples.address(route), data, by_htmx)


def measure(samples, visitors):
    found = {}
    for visitor in visitors.values():
        visitor.enter()
    for what, visit in visits(samples):
        visit.make(visitors)  # what is kept in memory, or happens at the first time, depends on no row
        found[what, visit.who] = visit.make(visitors)
    return found


@pytest.fixture
def measured(office, make_user, make_staff, monkeypatch):
    """Return what each page showed and queried, with one row and with fifty."""
    monkeypatch.setattr("accounts.identity.waiting.COUNTS_LAST", 3600)  # a count that is made anew is no row's
    monkeypatch.setattr("rights.log_files._BATCH", 100_000)  # two statements for each 500 entries, on purpose
    samples = make_office("auditor", WHO, make_user, make_staff)
    visitors = {name: Visitor.arriving(name, samples.people[name]) for name in WHO}
    one = measure(samples, visitors)
    grow(samples, make_user, make_staff)
    fifty = measure(samples, visitors)
    return {key: (one[key], fifty[key]) for key in one}


def count_queries(seen, what):
    """Return how many statements there were; the log's own cursor leaves no text of what it writes."""
    return sum(what not in WRITES_FOR_EACH or sql is not None for sql in seen.queries)


@pytest.mark.long  # two minutes in one test
def test_every_page_shows_fifty_rows_by_the_queries_of_one(measured):
    """One test for the three, since the two rounds take long and a test commits."""
    statuses = {key: (one.status, fifty.status) for key, (one, fifty) in measured.items()}
    assert statuses == dict.fromkeys(measured, (200, 200))
    more = [
        f"{what} as {name}: {count_queries(one, what)} with one row, {count_queries(fifty, what)} with fifty"
        for (what, name), (one, fifty) in measured.items()
        if count_queries(fifty, what) > count_queries(one, what) + SECOND_TREE.get(what, 0)
    ]
    assert more == []
    grew = {what for (what, _name), (one, fifty) in measured.items() if fifty.marks - one.marks >= ROWS}
    visited = {what for what, _name in measured}
    assert sorted(visited - grew - ROWLESS) == [], "a list that growth.py does not make longer, or a page without rows"
    assert sorted(ROWLESS - visited) == [], "named as without rows, and not visited"
    assert sorted(ROWLESS & grew) == [], "named as without rows, and has some"
