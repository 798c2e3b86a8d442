"""What stands in a leaf stays for ever: no field of any event takes text that a person typed."""

import pytest

from accounts.workloads.models import ServiceToken
from accounts.workloads.services import make_token, revoke_token
from audit.db_guards.record_differences import note_differences
from audit.errors import EventFieldError, ScheduleError
from audit.exports.models import ExportSchedule
from audit.exports.schedules import end_schedule, make_schedule
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import ProgramText, broken_rule
from audit.log.events import GUARDS_DIFFERED, SCHEDULE_MADE
from audit.log.models import Entry
from audit.log.purposes import ReadPurpose
from audit.search.filters import Filter
from audit.tokens.models import ReaderToken
from audit.tokens.services import make_reader_token, revoke_reader_token
from core import db
from core.tokens import TokenError

FIELDS = [
    (name, field, kind)
    for name in event_types.names()
    for field, rule in event_types.get(name).payload.items()
    for kind in (rule if isinstance(rule, tuple) else (rule,))
]
TYPED = ["layla@example.org", "for Layla", "Haddad\n", "ليلى", "a\tb", "\u202egnp", "x" * 301]


def with_text(kind, text):
    """Return values of that kind with the text wherever one can stand."""
    if kind is list:
        return [[text], [["a", text]], [{"item": text}]]
    return [{"case": text}, {text: "a"}, {"a": [text]}] if kind is dict else [text]


def test_no_payload_field_of_any_event_takes_text():
    kinds = {}
    for event, field, kind in FIELDS:
        kinds.setdefault(kind, []).append(f"{event}:{field}")
    assert set(kinds) <= {str, int, bool, list, dict, ProgramText, ReadPurpose}, kinds
    for kind in {str, list, dict} & set(kinds):
        for value in (value for text in TYPED for value in with_text(kind, text)):
            assert "no code, number, reference" in broken_rule(kind, value)
    for text in ["layla@example.org", "ليلى", "two\nlines", "x" * 501, 7]:
        assert "program's own" in broken_rule(ProgramText, text)
        assert "closed list" in broken_rule(ReadPurpose, text)


@pytest.mark.parametrize(
    "value",
    [
        "RR-2026-000123", "a" * 32, "humanaccess.item.read", "2026-11-23T09:30:00.000001Z", "siem/daily/audit-1.tar.gz",
        "omegaoffice.example/log+12345678+AQ/b=", "GH#17", "staff:" + "b" * 32, "", 7, True,
        ["entries", {"kind": "log"}],
    ],
)  # fmt: skip
def test_codes_numbers_references_times_and_file_names_are_taken(value):
    assert broken_rule(type(value), value) == ""


def test_an_address_in_a_payload_is_refused_and_nothing_is_written(office, now):
    payload = {
        "schedule": "x", "name": "for layla@example.org", "every": "day", "place": "siem", "filter": {},
        "compress": "gzip",
    }  # fmt: skip
    with db.use_role("worker"):
        with pytest.raises(EventFieldError, match="'name' holds text that is no code") as refused, db.atomic():
            append(SCHEDULE_MADE, actor=machine("t"), subject=None, now=now, payload=payload)
        assert "layla" not in str(refused.value)
        assert not Entry.objects.exists()


def test_a_name_in_a_difference_that_somebody_else_chose_is_cleaned(office, now):
    with db.use_role("worker"):
        note_differences(["trigger layla@example.org on audit_entry was added"], by="t", now=now)
        [entry] = Entry.objects.filter(event=GUARDS_DIFFERED.name)
    assert b"trigger layla?example.org on audit_entry was added" in bytes(entry.leaf)


def schedule(name, now):
    return make_schedule(name, Filter(), every="day", place="siem", actor=machine("t"), now=now)


def reader(name, now):
    return make_reader_token(name, scopes=["entries"], days=1, actor=machine("t"), now=now)


def service(name, now):
    return make_token(name, actor=machine("t"), now=now)


@pytest.mark.parametrize("make", [schedule, reader, service])
@pytest.mark.parametrize(
    "name", ["for layla@example.org", "Layla", "siem production", "ليلى", "-x", "x" * 64, "a_b", ""]
)
def test_a_name_that_is_no_machines_is_refused(office, now, make, name):
    with (
        db.use_role("staff"),
        pytest.raises((ScheduleError, TokenError), match="small letters, digits and hyphens"),
    ):
        make(name, now)
    with db.use_role("auditor"):
        assert not Entry.objects.exists()


@pytest.mark.parametrize("make", [schedule, reader, service])
@pytest.mark.parametrize("name", ["siem", "siem-2", "0", "x" * 63])
def test_a_machines_name_is_taken(office, now, make, name):
    with db.use_role("staff"):
        make(name, now)


def test_what_was_named_before_the_rule_goes_by_its_id(office, now):
    old = "for layla@example.org"
    with db.use_role("staff"):
        made = [schedule("a", now), reader("b", now)[0], service("c", now)[0]]
        for model, row in zip((ExportSchedule, ReaderToken, ServiceToken), made, strict=True):
            model.objects.filter(pk=row.pk).update(name=old)
        end_schedule(made[0].pk, actor=machine("t"), now=now)
        revoke_reader_token(made[1].pk, actor=machine("t"), now=now)
        revoke_token(old, actor=machine("t"), now=now)
    with db.use_role("auditor"):
        leaves = {entry.event: bytes(entry.leaf) for entry in Entry.objects.all()}
    for event, row in zip(
        ("audit.schedule.ended", "audit.token.revoked", "workloads.token.revoked"), made, strict=True
    ):
        assert f'"name":"{row.pk}"'.encode() in leaves[event]
    assert not any(b"layla" in leaf for leaf in leaves.values())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0b1c2d3e4f5061728394a5b6c7d8e9f0", True),
        ("0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0", True),
        ("layla-haddad", False),
        ("layla@example.org", False),
    ],
)
def test_a_request_id_is_taken_from_a_proxy_and_from_nobody_who_writes(office, client, given, kept):
    answer = client.get("/", headers={"X-Request-ID": given})
    assert (answer["X-Request-ID"] == given) is kept
