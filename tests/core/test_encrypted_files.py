"""Stored files: whole or not there at all."""

import pytest
from django.core.files.storage import FileSystemStorage

from core.encrypted_files import delete_file, open_file, store_file
from core.files import new_file_key

KEY = new_file_key()


@pytest.fixture(autouse=True)
def files(tmp_path, settings):
    local = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": local}
    return tmp_path


def test_what_was_stored_is_read_and_is_not_readable_at_rest(files):
    told = []
    stored = store_file("a/b", KEY, [b"layla ", b"haddad"], storing=told.append)
    assert (stored.name, stored.size) == ("a/b", 12)
    with open_file("a/b", KEY) as reader:
        assert b"".join(reader.read_range()) == b"layla haddad"
    assert told == [(files / "a/b").stat().st_size]
    assert b"layla" not in (files / "a/b").read_bytes()
    delete_file("a/b")
    delete_file("a/b")
    delete_file("")
    assert not (files / "a/b").exists()


def test_of_a_file_that_fails_nothing_stays(files, monkeypatch):
    def chunks():
        yield b"half"
        raise ValueError

    with pytest.raises(ValueError):
        store_file("a", KEY, chunks(), storing=lambda _size: None)

    def half(_self, name, content):
        (files / name).write_bytes(content.read(3))
        raise OSError

    monkeypatch.setattr(FileSystemStorage, "_save", half)
    with pytest.raises(OSError):
        store_file("a", KEY, [b"whole"], storing=lambda _size: None)
    assert list(files.iterdir()) == []


def test_a_name_that_is_taken_is_an_error_and_overwrites_nothing(files):
    (files / "a").write_bytes(b"older")
    with pytest.raises(OSError, match="another name"):
        store_file("a", KEY, [b"newer"], storing=lambda _size: None)
    assert (files / "a").read_bytes() == b"older"
