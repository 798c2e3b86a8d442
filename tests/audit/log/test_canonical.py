"""Leaf bytes: one spelling of each value, and a refusal with path and rule for values outside the schema."""

import datetime as dt
import decimal
import enum
import json
import uuid
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from audit.log.canonical_json import MAX_BYTES, MAX_INTEGER, CanonicalError, encode

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "canonical.json").read_text())

KEYS = st.text(st.characters(max_codepoint=127), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(max_size=40)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=30,
)


class Text(str):
    """A subclass, as Django's lazy or safe strings are."""

    __slots__ = ()


class Colour(enum.StrEnum):
    RED = "red"


@pytest.mark.parametrize("vector", VECTORS["accepted"], ids=lambda vector: vector["name"])
def test_published_vectors_inside_the_schema_match_byte_for_byte(vector: dict[str, str]) -> None:
    assert encode(json.loads(vector["input"])) == vector["output"].encode()


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_published_vectors_outside_the_schema_are_refused(vector: dict[str, str]) -> None:
    with pytest.raises(CanonicalError) as refusal:
        encode(json.loads(vector["input"]))
    assert refusal.value.path == vector["path"]
    assert vector["rule"] in refusal.value.rule


@given(VALUES)
def test_bytes_equal_an_independent_encoder_and_are_a_fixed_point(value: object) -> None:
    data = encode(value)
    assert data == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert encode(json.loads(data)) == data


@given(st.dictionaries(KEYS, SCALARS, min_size=2, max_size=6), st.randoms())
def test_the_order_in_which_keys_were_set_does_not_show(value: dict[str, object], random: object) -> None:
    keys = list(value)
    random.shuffle(keys)  # type: ignore[attr-defined]
    assert encode({key: value[key] for key in keys}) == encode(value)


@pytest.mark.parametrize(
    ("value", "path", "rule"),
    [
        ({"payload": {"items": [1, 2.5]}}, "payload.items[1]", "float is not"),
        ({"a": float("nan")}, "a", "float is not"),
        ({"a": 1.0}, "a", "float is not"),
        ([1, (2, 3)], "[1]", "tuple is not"),
        ({"id": uuid.UUID(int=7)}, "id", "UUID is not"),
        ({"at": dt.datetime(2026, 3, 3, tzinfo=dt.UTC)}, "at", "datetime is not"),
        ({"colour": Colour.RED}, "colour", "Colour is not"),
        ({"text": Text("x")}, "text", "Text is not"),
        ({"amount": decimal.Decimal("1.5")}, "amount", "Decimal is not"),
        ({"blob": b"x"}, "blob", "bytes is not"),
        ({"set": {1}}, "set", "set is not"),
        ({"a": [{"n": 2**53}]}, "a[0].n", "smaller than 2^53"),
        (-(2**53), "", "smaller than 2^53"),
        ({"a": {1: 2}}, "a", "a key is not a string"),
        ({Text("a"): 2}, "", "a key is not a string"),
        ({"a": {"clé": 2}}, "a", "a key is not ASCII"),
        ({"a": ["\ud800"]}, "a[0]", "lone surrogate"),
        ({"a": {"k\udfff": 1}}, "a", "a key is not ASCII"),
        ("x" * (MAX_BYTES - 1), "", "longer than 65,535 bytes"),
    ],
)
def test_a_value_outside_the_schema_is_refused_with_path_and_rule(value: object, path: str, rule: str) -> None:
    with pytest.raises(CanonicalError) as refusal:
        encode(value)
    assert refusal.value.path == path
    assert rule in refusal.value.rule


def test_the_longest_leaf_fits_and_counts_bytes_not_characters() -> None:
    assert len(encode("x" * (MAX_BYTES - 2))) == MAX_BYTES
    with pytest.raises(CanonicalError):
        encode("é" * (MAX_BYTES // 2))


def test_endless_nesting_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(CanonicalError, match="nested too deeply"):
        encode(loop)


def test_a_refusal_never_repeats_the_value() -> None:
    with pytest.raises(CanonicalError) as refusal:
        encode({"email": Text("ada@example.org")})
    assert "ada" not in str(refusal.value)
    assert refusal.value.__cause__ is None
