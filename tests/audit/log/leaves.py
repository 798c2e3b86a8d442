"""Leaves as hypothesis draws them: everything that the log's schema lets into one."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from audit.log import canonical_json, rfc3339, uuid7

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
#: what spreadsheets, CSV readers and SIEMs trip over
_NASTY = st.sampled_from(
    ["=1+1", "+2", "-3", "@x", "\ttab", "\rcr", "\0nul", '"', ",", "\r\n", "'", "=cmd|'/c calc'!A0"]
)
_KEYS = st.text(st.characters(max_codepoint=127), max_size=12)
_SCALARS = (
    st.none() | st.booleans() | st.integers(-canonical_json.MAX_INTEGER, canonical_json.MAX_INTEGER) | _TEXT | _NASTY
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=8
)
_REFERENCES = st.uuids().map(lambda found: found.hex)
_ACTORS = st.builds("{}:{}".format, st.sampled_from(["user", "staff"]), _REFERENCES) | st.sampled_from(
    ["machine:sequencer", "machine:reader-token:x", "anonymous:"]
)
_CASES = st.none() | st.sampled_from(["RR-2026-000123", "HA-2026-000009"]) | _NASTY
_FIRST, _LAST = datetime(1970, 1, 2), datetime(2200, 1, 1)  # noqa: DTZ001  hypothesis wants them naive
_TIMES = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))


@st.composite
def leaves(draw):
    """Draw one leaf as `append` writes it, parsed."""
    at = draw(_TIMES)
    payload = draw(st.dictionaries(_KEYS.filter(lambda key: key != "case"), _VALUES, max_size=4))
    if draw(st.booleans()):
        payload["case"] = draw(_CASES)
    return {
        "version": 1,
        "id": str(uuid7.uuid7(at)),
        "time": rfc3339.write(at),
        "actor": draw(_ACTORS),
        "event": draw(st.sampled_from(["humanaccess.item.read", "rights.request.received", "audit.test.counted"])),
        "event_version": draw(st.integers(1, 9)),
        "outcome": draw(st.sampled_from(["ok", "refused", "failed"])),
        "subject": draw(st.none() | _REFERENCES),
        "request": draw(st.sampled_from(["", "0123456789abcdef"])),
        "payload": payload,
        "sd": draw(st.lists(st.just("x" * 43), max_size=3)),
    }
