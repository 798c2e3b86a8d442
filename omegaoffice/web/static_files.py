"""Static files: one style sheet a page, built from its sources, and names with a hash of the content everywhere."""

import hashlib
import re
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder, find
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.storage import FileSystemStorage

_PAGES = ("tokens", "base", "frame", "nav", "pages", "components", "tables", "status", "steps", "forms")
_STAFF = ("admin", "admin-index", "admin-lists", "admin-forms", "admin-widgets", "admin-log")
#: a built sheet → its sources in `static/office/`, in order
SHEETS = {"office/office.css": _PAGES, "office/staff.css": (*_PAGES, *_STAFF)}
_SOURCES = Path(__file__).parent.parent / "static" / "office"
_HASHED = re.compile(r"\.[0-9a-f]{12}(?=\.\w+$)")


class BuiltFinder(BaseFinder):
    """Finds the built sheets and, where no files are collected, each file by its hashed name."""

    def check(self, **_options: Any) -> list[Any]:
        return []

    def list(self, ignore_patterns: object) -> Iterator[tuple[str, FileSystemStorage]]:  # noqa: ARG002  Django's name
        storage = FileSystemStorage(location=_folder())
        for name in SHEETS:
            _build(name)
            yield name, storage

    def find(self, path: str, find_all: bool = False, **_options: Any) -> Any:  # noqa: FBT001, FBT002  Django's own
        """Return where a file is: by its plain name one of ours, by its hashed name any with that content."""
        plain = _HASHED.sub("", path)
        if plain != path:
            found = find(plain) if hashed_name(plain) == path else None
        else:
            found = str(_build(path)) if path in SHEETS else None
        return ([found] if find_all else found) if found else []


class HashedStorage(StaticFilesStorage):
    """Gives files hashed names as production's manifest does, straight from their sources."""

    def url(self, name: str | None) -> str:
        return super().url(hashed_name(name or ""))


def hashed_name(name: str) -> str:
    """Return `office/office.0123456789ab.css` for `office/office.css`; a name that no file has stays."""
    return _hashed_name(name, int(time.monotonic()))


@lru_cache(maxsize=256)
def _hashed_name(name: str, _second: int) -> str:
    """Hash a file's content, at most once a second: a source may change while a developer's server runs."""
    path = find(name)
    if not isinstance(path, str) or not Path(path).is_file():
        return name
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{digest}{dot}{ending}"


def _folder() -> Path:
    return Path(settings.STATIC_ROOT).with_name("built")


def _build(name: str) -> Path:
    """Join a sheet's sources into one file, where one of them or this list is newer than it."""
    sources = [_SOURCES / f"{source}.css" for source in SHEETS[name]]
    path = _folder() / name
    if not path.exists() or path.stat().st_mtime_ns < max(
        source.stat().st_mtime_ns for source in (*sources, Path(__file__))
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{uuid4().hex}")
        draft.write_text("\n".join(source.read_text() for source in sources))
        draft.replace(path)
    return path
