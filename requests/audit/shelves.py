"""Where the log's static files are put: the configured storage, each file whole or not there at all."""

import os
import shutil
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages

from .errors import PublishError

FAULTS = (OSError, BotoCoreError, ClientError)
TILE = "application/octet-stream"
NOTE = "text/plain; charset=utf-8"
_CACHE = {TILE: "public, max-age=31536000, immutable", NOTE: "public, max-age=2"}


class Shelf(ABC):
    """Files by name under one folder; writing a name again puts the new file in the old one's place."""

    @abstractmethod
    def put(self, name: str, data: bytes, media: str) -> None:
        """Keep a file; a reader finds it whole from when this returns, and before it what lay there."""

    @abstractmethod
    def get(self, name: str) -> bytes | None:
        """Return a file, None when it is not there."""

    @abstractmethod
    def drop_folder(self, name: str) -> None:
        """Delete a folder and the files in it, if it is there."""


class FolderShelf(Shelf):
    """A folder of this machine. A process that dies leaves a draft behind, never half a file."""

    def __init__(self, root: Path, mode: int | None = None) -> None:
        self._root, self._mode = root, mode

    def put(self, name: str, data: bytes, media: str) -> None:  # noqa: ARG002  a folder knows no media types
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.draft")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if self._mode is not None:
            draft.chmod(self._mode)
        draft.replace(path)

    def get(self, name: str) -> bytes | None:
        with suppress(FileNotFoundError):
            return (self._root / name).read_bytes()
        return None

    def drop_folder(self, name: str) -> None:
        shutil.rmtree(self._root / name, ignore_errors=True)


class BucketShelf(Shelf):
    """A folder of a bucket: an object is written whole or not at all."""

    def __init__(self, root: str, backend: str, options: dict[str, Any]) -> None:
        self._root = root
        self._storages = {media: _overwriting(backend, options, media) for media in _CACHE}

    def put(self, name: str, data: bytes, media: str) -> None:
        self._storages[media].save(f"{self._root}/{name}", ContentFile(data))

    def get(self, name: str) -> bytes | None:
        with suppress(FileNotFoundError), self._storages[TILE].open(f"{self._root}/{name}") as file:
            return bytes(file.read())
        return None

    def drop_folder(self, name: str) -> None:
        storage = self._storages[TILE]
        for file in storage.listdir(f"{self._root}/{name}")[1]:
            storage.delete(f"{self._root}/{name}/{file}")


def configured(root: str) -> Shelf:
    """Return the folder `root` of the storage where the office keeps its files."""
    storage = storages["default"]
    if isinstance(storage, FileSystemStorage):
        return FolderShelf(Path(storage.path(root)), storage.file_permissions_mode)
    wanted = settings.STORAGES["default"]
    if not wanted["BACKEND"].endswith("S3Storage"):
        raise PublishError("The log is published to a folder or to S3-compatible storage; see STORAGE_URL.")
    return BucketShelf(root, wanted["BACKEND"], wanted.get("OPTIONS", {}))


def _overwriting(backend: str, options: dict[str, Any], media: str) -> Storage:
    """Return the storage with names that may be written again, and the headers that a reader of this kind needs."""
    headers = {"ContentType": media, "CacheControl": _CACHE[media]}
    return storages.create_storage(
        {"BACKEND": backend, "OPTIONS": {**options, "file_overwrite": True, "object_parameters": headers}}
    )
