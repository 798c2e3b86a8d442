"""A copy of a wheel's binaries for a server user who cannot pass the folders above the environment."""

import shutil
from pathlib import Path

# Headers, static libraries and documentation are not needed to run.
_SKIPPED = shutil.ignore_patterns("include", "*.a", "doc", "man", "pkgconfig")


def carried(binaries: Path, home: Path) -> Path:
    """The copy of `binaries` in `home`, made where it is missing or older than the wheel."""
    place = home / "binaries"
    stamp = place / "taken-from"
    wanted = f"{binaries} {binaries.stat().st_mtime_ns}"
    if stamp.exists() and stamp.read_text() == wanted:
        return place
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(binaries, place, symlinks=True, ignore=_SKIPPED)
    stamp.write_text(wanted)
    return place
