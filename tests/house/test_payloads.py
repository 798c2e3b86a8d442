"""What stands in a leaf stays for ever: no field of any event takes text that a person typed."""

import pytest

from accounts.workloads.errors import TokenError as ServiceTokenError
from accounts.workloads.models import ServiceToken
from accounts.workloads.services import make_token, revoke_token
from audit import registry, sides
from audit.actors import machine
from audit.errors import EventFieldError, ScheduleError, TokenError
from audit.events import GUARDS_DIFFERED, SCHEDULE_MADE
from audit.filters import Filter
from audit.models import Entry, ExportSchedule, ReaderToken
from audit.registry import Words, broken_rule
from audit.services import append, end_schedule, make_reader_token, make_schedule, note_differences, revoke_reader_token

FIELDS = [
    (name, field, kind)
    for name in registry.names()
    for field, rule in registry.get(name).payload.items()
    for kind in (rule if isinstance(rule, tuple) else (rule,))
]
TYPED = ["layla@example.org", "for Layla", "Haddad\n", "ليلى", "a\tb", "\u202egnp", "x" * 301]


def holding(kind, text):
    """Return values of that kind with the text in every place that there is."""
    if kind is list:
        return [[text], [["a", text]], [{"item": text}]]
    return [{"case": text}, {text: "a"}, {"a": [text]}] if kind is dict else [text]


@pytest.mark.parametrize(("event", "field", "kind"), FIELDS, ids=[f"{event}:{field}" for event, field, _ in FIELDS])
def test_every_payload_field_of_every_event_is_closed(event, field, kind):
    assert kind in {str, int, bool, list, dict, Words}
    if kind in {str, list, dict}:
        for text in TYPED:
            for value in holding(kind, text):
                assert "no code, number, reference" in broken_rule(kind, value)
    if kind is Words:
        for text in ["layla@example.org", "ليلى", "two\nlines", "x" * 501, 7]:
            assert "program's own" in broken_rule(kind, text)


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
    with sides.acting("worker"):
        with pytest.raises(EventFieldError, match="'name' holds text that is no code") as refused, sides.atomic():
            append(SCHEDULE_MADE, actor=machine("t"), subject=None, now=now, payload=payload)
        assert "layla" not in str(refused.value)
        assert not Entry.objects.exists()


def test_a_name_in_a_difference_that_somebody_else_chose_is_cleaned(office, now):
    with sides.acting("worker"):
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
        sides.acting("staff"),
        pytest.raises((ScheduleError, TokenError, ServiceTokenError), match="small letters, digits and hyphens"),
    ):
        make(name, now)
    with sides.acting("auditor"):
        assert not Entry.objects.exists()


@pytest.mark.parametrize("make", [schedule, reader, service])
@pytest.mark.parametrize("name", ["siem", "siem-2", "0", "x" * 63])
def test_a_machines_name_is_taken(office, now, make, name):
    with sides.acting("staff"):
        make(name, now)


def test_what_was_named_before_the_rule_goes_by_its_id(office, now):
    old = "for layla@example.org"
    with sides.acting("staff"):
        made = [schedule("a", now), reader("b", now)[0], service("c", now)[0]]
        for model, row in zip((ExportSchedule, ReaderToken, ServiceToken), made, strict=True):
            model.objects.filter(pk=row.pk).update(name=old)
        end_schedule(made[0].pk, actor=machine("t"), now=now)
        revoke_reader_token(made[1].pk, actor=machine("t"), now=now)
        revoke_token(old, actor=machine("t"), now=now)
    with sides.acting("auditor"):
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
