"""Salted disclosures: RFC 9901's own example, and nothing that is almost a disclosure."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from audit.log.canonical_json import CanonicalError
from audit.log.disclosures import DisclosureError, digest, make, parse

VECTOR = json.loads((Path(__file__).parent.parent / "vectors" / "disclosures.json").read_text())


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_the_published_example_has_its_digest_and_parts() -> None:
    assert digest(VECTOR["disclosure"]) == VECTOR["digest"]
    assert parse(VECTOR["disclosure"]) == (VECTOR["salt"], VECTOR["name"], VECTOR["value"])


NAMES = st.text().filter(lambda name: name not in {"_sd", "..."})


@given(NAMES, st.text() | st.integers(-9, 9))
def test_what_is_made_is_read_back(name: str, value: object) -> None:
    disclosure, hashed = make(name, value)
    salt, *rest = parse(disclosure)
    assert rest == [name, value]
    assert len(base64.urlsafe_b64decode(salt + "==")) == 16
    assert hashed == digest(disclosure)
    assert len(hashed) == 43


def test_equal_values_do_not_look_equal() -> None:
    assert make("ip", "192.0.2.7")[1] != make("ip", "192.0.2.7")[1]


def test_a_given_salt_makes_the_same_disclosure_again() -> None:
    assert make("ip", "192.0.2.7", salt="c2FsdA") == make("ip", "192.0.2.7", salt="c2FsdA")


@pytest.mark.parametrize("name", ["_sd", "..."])
def test_names_that_the_rfc_keeps_for_itself_are_refused(name: str) -> None:
    with pytest.raises(DisclosureError):
        make(name, "x")
    with pytest.raises(DisclosureError):
        parse(encoded(json.dumps(["salt", name, "x"]).encode()))


def test_a_value_outside_the_schema_is_refused() -> None:
    with pytest.raises(CanonicalError):
        make("height", 1.5)


@pytest.mark.parametrize(
    "disclosure",
    [
        "",
        "!!!!",
        "WyJé",
        VECTOR["disclosure"] + "=",
        VECTOR["disclosure"] + "\n",
        VECTOR["disclosure"][:-1],
        VECTOR["disclosure"][:-1] + "1",  # the same bytes: only the unused last bits differ
        encoded(b'["salt", "FR"]'),
        encoded(b'{"salt": "name"}'),
        encoded(b'[1, "name", "value"]'),
        encoded(b'["salt", 2, "value"]'),
        encoded(b'["salt", "name", "value", 4]'),
        encoded(b'["salt", "name", "\xff"]'),
    ],
)
def test_what_is_not_a_disclosure_is_refused(disclosure: str) -> None:
    with pytest.raises(DisclosureError):
        parse(disclosure)
