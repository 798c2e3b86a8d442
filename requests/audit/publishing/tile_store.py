"""Stores for the log's static files; each file is there as a whole or not at all."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages

from audit.errors import PublishError

FAULTS = (OSError, BotoCoreError, ClientError)
TILE = "application/octet-stream"
NOTE = "text/plain; charset=utf-8"
_CACHE = {TILE: "public, max-age=31536000, immutable", NOTE: "public, max-age=2"}


class DirectoryTileStore:
    """A folder of this machine. A process that dies leaves a draft behind, never half a file."""

    def __init__(self, root: Path, mode: int | None = None) -> None:
        self._root, self._mode = root, mode

    def put(self, name: str, data: bytes, media: str) -> None:  # noqa: ARG002  a folder has no media types
        """Write a file; readers find the old file until it returns, then the whole new one."""
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
        """Return a file, None when it is not there."""
        with suppress(FileNotFoundError):
            return (self._root / name).read_bytes()
        return None

    def drop_folder(self, name: str) -> None:
        """Delete a folder and the files in it, if it is there."""
        shutil.rmtree(self._root / name, ignore_errors=True)


class S3TileStore:
    """The same in a folder of a bucket: an object is written whole or not at all."""

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


TileStore = DirectoryTileStore | S3TileStore


def configured(root: str) -> TileStore:
    """Return the folder `root` of the default storage."""
    storage = storages["default"]
    if isinstance(storage, FileSystemStorage):
        return DirectoryTileStore(Path(storage.path(root)), storage.file_permissions_mode)
    wanted = settings.STORAGES["default"]
    if not wanted["BACKEND"].endswith("S3Storage"):
        raise PublishError("The log is published to a folder or to S3-compatible storage; see STORAGE_URL.")
    return S3TileStore(root, wanted["BACKEND"], wanted.get("OPTIONS", {}))


def _overwriting(backend: str, options: dict[str, Any], media: str) -> Storage:
    """Return the storage with replaceable files, and the headers for this media type."""
    headers = {"ContentType": media, "CacheControl": _CACHE[media]}
    return storages.create_storage(
        {"BACKEND": backend, "OPTIONS": {**options, "file_overwrite": True, "object_parameters": headers}}
    )
