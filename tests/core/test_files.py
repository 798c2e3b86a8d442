"""Encrypted files: any range opens, nothing can be changed, moved or cut off."""

import io
import os

import pytest
from django.test import RequestFactory
from hypothesis import given, strategies as st

from core.errors import DecryptionError
from core.file_response import Download, file_response
from core.files import CHUNK, DecryptingReader, EncryptingWriter, RangeFile, new_file_key

KEY = new_file_key()
HEADER, STORED = 8, CHUNK + 16


def written(data: bytes, key: bytes = KEY) -> bytes:
    target = io.BytesIO()
    writer = EncryptingWriter(target, key)
    for start in range(0, len(data), 50_001):
        writer.write(data[start : start + 50_001])
    writer.close()
    assert writer.size == len(data)
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
def test_what_was_written_is_read(size):
    data = os.urandom(size)
    reader = DecryptingReader(io.BytesIO(written(data)), KEY)

    assert reader.size == size
    assert b"".join(reader.read_range()) == data


DATA = os.urandom(2 * CHUNK + 100)
FILE = written(DATA)


@given(st.integers(0, len(DATA)), st.integers(0, len(DATA) + 10))
def test_any_range_opens(first, stop):
    assert b"".join(DecryptingReader(io.BytesIO(FILE), KEY).read_range(first, stop)) == DATA[first:stop]


def test_the_plaintext_is_not_in_the_file():
    assert b"layla@example.org" not in written(b"layla@example.org" * 9000)


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file[:HEADER] + file[HEADER + STORED :],  # first chunk dropped
        lambda file: file[: HEADER + STORED],  # cut off after a whole chunk
        lambda file: file[:-1],
        lambda file: file[: HEADER + 5] + bytes([file[HEADER + 5] ^ 1]) + file[HEADER + 6 :],
        lambda file: (
            file[:HEADER]
            + file[HEADER + STORED : HEADER + 2 * STORED]
            + file[HEADER : HEADER + STORED]
            + file[HEADER + 2 * STORED :]
        ),
        lambda file: file + b"x",
        lambda file: b"x" + file[1:],
        lambda file: b"",
    ],
)
def test_a_changed_file_does_not_open(change):
    with pytest.raises(DecryptionError):
        b"".join(DecryptingReader(io.BytesIO(change(FILE)), KEY).read_range())


def test_another_key_does_not_open_it():
    with pytest.raises(DecryptionError):
        b"".join(DecryptingReader(io.BytesIO(FILE), new_file_key()).read_range())


@given(st.integers(0, 3 * CHUNK), st.integers(0, 3 * CHUNK), st.integers(0, 3 * CHUNK), st.integers(1, CHUNK + 9))
def test_a_range_reads_like_a_file_of_its_bytes(first, length, offset, size):
    data = bytes(range(256)) * (3 * CHUNK // 256)
    given_range = RangeFile(DecryptingReader(io.BytesIO(written(data)), KEY), first, first + length)
    plain = io.BytesIO(data[first : first + length])
    for file in (given_range, plain):
        file.seek(0, os.SEEK_END)
    assert given_range.tell() == plain.tell()
    for file in (given_range, plain):
        file.seek(offset)
    assert given_range.read(size) == plain.read(size)
    assert given_range.read() == plain.read()


DOWNLOAD = Download("a.zip", "application/zip", '"a"', len(DATA))


def answer(stored, method="get", **headers):
    """Return the response to a request for DATA, and how often the file was opened."""
    opened = []

    def open_range(wanted):
        opened.append(wanted)
        return DecryptingReader(io.BytesIO(stored), KEY)

    request = getattr(RequestFactory(), method)("/", headers=headers)
    return file_response(request, DOWNLOAD, open_range), opened


def test_a_range_goes_to_the_server_as_a_file_and_one_that_was_changed_is_no_answer():
    stored = bytearray(FILE)
    response, [wanted] = answer(stored, Range=f"bytes=10-{CHUNK + 19}")
    assert (response.status_code, response["Content-Length"]) == (206, str(CHUNK + 10))
    assert (response["Content-Type"], response["Content-Range"]) == ("application/zip", wanted.content_range)
    assert response.file_to_stream is not None
    assert b"".join(response.streaming_content) == DATA[10 : CHUNK + 20]
    stored[HEADER] ^= 1
    with pytest.raises(DecryptionError):
        answer(stored, Range="bytes=0-19")


@pytest.mark.parametrize(
    ("method", "headers", "status", "length"),
    [
        ("get", {"Range": "bytes=0-9", "If-Range": '"old"'}, 200, len(DATA)),
        ("head", {"Range": "bytes=0-9"}, 200, len(DATA)),
        ("get", {"If-None-Match": '"a"'}, 304, None),
        ("get", {"Range": f"bytes={len(DATA)}-"}, 416, None),
    ],
)
def test_only_a_get_that_gets_bytes_opens_the_file(method, headers, status, length):
    response, opened = answer(FILE, method, **headers)
    assert response.status_code == status
    assert response.get("Content-Length") == (str(length) if length else None)
    assert len(opened) == (method == "get" and status == 200)
    response.close()


def test_a_file_whose_beginning_does_not_open_is_closed():
    stored = bytearray(FILE)
    stored[HEADER] ^= 1
    source = io.BytesIO(stored)
    with pytest.raises(DecryptionError):
        file_response(RequestFactory().get("/"), DOWNLOAD, lambda _wanted: DecryptingReader(source, KEY))
    assert source.closed
