"""Every address by every role: what the table says, what a walk leaves behind, what it sees."""

import re
from dataclasses import dataclass

import pytest

from tests.permissions import snapshot
from tests.permissions.people import COLUMNS
from tests.permissions.routes import routes
from tests.permissions.table import TABLE
from tests.permissions.walking import Answer, walk

#: what looking may change: the log grows, sessions come and go, what was read is marked as read
LOOKING_MAY_CHANGE = {
    "inbox_letter.read_at",
    "mfa_authenticator.data",  # that recovery codes were shown, once
    "rights_package.downloads",
}
_LOG_AND_SESSIONS = re.compile(r"[+-]?(audit_\w+|django_session|identity_cacheentry)(\.\w+)?")
_LOOK = "/staff/humanaccess/ask/<slug:reference>/look/<uuid:item_id>/"
#: the only pages with a gated value: the owner's own, and one item under a grant
SHOWN = {
    "user": {
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/download/",
        "/settings/connections/",
        "/settings/letters/<uuid:letter_id>/",
        "/settings/permissions/<slug:reference>/",
    },
    "support": {_LOOK},
}
#: the platform's pages and the log's public files: they know no person who is signed in
NOT_PERSONAL = {
    "/api/v1/ingest/<slug:stream>",
    "/api/v1/schema",
    "/log/<path:path>",
    "/log/checkpoint",
    "/log/verifiers",
    "/log/verify.py",
}


@dataclass
class Walk:
    """What one person met on both rounds."""

    answers: dict[str, dict[str, Answer]]
    changed_by_looking: set[str]
    secrets: dict[str, str]
    own_words: set[str]


#: one walk a column and process: the tests below look at it from all sides
_walks: dict[str, Walk] = {}


@pytest.fixture(scope="module", params=COLUMNS)
def column(request):
    """One after the other, so that the tests of one walk run together."""
    return request.param


@pytest.fixture
def walked(arrive, column):
    """Walk as the person of this column: first looking, then posting."""
    if column not in _walks:
        visitor, samples = arrive(column)
        before = snapshot.take()
        looked = walk(visitor, samples, "GET")
        changed = snapshot.changes(before, snapshot.take())
        if visitor.user is not None:
            samples.secrets[str(visitor.client.session.session_key)] = "session key"
        posted = walk(visitor, samples, "POST")
        _walks[column] = Walk({"GET": looked, "POST": posted}, changed, samples.secrets, samples.own_words)
    return _walks[column]


def test_the_table_names_every_address_and_no_other():
    assert [route for route in routes() if route not in TABLE] == [], "not in the table"
    assert [route for route in TABLE if route not in routes()] == [], "in the table, unknown to the resolver"
    assert list(TABLE) == sorted(TABLE)
    for route, methods in TABLE.items():
        counted = {name: len(answers) for name, answers in methods.items()}
        assert counted == {"GET": len(COLUMNS), "POST": len(COLUMNS)}, route


def test_each_role_finds_the_doors_as_the_table_says(walked, column):
    place = COLUMNS.index(column)
    lines = []
    for method, answers in walked.answers.items():
        for route, answer in answers.items():
            expected = TABLE.get(route, {}).get(method, ["---"] * len(COLUMNS))
            if answer.mark != expected[place]:
                corrected = [*expected[:place], answer.mark, *expected[place + 1 :]]
                lines.append(f"{route}\n  {method:4} {' '.join(corrected)}")
    assert not lines, f"{column} finds other answers than the table's:\n" + "\n".join(lines)


def test_nothing_breaks(walked):
    broken = [
        f"{method} {route}"
        for method, answers in walked.answers.items()
        for route, answer in answers.items()
        if answer.mark.startswith("5")
    ]
    assert broken == []


def test_looking_changes_nothing_but_the_log_sessions_and_read_marks(walked):
    left = {name for name in walked.changed_by_looking if not _LOG_AND_SESSIONS.fullmatch(name)}
    assert left - LOOKING_MAY_CHANGE == set()


def test_no_page_behind_the_sign_in_may_be_kept_by_a_cache(walked, column):
    if column == "anonymous":
        return
    kept = {
        route
        for route, answer in walked.answers["GET"].items()
        if "no-store" not in answer.headers.get("Cache-Control", "")
    }
    assert kept == NOT_PERSONAL


def test_no_answer_holds_a_secret_and_gated_values_show_where_they_may_alone(walked, column):
    leaks, shown = [], set()
    for method, answers in walked.answers.items():
        for route, answer in answers.items():
            text = answer.body.decode("utf-8", "replace") + str(answer.headers.get("Location"))
            leaks += [f"{method} {route}: {what}" for secret, what in walked.secrets.items() if secret in text]
            if any(word in text for word in walked.own_words):
                shown.add(route)
    assert leaks == []
    assert shown == SHOWN.get(column, set())
