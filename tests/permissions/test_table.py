"""Every address by every role: what the table says, what a crawl changes, what it sees."""

import re
from dataclasses import dataclass

import pytest

from tests.permissions import snapshot
from tests.permissions.crawl import Answer, crawl
from tests.permissions.people import COLUMNS
from tests.permissions.routes import routes
from tests.permissions.table import MACHINES, TABLE

#: what GET may change: the log grows, sessions come and go, what was read is marked as read
GET_MAY_CHANGE = {
    "inbox_letter.read_at",
    "mfa_authenticator.data",  # that recovery codes were shown, once
    "rights_package.downloads",
}
_LOG_AND_SESSIONS = re.compile(r"[+-]?(audit_\w+|django_session|identity_cacheentry)(\.\w+)?")
_ITEM_PAGE = "/staff/humanaccess/ask/<slug:reference>/look/<uuid:item_id>/"
_HOLD = "/staff/rights/legalhold/<uuid:hold>/"
#: the only pages with a restricted value: the owner's own, one item under a grant, and what staff wrote of a person
SHOWN = {
    "user": {
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/download/",
        "/settings/connections/",
        "/settings/connections/google/end/",
        "/settings/connections/google/end/<uuid:automation>/",
        "/settings/letters/<uuid:letter_id>/",
        "/settings/permissions/",
        "/settings/permissions/<slug:reference>/",
        "/settings/security/",
        "/settings/tokens/",
        "/settings/tokens/new/",  # the message that the token of that name was ended
    },
    "support": {_ITEM_PAGE},
    "privacy officer": {_HOLD, "/staff/rights/rightsrequest/<slug:reference>/steps/<uuid:step_id>/evidence/"},
    "legal counsel": {_HOLD},
}
#: addresses for machines, which know no person who is signed in, and the log's public files
NOT_PERSONAL = MACHINES | {"/log/<path:path>", "/log/checkpoint", "/log/verifiers", "/log/verify.py"}


@dataclass
class Crawl:
    """What one person was answered on both rounds."""

    answers: dict[str, dict[str, Answer]]
    changed_by_get: set[str]
    secrets: dict[str, str]
    own_texts: set[str]


#: one crawl a column and process, for all the tests below
_crawls: dict[str, Crawl] = {}


@pytest.fixture(scope="module", params=COLUMNS)
def column(request):
    """One after the other, so that the tests of one crawl run together."""
    return request.param


@pytest.fixture
def crawled(arrive, column):
    """Crawl as the person of this column: first GET, then POST."""
    if column not in _crawls:
        visitor, samples = arrive(column)
        before = snapshot.take()
        got = crawl(visitor, samples, "GET")
        changed = snapshot.changes(before, snapshot.take())
        if visitor.user is not None:
            samples.secrets[str(visitor.client.session.session_key)] = "session key"
        posted = crawl(visitor, samples, "POST")
        _crawls[column] = Crawl({"GET": got, "POST": posted}, changed, samples.secrets, samples.own_texts)
    return _crawls[column]


def test_the_table_names_every_address_and_no_other():
    assert [route for route in routes() if route not in TABLE] == [], "not in the table"
    assert [route for route in TABLE if route not in routes()] == [], "in the table, unknown to the resolver"
    assert list(TABLE) == sorted(TABLE)
    for route, methods in TABLE.items():
        counted = {name: len(answers) for name, answers in methods.items()}
        assert counted == {"GET": len(COLUMNS), "POST": len(COLUMNS)}, route


def test_each_role_is_answered_as_the_table_says(crawled, column):
    index = COLUMNS.index(column)
    differences = []
    for method, answers in crawled.answers.items():
        for route, answer in answers.items():
            expected = TABLE.get(route, {}).get(method, ["---"] * len(COLUMNS))
            if answer.mark != expected[index]:
                corrected = [*expected[:index], answer.mark, *expected[index + 1 :]]
                differences.append(f"{route}\n  {method:4} {' '.join(corrected)}")
    assert not differences, f"{column} finds other answers than the table's:\n" + "\n".join(differences)


def test_nothing_breaks(crawled):
    broken = [
        f"{method} {route}"
        for method, answers in crawled.answers.items()
        for route, answer in answers.items()
        if answer.mark.startswith("5")
    ]
    assert broken == []


def test_get_changes_nothing_but_the_log_sessions_and_read_marks(crawled):
    left = {name for name in crawled.changed_by_get if not _LOG_AND_SESSIONS.fullmatch(name)}
    assert left - GET_MAY_CHANGE == set()


def test_no_page_behind_the_sign_in_may_be_kept_by_a_cache(crawled, column):
    if column == "anonymous":
        return
    kept = {
        route
        for route, answer in crawled.answers["GET"].items()
        if "no-store" not in answer.headers.get("Cache-Control", "")
    }
    assert kept == NOT_PERSONAL


def test_no_answer_holds_a_secret_and_restricted_values_show_where_they_may_alone(crawled, column):
    leaks, shown = [], set()
    for method, answers in crawled.answers.items():
        for route, answer in answers.items():
            text = answer.body.decode("utf-8", "replace") + str(answer.headers.get("Location"))
            leaks += [f"{method} {route}: {what}" for secret, what in crawled.secrets.items() if secret in text]
            if any(own in text for own in crawled.own_texts):
                shown.add(route)
    assert leaks == []
    assert shown == SHOWN.get(column, set())
