"""Where a server keeps what: data under the root or, if that cannot be, outside; sockets somewhere short."""

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from omegaoffice.embedded.errors import EmbeddedError
from omegaoffice.embedded.leash import Runner

SOCKET_PATH_LIMIT: Final = 107
_SOCKETS: Final = Path("/tmp")  # noqa: S108 - fixed and short on purpose; the name is secret, the folder 0700
_OUTSIDE: Final = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - the data must outlive a restart


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


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
    draft.rename(path)


def socket_folder(root: Path, name: str) -> Path:
    """Return the folder of one server's socket.

    It is the same for every command on this root, another for a copy of the project, and not to be guessed by
    other users of the machine.
    """
    seed = make_folder(root) / "name"
    if not seed.exists():
        draft = root / f"name.{secrets.token_hex(4)}"
        write_private(draft, secrets.token_hex(16))
        try:
            os.link(draft, seed)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    digest = hashlib.sha256(f"{seed.read_text()} {root.resolve()}".encode()).hexdigest()
    return _SOCKETS / f"office-{digest[:12]}-{name}"


def fresh_socket_folder(folder: Path, runner: Runner) -> None:
    """Make `folder` new, empty, 0700, the server's own. Only under the server's lock: what is in it goes."""
    if folder.is_symlink() or (folder.exists() and not runner.owns(folder) and folder.stat().st_uid != os.geteuid()):
        raise EmbeddedError(f"{folder} belongs to somebody else; remove it, then try again.")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    runner.give(folder)


def outside_folder(folder: Path) -> Path:
    """Return the folder outside the project for the data of `folder`, remembered there.

    When the project's folder goes, a new one is made: old data never meets new keys.
    """
    note = folder / "outside"
    if note.exists():
        return Path(note.read_text().strip())
    for parent in _OUTSIDE:
        if os.access(parent, os.W_OK | os.X_OK):
            place = parent / f"omegaoffice-{secrets.token_hex(6)}"
            place.mkdir(mode=0o711)
            write_private(note, f"{place}\n")
            return place
    raise EmbeddedError(f"the server's user can reach neither {folder} nor a folder in {_OUTSIDE[0]}.")
