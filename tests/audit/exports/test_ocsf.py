"""The OCSF view: every attribute that API Activity 1.3 requires, of its type, with ids and captions that agree."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from audit.exports import ocsf
from audit.exports.bundle.verify import ocsf_event
from audit.log.canonical_json import encode
from tests.audit.exports.test_csv import LEAF
from tests.audit.log.leaves import leaves

#: attribute → type, as the schema requires them of class 6003 and of the objects in it (profiles aside)
REQUIRED = {
    "": {
        "activity_id": int, "actor": dict, "api": dict, "category_uid": int, "class_uid": int, "metadata": dict,
        "severity_id": int, "src_endpoint": dict, "time": int, "type_uid": int,
    },
    "api": {"operation": str},
    "metadata": {"product": dict, "version": str},
    "metadata.product": {"vendor_name": str},
}  # fmt: skip
#: an object must have one of these
ONE_OF = {
    "actor": {"process", "user", "invoked_by", "session", "app_name", "app_uid"},
    "actor.user": {"account", "name", "uid"},
    "metadata.product": {"name", "uid"},
    "resources[]": {"name", "uid"},
    "src_endpoint": {"ip", "uid", "name", "hostname", "svc_name", "instance_uid", "interface_uid", "interface_name"},
}
#: everything that the view writes: a name outside it would be one that the schema does not know
KNOWN = {
    "": {
        *REQUIRED[""], "activity_name", "category_name", "class_name", "resources", "severity", "status", "status_code",
        "status_id", "unmapped",
    },
    "actor": {"user"},
    "actor.user": {"uid", "type", "type_id"},
    "api": {"operation", "service"},
    "api.service": {"name"},
    "metadata": {"version", "product", "uid", "original_time", "sequence", "log_name", "correlation_uid"},
    "metadata.product": {"name", "vendor_name"},
    "resources[]": {"uid", "type"},
    "src_endpoint": {"uid"},
}  # fmt: skip
CAPTIONS = {
    ("activity_id", "activity_name"): {1: "Create", 2: "Read", 3: "Update", 4: "Delete"},
    ("severity_id", "severity"): {1: "Informational", 2: "Low", 3: "Medium", 4: "High", 5: "Critical", 6: "Fatal"},
    ("status_id", "status"): {0: "Unknown", 1: "Success", 2: "Failure"},
}


def check(event, path=""):
    """Check one object against the schema."""
    for name, kind in REQUIRED.get(path, {}).items():
        assert type(event[name]) is kind, f"{path}.{name}"
    assert set(event) <= KNOWN[path], path
    assert path not in ONE_OF or ONE_OF[path] & set(event), path
    for name, value in event.items():
        at = f"{path}.{name}".strip(".")
        if name == "unmapped":
            continue
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                check(inner, f"{at}[]" if isinstance(value, list) else at)
            else:
                assert inner != "", at


@given(st.integers(0, 2**40), leaves())
def test_any_leaf_is_an_event_of_the_class(index, leaf) -> None:
    line = ocsf.row(index, leaf)
    event = json.loads(line)
    check(event)
    assert (event["category_uid"], event["class_uid"]) == (6, 6003)
    assert event["type_uid"] == 600300 + event["activity_id"]
    assert event["metadata"]["uid"] == leaf["id"]
    assert event["metadata"]["sequence"] == index
    assert event["unmapped"]["payload"] == leaf["payload"]
    for (number, caption), captions in CAPTIONS.items():
        assert event[number] in {*captions, 99}
        assert captions.get(event[number], event[caption]) == event[caption]
    assert line == encode(event) + b"\n", "canonical, one line"
    assert line.count(b"\n") == 1


@given(leaves())
def test_time_is_the_leafs_millisecond(leaf) -> None:
    written = datetime.fromtimestamp(ocsf_event(0, leaf)["time"] // 1000, tz=UTC)
    milliseconds = ocsf_event(0, leaf)["time"] % 1000
    assert leaf["time"].startswith(f"{written:%Y-%m-%dT%H:%M:%S}.{milliseconds:03}")


def test_one_line_is_exactly_this() -> None:
    assert ocsf.row(7, LEAF) == (
        b'{"activity_id":2,"activity_name":"Read","actor":{"user":{"type":"Staff","type_id":99,"uid":"'
        + b"a" * 32
        + b'"}},"api":{"operation":"humanaccess.item.read","service":{"name":"humanaccess"}},'
        b'"category_name":"Application Activity","category_uid":6,"class_name":"API Activity","class_uid":6003,'
        b'"metadata":{"correlation_uid":"0123456789abcdef","log_name":"audit",'
        b'"original_time":"2026-11-23T09:30:00.000000Z",'
        b'"product":{"name":"OmegaOffice audit log","vendor_name":"OmegaCloud"},"sequence":7,'
        b'"uid":"019ab000-0000-7000-8000-000000000001","version":"1.3.0"},'
        b'"resources":[{"type":"data subject","uid":"' + b"b" * 32 + b'"},{"type":"case","uid":"HA-2026-000001"}],'
        b'"severity":"Informational","severity_id":1,"src_endpoint":{"uid":"0123456789abcdef"},'
        b'"status":"Success","status_code":"ok","status_id":1,"time":1795426200000,"type_uid":600302,'
        b'"unmapped":{"actor":"staff:' + b"a" * 32 + b'","event_version":2,'
        b'"payload":{"case":"HA-2026-000001","note":"a \\"b\\", c"},"sealed_fields":1}}\n'
    )


def test_a_read_names_reader_subject_case_and_request_and_no_address() -> None:
    event = ocsf_event(7, LEAF)
    assert event["activity_name"] == "Read"
    assert event["actor"]["user"] == {"uid": "a" * 32, "type": "Staff", "type_id": 99}
    assert event["resources"] == [
        {"uid": "b" * 32, "type": "data subject"},
        {"uid": "HA-2026-000001", "type": "case"},
    ]
    assert event["src_endpoint"] == {"uid": "0123456789abcdef"}
    assert event["metadata"]["correlation_uid"] == "0123456789abcdef"
    assert event["time"] == 1795426200000


def test_without_a_request_the_source_is_the_kind_of_actor() -> None:
    event = ocsf_event(0, {**LEAF, "request": "", "actor": "anonymous:", "subject": None, "payload": {}})
    assert event["src_endpoint"] == {"uid": "anonymous"}
    assert event["actor"]["user"] == {"uid": "anonymous", "type": "Unknown", "type_id": 0}
    assert "correlation_uid" not in event["metadata"]
    assert "resources" not in event


@pytest.mark.parametrize(
    ("name", "activity"),
    [
        ("humanaccess.item.read", 2),
        ("humanaccess.read.refused", 2),
        ("identity.person.shown", 2),
        ("rights.package.downloaded", 2),
        ("workloads.token.made", 1),
        ("identity.email.changed", 3),
        ("audit.subject.shredded", 4),
        ("audit.heartbeat.beaten", 99),
    ],
)
def test_the_verb_of_an_event_is_its_activity(name, activity) -> None:
    assert ocsf_event(0, {**LEAF, "event": name})["activity_id"] == activity


@pytest.mark.parametrize(
    ("name", "outcome", "severity", "status"),
    [
        ("humanaccess.item.read", "ok", "Informational", "Success"),
        ("humanaccess.read.refused", "refused", "Medium", "Failure"),
        ("rights.step.failed", "failed", "Low", "Failure"),
        ("audit.guards.differed", "ok", "Critical", "Success"),
    ],
)
def test_refusals_and_alarms_stand_out(name, outcome, severity, status) -> None:
    event = ocsf_event(0, {**LEAF, "event": name, "outcome": outcome})
    assert (event["severity"], event["status"], event["status_code"]) == (severity, status, outcome)
