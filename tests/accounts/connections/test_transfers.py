"""Where automations sent data: told apart by digests, named to the user alone, compared with what the user set up."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import ProgrammingError
from django.test import override_settings

from accounts.connections.destinations import digest_destination
from accounts.connections.models import Automation, Transfer
from accounts.connections.promises import _sent_where_it_was_set_up as measure
from accounts.workloads.services import ingest_stream
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from core.promises import PromiseState
from tests.platform_rows import put_row
from tests.signin import sign_in
from tests.stream_lines import file, line

SHEET = "spreadsheet Invoices 2026"
LATER = timedelta(days=7)


@pytest.fixture
def take(office, now):
    def take(*lines):
        with db.use_role("ingest"):
            return ingest_stream(file(*lines), actor=machine("platform"), source="file", clock=lambda: now)

    return take


@pytest.fixture
def automation(user):
    return line("automations", user.id, destinations=[SHEET, "team@example.org"])


def sent(user, automation, to=SHEET, **fields):
    return line("transfers", user.id, automation=automation["id"], destination=to, **fields)


def owned(model):
    return list(model.objects.using("owner").order_by("occurred_at"))


def test_the_row_has_kind_and_digest_and_the_name_encrypted(take, user, automation):
    assert take(automation, sent(user, automation)).kept == 2
    (row,), (setting,) = owned(Transfer), owned(Automation)
    assert (row.kind, str(row.automation), row.subject) == ("file", automation["id"], user.reference)
    assert row.digest in setting.destination_digests
    assert len(setting.destination_digests) == 2
    for text in (b"Invoices", b"team@"):
        assert text not in bytes(row.sealed) + bytes(setting.sealed) + row.digest.encode()


def test_digests_of_two_people_cannot_be_compared(user, make_user):
    mine, theirs = (digest_destination(str(one.id), SHEET) for one in (user, make_user("omar")))
    assert mine != theirs
    assert digest_destination(str(user.id), " Spreadsheet  invoices 2026 ") == mine


@pytest.mark.parametrize(("field", "value"), [("kind", "fax"), ("destination", ""), ("automation", "no uuid")])
def test_a_broken_line_is_set_aside(take, user, automation, field, value):
    assert take(sent(user, automation) | {field: value}).set_aside == 1


def test_what_goes_where_the_user_said_is_kept(take, user, automation, now):
    take(automation, sent(user, automation), sent(user, automation, "team@example.org", kind="email"))
    found = measure(now + LATER)
    assert (found.state, found.figures) == (
        PromiseState.KEPT,
        {"transfers": 2, "not_comparable": 0, "elsewhere": 0},
    )


def test_a_destination_of_before_still_counts(take, user, automation, now):
    take(automation, automation | {"destinations": [], "time": "2026-11-21T10:00:00Z"})
    take(sent(user, automation))
    assert measure(now + LATER).state is PromiseState.KEPT


def test_what_goes_elsewhere_breaks_the_promise_and_is_named(take, user, make_user, automation, now):
    elsewhere, foreign = sent(user, automation, "https://elsewhere.example"), sent(make_user("omar"), automation)
    unknown = sent(user, {"id": "00000000-0000-4000-8000-000000000001"})
    take(automation, sent(user, automation), elsewhere, foreign, unknown)
    found = measure(now + LATER)
    assert found.state is PromiseState.BROKEN
    assert found.figures == {"transfers": 4, "not_comparable": 0, "elsewhere": 3}
    assert all(each["id"] in found.note for each in (elsewhere, foreign, unknown))
    assert "elsewhere.example" not in found.note


def test_an_automation_without_destinations_sends_nothing(take, user, now):
    quiet = line("automations", user.id, destinations=[])
    take(quiet, sent(user, quiet))
    assert measure(now + LATER).state is PromiseState.BROKEN


def test_digests_of_another_key_or_of_none_are_not_compared(take, user, automation, now):
    take(automation)
    with override_settings(OFFICE_KEK="ab" * 32):
        digest = digest_destination(str(user.id), SHEET)
    put_row("connections_transfer", user.reference, now, automation=automation["id"], digest=digest)
    old = put_row("connections_automation", user.reference, now)
    put_row("connections_transfer", user.reference, now, automation=old)
    found = measure(now + LATER)
    assert (found.state, found.figures["not_comparable"]) == (PromiseState.KEPT, 2)


def test_the_newest_hour_waits_for_its_automation(take, user, automation, now):
    put_row("connections_transfer", user.reference, now)
    assert measure(now + timedelta(minutes=59)).figures["transfers"] == 0
    assert measure(now + timedelta(minutes=61)).state is PromiseState.BROKEN


def test_the_user_reads_where_data_went_and_what_they_had_not_set_up(take, client, user, automation):
    take(automation, sent(user, automation), sent(user, automation, "<b>elsewhere</b>", kind="web"))
    page = sign_in(client, user).get("/settings/connections/").content.decode()
    section = page.partition("Where your automations sent data")[2]
    assert SHEET in section
    assert "&lt;b&gt;elsewhere&lt;/b&gt;" in section
    assert section.count("not among its destinations") == 1
    with db.use_role("auditor"):
        assert Entry.objects.filter(event="connections.automations.shown").count() == 1


def test_no_running_role_reads_where_somebodys_data_went(take, user, automation):
    take(automation, sent(user, automation))
    for role in ("staff", "worker", "auditor", "ingest"):
        found = []
        with suppress(ProgrammingError), db.use_role(role), db.connection().cursor() as cursor:
            cursor.execute("SELECT id FROM connections_transfer")
            found = cursor.fetchall()
        assert found == []
