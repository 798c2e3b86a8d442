"""Encrypted files: any range opens, nothing can be changed, moved or cut off."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.errors import SealBrokenError
from vault.streams import CHUNK, DecryptingReader, EncryptingWriter, new_file_key

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
