"""Encrypted files: any range opens, nothing can be changed, moved or cut off."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.errors import SealBrokenError
from vault.file_response import range_response
from vault.streams import CHUNK, DecryptingReader, EncryptingWriter, RangeFile, new_file_key

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
    with pytest.raises(SealBrokenError):
        b"".join(DecryptingReader(io.BytesIO(change(FILE)), KEY).read_range())


def test_another_key_does_not_open_it():
    with pytest.raises(SealBrokenError):
        b"".join(DecryptingReader(io.BytesIO(FILE), new_file_key()).read_range())


@given(st.integers(0, 3 * CHUNK), st.integers(0, 3 * CHUNK), st.integers(0, 3 * CHUNK), st.integers(1, CHUNK + 9))
def test_a_range_reads_like_a_file_of_its_bytes(first, length, place, size):
    data = bytes(range(256)) * (3 * CHUNK // 256)
    given_range = RangeFile(DecryptingReader(io.BytesIO(written(data)), KEY), first, first + length)
    plain = io.BytesIO(data[first : first + length])
    for file in (given_range, plain):
        file.seek(0, os.SEEK_END)
    assert given_range.tell() == plain.tell()
    for file in (given_range, plain):
        file.seek(place)
    assert given_range.read(size) == plain.read(size)
    assert given_range.read() == plain.read()


def test_a_range_that_was_changed_is_no_answer_and_one_that_is_whole_goes_to_the_server_as_a_file():
    data, headers = os.urandom(2 * CHUNK), {"ETag": '"a"'}
    stored = bytearray(written(data))

    def answer(first, stop):
        reader = DecryptingReader(io.BytesIO(stored), KEY)
        return range_response(reader, first, stop, status=206, content_type="application/zip", headers=headers)

    response = answer(10, CHUNK + 20)
    assert (response["Content-Length"], response["Content-Type"]) == (str(CHUNK + 10), "application/zip")
    assert response.file_to_stream is not None
    assert b"".join(response.streaming_content) == data[10 : CHUNK + 20]
    stored[HEADER] ^= 1
    with pytest.raises(SealBrokenError):
        answer(0, 20)


def test_a_file_whose_beginning_does_not_open_is_closed():
    stored = bytearray(written(DATA))
    stored[HEADER] ^= 1
    source = io.BytesIO(stored)
    with pytest.raises(SealBrokenError):
        range_response(DecryptingReader(source, KEY), 0, 20, status=200, content_type="application/zip", headers={})
    assert source.closed
