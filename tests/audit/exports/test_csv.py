"""The CSV view: RFC 4180, read back by another reader, and nothing in it that a spreadsheet would run."""

import csv
import io
import json

import pytest
from hypothesis import given, strategies as st

from audit.exports import csv_format
from tests.audit.log.leaves import leaves

LEAF = {
    "version": 1,
    "id": "019ab000-0000-7000-8000-000000000001",
    "time": "2026-11-23T09:30:00.000000Z",
    "actor": "staff:" + "a" * 32,
    "event": "humanaccess.item.read",
    "event_version": 2,
    "outcome": "ok",
    "subject": "b" * 32,
    "request": "0123456789abcdef",
    "payload": {"case": "HA-2026-000001", "note": 'a "b", c'},
    "sd": ["x" * 43],
}


def read(data: bytes) -> list[list[str]]:
    # Python's own reader, without a translation of line ends.
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_one_line_is_exactly_this() -> None:
    assert csv_format.HEADER == (
        b"\xef\xbb\xbfindex,id,time,actor,event,event_version,outcome,subject,case,request,payload,sealed_fields\r\n"
    )
    assert csv_format.row(7, LEAF) == (
        b"7,019ab000-0000-7000-8000-000000000001,2026-11-23T09:30:00.000000Z,staff:" + b"a" * 32 + b","
        b"humanaccess.item.read,2,ok," + b"b" * 32 + b",HA-2026-000001,0123456789abcdef,"
        b'"{""case"":""HA-2026-000001"",""note"":""a \\""b\\"", c""}",1\r\n'
    )


@given(st.integers(0, 2**40), leaves())
def test_any_leaf_is_one_record_of_its_own_values(index, leaf) -> None:
    header, record = read(csv_format.HEADER + csv_format.row(index, leaf))
    found = dict(zip(header, record, strict=True))
    assert found["index"] == str(index)
    assert found["id"] == leaf["id"]
    assert found["subject"] == (leaf["subject"] or "")
    assert json.loads(found["payload"]) == leaf["payload"]
    assert found["case"].removeprefix("'") == (leaf["payload"].get("case") or "").removeprefix("'")
    assert csv_format.row(index, leaf) == csv_format.row(index, dict(reversed(leaf.items())))


@given(leaves())
def test_no_cell_of_any_leaf_begins_a_formula(leaf) -> None:
    for cell in read(csv_format.row(0, leaf))[0]:
        assert not cell.startswith(tuple("=+-@\t\n\r\0\uff1d\uff0b\uff0d\uff20"))


@pytest.mark.parametrize("first", list("=+-@\t\n\r\0\uff1d\uff0b\uff0d\uff20"))
def test_a_formula_gets_an_apostrophe_and_loses_nothing(first) -> None:
    assert read(csv_format.row(0, {**LEAF, "request": f"{first}1"}))[0][9] == f"'{first}1"


@pytest.mark.parametrize(
    ("text", "written"),
    [("", ""), ("a", "a"), ("a,b", '"a,b"'), ('a"b', '"a""b"'), ("a\nb", '"a\nb"'), ("a\rb", '"a\rb"'), ("1-2", "1-2")],
)
def test_a_field_is_quoted_where_rfc_4180_wants_it(text, written) -> None:
    assert f",HA-2026-000001,{written},".encode() in csv_format.row(0, {**LEAF, "request": text})
