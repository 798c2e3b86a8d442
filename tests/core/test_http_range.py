"""Which bytes a download gets: RFC 9110 to the letter, whatever the header says."""

import pytest
from hypothesis import given, strategies as st

from core.http_range import UnsatisfiableError, wanted_range

TAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "first", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, 100),
        ("bytes=10-19", 10, 20),
        ("bytes=90-", 90, 100),
        ("bytes=90-500", 90, 100),
        ("bytes=-10", 90, 100),
        ("bytes=-500", 0, 100),
        ("bytes= 5-9 ", 5, 10),
    ],
)
def test_one_range_is_given(header, first, stop):
    span = wanted_range(header, "", etag=TAG, size=100)
    assert (span.first, span.stop, span.partial) == (first, stop, True)
    assert span.content_range == f"bytes {first}-{stop - 1}/100"


@pytest.mark.parametrize(
    "header",
    ["", "bytes=", "bytes=-", "bytes=5-4", "bytes=1-2,4-5", "items=0-1", "bytes=a-b", "bytes 0-1", "bytes=0x1-2"],
)
def test_what_is_no_single_range_means_all_of_it(header):
    span = wanted_range(header, "", etag=TAG, size=100)
    assert (span.first, span.stop, span.partial) == (0, 100, False)


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_the_file_is_unsatisfiable(header):
    with pytest.raises(UnsatisfiableError):
        wanted_range(header, "", etag=TAG, size=100)


@pytest.mark.parametrize(
    ("if_range", "partial"),
    [("", True), (TAG, True), ('"other"', False), ('W/"abc"', False), ("Mon, 23 Nov 2026 09:30:00 GMT", False)],
)
def test_a_range_counts_only_for_what_the_reader_has(if_range, partial):
    assert wanted_range("bytes=1-2", if_range, etag=TAG, size=100).partial is partial


@given(st.text() | st.from_regex(r"bytes=[0-9]{0,20}-[0-9]{0,20}", fullmatch=True), st.integers(1, 10**12))
def test_any_header_gives_a_range_inside_the_file(header, size):
    try:
        span = wanted_range(header, "", etag=TAG, size=size)
    except UnsatisfiableError:
        return
    assert 0 <= span.first < span.stop <= size
